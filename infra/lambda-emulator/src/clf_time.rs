//! The time in events of API Gateway.

use std::time::SystemTime;

use aws_smithy_types::{DateTime, date_time::Format};

/// The time in the Common Log Format, `12/Mar/2020:19:03:58 +0000`.
pub(crate) fn clf_time(now: SystemTime) -> String {
    // `Thu, 12 Mar 2020 19:03:58 GMT`: the same words in another order.
    let text = DateTime::from(now).fmt(Format::HttpDate).unwrap_or_default();
    let words: Vec<&str> = text.split(' ').collect();
    match words.as_slice() {
        [_, day, month, year, time, ..] => {
            let time = time.split('.').next().unwrap_or_default();
            format!("{day}/{month}/{year}:{time} +0000")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn time_is_written_as_in_an_access_log() {
        let time = UNIX_EPOCH + Duration::from_millis(1_583_348_638_390);
        assert_eq!(clf_time(time), "04/Mar/2020:19:03:58 +0000");
    }
}
