//! The proof of a factor: a password, a code or a ticket.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    frontend::errors,
    http::{api_error::ApiError, error_entry::ErrorEntry},
    ids,
};

/// The code of every verification, because the emulator sends no mail. At Clerk it is the code of test addresses
/// (Clerk's docs, "Test emails and phones").
pub(super) const TEST_CODE: &str = "424242";
/// The time in which a code can be used (Clerk's docs, "Email OTP"): ten minutes.
const LIFETIME_MS: i64 = 10 * 60 * 1000;
/// The number of wrong codes after which the code cannot be used any more. The emulator's own choice.
const MAXIMUM_ATTEMPTS: u32 = 20;

/// The way in which a factor is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Strategy {
    Password,
    EmailCode,
    ResetPasswordEmailCode,
    Ticket,
}

impl Strategy {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "password" => Ok(Self::Password),
            "email_code" => Ok(Self::EmailCode),
            "reset_password_email_code" => Ok(Self::ResetPasswordEmailCode),
            "ticket" => Ok(Self::Ticket),
            _ => Err(ErrorEntry::wrong_value("strategy").into()),
        }
    }
}

/// A proof that is under way, or was given.
#[derive(Debug, Clone)]
pub(super) struct Verification {
    pub(super) strategy: Strategy,
    is_verified: bool,
    attempts: u32,
    expire_at: i64,
}

impl Verification {
    /// Begins a verification. A code counts as sent.
    pub(super) fn begin(strategy: Strategy) -> Self {
        Self { strategy, is_verified: false, attempts: 0, expire_at: ids::now_ms() + LIFETIME_MS }
    }

    pub(super) fn verified(strategy: Strategy) -> Self {
        Self { is_verified: true, ..Self::begin(strategy) }
    }

    pub(super) fn is_verified(&self) -> bool {
        self.is_verified
    }

    /// Compares a code with the one that counts as sent.
    pub(super) fn attempt(&mut self, code: &str) -> Result<(), ApiError> {
        if self.is_verified {
            return Err(errors::already_verified());
        }
        if self.attempts >= MAXIMUM_ATTEMPTS {
            return Err(errors::verification_failed());
        }
        self.attempts += 1;
        if code != TEST_CODE {
            return Err(ErrorEntry::incorrect_code("code").into());
        }
        self.is_verified = true;
        Ok(())
    }

    pub(super) fn object(&self) -> Value {
        let object = match self.strategy {
            Strategy::Password => "verification_password",
            Strategy::EmailCode | Strategy::ResetPasswordEmailCode => "verification_otp",
            Strategy::Ticket => "verification_ticket",
        };
        json!({
            "object": object,
            "status": if self.is_verified { "verified" } else { "unverified" },
            "strategy": self.strategy,
            "attempts": self.attempts,
            "expire_at": self.expire_at,
        })
    }
}
