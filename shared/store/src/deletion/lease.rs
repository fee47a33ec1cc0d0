//! The lease of a deletion, so that passes of overlapping runs do not do the same work.
//!
//! A lease costs no round trip. The update that counts a page takes or renews it, and the update that ends a pass gives
//! it back. A pass is correct without a lease as well. A lease only saves work, so it may expire at any time.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use usher_contract::Timestamp;
use uuid::Uuid;

use crate::table::{
    attribute::{LEASED_BY, LEASED_UNTIL},
    item::{millis, text},
};

/// The maximum difference between the clocks of two functions.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The right of one pass to work on a deletion.
#[derive(Debug)]
pub(crate) struct Lease {
    /// The id of the pass.
    pub(crate) holder: String,
    length: Duration,
}

impl Lease {
    /// Makes a lease that expires this long after it was last taken or renewed.
    pub(crate) fn new(length: Duration) -> Self {
        Self { holder: Uuid::now_v7().to_string(), length }
    }

    /// Returns when it expires if it is renewed now.
    pub(crate) fn until(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.length)
    }

    /// Returns whether the lease of another pass that expires at `until` is still held. A lease that expires later than
    /// a pass could set it now comes from a wrong clock. It counts as free.
    pub(crate) fn is_held_until(&self, until: Timestamp) -> bool {
        until > Timestamp::now() && until <= self.latest()
    }

    /// Returns the latest expiry that a pass with a correct clock can set. Clocks may differ a little.
    fn latest(&self) -> Timestamp {
        self.until().saturating_add(CLOCK_SKEW)
    }

    /// Adds the condition that no other pass holds the lease, by the same rule as [`Lease::is_held_until`], to a
    /// condition. Adds the values `:me`, `:now` and `:latest` to the request.
    pub(crate) fn require(&self, request: UpdateItemFluentBuilder, condition: &str) -> UpdateItemFluentBuilder {
        request
            .condition_expression(format!(
                "{condition} AND (attribute_not_exists({LEASED_BY}) OR {LEASED_BY} = :me \
                 OR {LEASED_UNTIL} <= :now OR {LEASED_UNTIL} > :latest)"
            ))
            .expression_attribute_values(":me", text(&self.holder))
            .expression_attribute_values(":now", millis(Timestamp::now()))
            .expression_attribute_values(":latest", millis(self.latest()))
    }
}
