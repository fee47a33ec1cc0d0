//! Schedules: functions that are invoked at a fixed rate.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use aws_smithy_types::{DateTime, date_time::Format};
use bytes::Bytes;
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{
    account::{ACCOUNT_ID, REGION},
    lambda::{Lambda, invoke_error::InvokeError},
    options::Schedules,
    template::{Function, ScheduleEvent},
};

/// Starts the schedules of all functions except those in `unscheduled`. As on AWS, the first invocation comes after one
/// period.
pub(crate) fn start(functions: &[Function], schedules: Schedules, unscheduled: &BTreeSet<String>, lambda: &Lambda) {
    for function in functions.iter().filter(|function| !unscheduled.contains(&function.name)) {
        for event in &function.schedules {
            let every = match schedules {
                Schedules::Template => event.every,
                Schedules::Every(every) => every,
                Schedules::Off => continue,
            };
            // tokio panics if the period is zero.
            let every = every.max(Duration::from_millis(1));
            let (name, event, lambda) = (function.name.clone(), event.clone(), lambda.clone());
            tokio::spawn(async move {
                let mut ticks = interval_at(Instant::now() + every, every);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    // Lambda has logged the error. The next tick tries again.
                    if let Err(InvokeError::ShuttingDown) = lambda.invoke(&name, payload(&name, &event)).await {
                        return;
                    }
                }
            });
        }
    }
}

/// Returns the event of a schedule.
fn payload(function: &str, event: &ScheduleEvent) -> Bytes {
    let scheduled = || {
        let time = DateTime::from_secs(DateTime::from(SystemTime::now()).secs());
        json!({
            "version": "0",
            "id": uuid::Uuid::now_v7(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT_ID,
            "time": time.fmt(Format::DateTime).unwrap_or_default(),
            "region": REGION,
            "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{function}")],
            "detail": {},
        })
        .to_string()
    };
    event.input.clone().unwrap_or_else(scheduled).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_of_the_template_is_the_event() {
        let event =
            |input: Option<&str>| ScheduleEvent { every: Duration::from_secs(60), input: input.map(str::to_owned) };
        assert_eq!(payload("f", &event(Some("{\"a\": 1}"))), "{\"a\": 1}");
        let scheduled: serde_json::Value = serde_json::from_slice(&payload("f", &event(None))).unwrap();
        assert_eq!(
            (&scheduled["detail-type"], &scheduled["source"]),
            (&json!("Scheduled Event"), &json!("aws.events"))
        );
        let time = scheduled["time"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.len() == "2020-03-12T19:03:58Z".len(), "{time}");
    }
}
