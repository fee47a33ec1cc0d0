//! Functions as processes of the Lambda emulator, for measurements: what they are, what they call, and what calls them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]

mod certificates;
mod fixed_answers;
mod running;
mod subject;

pub use fixed_answers::{FixedAnswers, SECRET_KEY_PARAMETER, WEBHOOK_SECRET_PARAMETER};
pub use running::RunningFunction;
pub use subject::{FUNCTIONS, Subject};
