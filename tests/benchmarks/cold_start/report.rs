//! The tables, in Markdown. Every ratio is the median of the ratios of the rounds.

use std::time::Duration;

use crate::{
    measured::Measured,
    node_peer::peer_of,
    programs::{GET_ITEM, Programs},
    statistics::Spread,
    trial::{Requests, Trial},
};

/// What was measured. The trials are those of the measured program at the same index, round by round.
pub(crate) struct Report<'a> {
    pub(crate) measured: &'a [Measured],
    pub(crate) trials: &'a [Vec<Trial>],
}

type Figure = fn(&Trial) -> f64;

impl<'a> Report<'a> {
    /// Prints the tables.
    pub(crate) fn print(&self, programs: &Programs) {
        println!("Median of {} rounds, with the quartiles; times in ms, sizes in MB.\n", self.trials[0].len());
        self.print_cold_starts();
        self.print_warm_requests();
        self.print_sizes(programs);
        self.print_variants();
    }

    fn print_cold_starts(&self) {
        println!("| cold start | Init | its processor | first answer, 128 MB | together | of one GetItem | of Node |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        for (measured, trials) in self.with_requests() {
            let figures = [init, init_processor, first, cold].map(|figure| spread(trials, figure).to_string());
            let (floor, node) = self.ratios(measured, trials, cold);
            println!("| {} | {} | {floor} | {node} |", measured.label, figures.join(" | "));
        }
    }

    fn print_warm_requests(&self) {
        println!("\n| warm request | processor | of one GetItem | of Node | latency | latency, 128 MB |");
        println!("| --- | --- | --- | --- | --- | --- |");
        for (measured, trials) in self.with_requests() {
            let [processor_time, warm, limited] = [processor, warm, limited].map(|figure| spread(trials, figure));
            let (floor, node) = self.ratios(measured, trials, processor);
            println!("| {} | {processor_time} | {floor} | {node} | {warm} | {limited} |", measured.label);
        }
    }

    fn print_sizes(&self, programs: &Programs) {
        println!("\n| size | memory | of one GetItem | of Node | binary | zipped | of one GetItem |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        let size = |program: &str| programs.size(program).expect("it was built");
        let zip_of_floor = size(GET_ITEM).zipped;
        for (measured, trials) in self.with_requests() {
            let (size, memory_mb) = (size(&measured.subject.program), spread(trials, memory).median);
            let (floor, node) = self.ratios(measured, trials, memory);
            println!(
                "| {} | {memory_mb:.1} | {floor} | {node} | {:.1} | {:.2} | × {:.2} |",
                measured.label,
                mb(size.binary),
                mb(size.zipped),
                mb(size.zipped) / mb(zip_of_floor)
            );
        }
    }

    /// Prints what the variants add to Init.
    fn print_variants(&self) {
        println!("\n| Init | time | more than in the first table | processor | more than in the first table |");
        println!("| --- | --- | --- | --- | --- |");
        for (measured, trials) in self.measured.iter().zip(self.trials).filter(|(measured, _)| measured.is_variant) {
            let plain = self.trials_of(&measured.subject.program).expect("it is measured without changes too");
            let more = |figure: Figure| {
                Spread::of(trials.iter().zip(plain).map(|(trial, plain)| figure(trial) - figure(plain)))
            };
            let [time, processor] = [init, init_processor].map(|figure| (spread(trials, figure), more(figure)));
            println!("| {} | {} | {} | {} | {} |", measured.label, time.0, time.1, processor.0, processor.1);
        }
    }

    fn with_requests(&self) -> impl Iterator<Item = (&'a Measured, &'a [Trial])> {
        let all = self.measured.iter().zip(self.trials.iter().map(Vec::as_slice));
        all.filter(|(measured, _)| !measured.is_variant)
    }

    fn trials_of(&self, program: &str) -> Option<&'a [Trial]> {
        self.with_requests().find(|(measured, _)| measured.subject.program == program).map(|(_, trials)| trials)
    }

    /// The ratios to the floor and to the peer. Blank if there is no peer.
    fn ratios(&self, measured: &Measured, trials: &[Trial], figure: Figure) -> (String, String) {
        let ratio = |other: &str| {
            let ratios = trials.iter().zip(self.trials_of(other)?).map(|(trial, other)| figure(trial) / figure(other));
            Some(Spread::of(ratios).median)
        };
        let floor = ratio(GET_ITEM).map(|ratio| format!("× {ratio:.2}"));
        let node = ratio(&peer_of(&measured.subject.program)).map(|ratio| format!("1/{:.1}", 1.0 / ratio));
        (floor.unwrap_or_default(), node.unwrap_or_default())
    }
}

fn spread(trials: &[Trial], figure: Figure) -> Spread {
    Spread::of(trials.iter().map(figure))
}

fn init(trial: &Trial) -> f64 {
    ms(trial.init)
}

fn init_processor(trial: &Trial) -> f64 {
    ms(trial.init_processor)
}

fn first(trial: &Trial) -> f64 {
    ms(requests(trial).first)
}

/// The time of a cold start: Init, and the first answer with the share of 128 MB.
fn cold(trial: &Trial) -> f64 {
    init(trial) + first(trial)
}

fn processor(trial: &Trial) -> f64 {
    ms(requests(trial).warm_processor)
}

fn warm(trial: &Trial) -> f64 {
    ms(requests(trial).warm)
}

fn limited(trial: &Trial) -> f64 {
    ms(requests(trial).limited)
}

fn memory(trial: &Trial) -> f64 {
    requests(trial).memory_mb
}

fn requests(trial: &Trial) -> &Requests {
    trial.requests.as_ref().expect("only variants have no requests")
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "figures to print")]
fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
