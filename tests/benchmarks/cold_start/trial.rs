//! One process of a program: its Init, its first answer with the share of 128 MB, and warm requests.

use std::{path::Path, time::Duration};

use benchmarks::{FixedAnswers, RunningFunction};

use crate::{
    cpu_limit::{CpuLimit, share_of_128_mb},
    measured::Measured,
    process::{peak_memory_mb, processor_time},
};

/// The number of warm requests with the share of 128 MB.
const LIMITED: u32 = 10;
/// The number of requests that are not measured, so that Node has compiled what it runs often.
const UNMEASURED: u32 = 100;
/// The number of measured warm requests with a full processor.
const MEASURED: u32 = 100;

/// What was measured of a process.
pub(crate) struct Trial {
    /// From the start of the process until it asks for an event, with a full processor.
    pub(crate) init: Duration,
    pub(crate) init_processor: Duration,
    /// `None` for a variant.
    pub(crate) requests: Option<Requests>,
}

/// What was measured of the requests of a process. Every latency ends with the first byte of the answer's body.
pub(crate) struct Requests {
    /// The latency of the first request, with the share of 128 MB.
    pub(crate) first: Duration,
    /// The mean latency of the next requests, with the same share.
    pub(crate) limited: Duration,
    /// The mean latency of a warm request, with a full processor.
    pub(crate) warm: Duration,
    /// The mean processor time of a warm request.
    pub(crate) warm_processor: Duration,
    pub(crate) memory_mb: f64,
}

/// Measures a new process of a program in `directory`, and ends it.
pub(crate) fn run_trial(
    measured: &Measured,
    answers: &FixedAnswers,
    directory: &Path,
    limit: Option<&CpuLimit>,
) -> Trial {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let function = RunningFunction::start(&measured.subject, answers, directory).await;
        let init_processor = processor_time(function.process);
        let requests = if measured.is_variant { None } else { Some(measure(&function, limit).await) };
        let init = function.init;
        function.kill().await;
        Trial { init, init_processor, requests }
    })
}

async fn measure(function: &RunningFunction<'_>, limit: Option<&CpuLimit>) -> Requests {
    let processor = || processor_time(function.process);
    if let Some(limit) = limit {
        limit.limit(function.process);
    }
    let before = processor();
    let mut first = function.call().await;
    if limit.is_none() {
        first = (processor() - before).div_f64(share_of_128_mb());
    }
    let limited = function.mean_latency(LIMITED).await;
    if let Some(limit) = limit {
        limit.lift();
    }
    function.mean_latency(UNMEASURED).await;
    let before = processor();
    let warm = function.mean_latency(MEASURED).await;
    let warm_processor = (processor() - before) / MEASURED;
    Requests { first, limited, warm, warm_processor, memory_mb: peak_memory_mb(function.process) }
}
