//! Reverification: the user must have entered a password or another factor recently.

use serde_json::json;
use usher_contract::ProblemCode;

use crate::{
    config::environment::{InitError, variable},
    http::problem::Problem,
};

const MINUTES: &str = "CLERK_REVERIFICATION_MINUTES";

/// The maximum age that may be configured, in minutes: one day.
const MAX_MINUTES: u32 = 24 * 60;

/// The required level: the second factor, or the first factor if the user has no second.
const LEVEL: &str = "second_factor";

/// Rejects a caller whose last verification is too old.
#[derive(Debug, Clone, Copy)]
pub struct Reverification {
    after_minutes: u32,
}

impl Reverification {
    /// Reads `CLERK_REVERIFICATION_MINUTES`. Returns `None` if it is not set. Then no caller has to verify again.
    ///
    /// # Errors
    /// The variable is not a whole number from 1 to 1440.
    pub fn configured() -> Result<Option<Self>, InitError> {
        let Some(minutes) = variable(MINUTES) else { return Ok(None) };
        let after_minutes = minutes.parse().ok().filter(|minutes| (1..=MAX_MINUTES).contains(minutes));
        let after_minutes = after_minutes.ok_or_else(|| {
            InitError::invalid(MINUTES, format!("must be a whole number of minutes from 1 to {MAX_MINUTES}"))
        })?;
        Ok(Some(Self { after_minutes }))
    }

    /// Checks the age of the caller's factors, in minutes (the claim `fva`). The rule is the one of `@clerk/shared`
    /// 4.41, `checkReverificationAuthorization`. A token without the claim fails, too.
    ///
    /// # Errors
    /// 403 `reverification-required`. Its member `clerk_error` tells Clerk's `useReverification` to verify the user and
    /// to repeat the request (`@clerk/shared` 4.41, `isReverificationHint`).
    pub fn check(self, factor_ages: Option<[i64; 2]>) -> Result<(), Problem> {
        let is_fresh = |minutes: i64| minutes >= 0 && minutes < i64::from(self.after_minutes);
        let is_verified = match factor_ages {
            Some([first, -1]) => is_fresh(first),
            Some([_, second]) => is_fresh(second),
            None => false,
        };
        if is_verified { Ok(()) } else { Err(self.problem()) }
    }

    fn problem(self) -> Problem {
        let minutes = self.after_minutes;
        let detail = format!("the user must have verified a factor within the last {minutes} minutes");
        let reverification = json!({ "level": LEVEL, "afterMinutes": minutes });
        let clerk_error = json!({
            "type": "forbidden",
            "reason": "reverification-error",
            "metadata": { "reverification": reverification },
        });
        Problem::new(ProblemCode::ReverificationRequired, detail).with_clerk_error(clerk_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_verified(factor_ages: Option<[i64; 2]>) -> bool {
        Reverification { after_minutes: 10 }.check(factor_ages).is_ok()
    }

    #[test]
    fn the_second_factor_counts_if_the_user_has_one() {
        for (ages, expected) in [
            (Some([9, -1]), true),
            (Some([10, -1]), false),
            (Some([99, 9]), true),
            (Some([0, 10]), false),
            (Some([-1, 0]), true),
            (Some([-1, -1]), false),
            (Some([-2, -2]), false),
            (None, false),
        ] {
            assert_eq!(is_verified(ages), expected, "{ages:?}");
        }
    }
}
