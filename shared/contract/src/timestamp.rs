//! A point in time, as the API, Clerk and the table write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch.
// All arithmetic saturates at `Timestamp::MIN` and `Timestamp::MAX`, because Clerk may send any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest time that can be represented.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time that can be represented.
    pub const MAX: Self = Self(i64::MAX);

    /// Reads the clock. Returns the Unix epoch if the clock is set to an earlier time.
    pub fn now() -> Self {
        Self(to_millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()))
    }

    /// Makes a time from milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the time this long after `self`.
    pub fn saturating_add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(to_millis(length)))
    }

    /// Returns the time this long before `self`.
    pub fn saturating_sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(to_millis(length)))
    }

    /// Returns the time from `earlier` to `self`, or `None` if `earlier` is later.
    pub fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        (self >= earlier).then(|| Duration::from_millis(self.0.abs_diff(earlier.0)))
    }

    /// Returns the time from `earlier` to `self`, or zero if `earlier` is later.
    pub fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }
}

fn to_millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        let (time, second) = (Timestamp::from_millis(1_500), Duration::from_secs(1));
        assert_eq!((time.saturating_add(second).as_millis(), time.saturating_sub(second).as_millis()), (2_500, 500));
        assert_eq!(Timestamp::MAX.saturating_add(second), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.saturating_sub(Duration::MAX), Timestamp::MIN);
        assert_eq!(Timestamp::MAX.saturating_duration_since(Timestamp::MIN), Duration::from_millis(u64::MAX));
        assert_eq!(time.checked_duration_since(time.saturating_add(second)), None);
    }

    #[test]
    fn seconds_are_rounded_down() {
        assert_eq!(Timestamp::from_millis(1_999).as_secs(), 1);
        assert_eq!(Timestamp::from_millis(-1).as_secs(), -1);
    }

    #[test]
    fn a_timestamp_is_a_number_in_json() {
        let text = serde_json::to_string(&Timestamp::from_millis(1_654_012_591_514)).unwrap();
        assert_eq!(text, "1654012591514");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap().as_millis(), 1_654_012_591_514);
    }
}
