//! The lease of a deletion, so that passes of overlapping runs do not do the same work.
//!
//! It costs no round trip: the update that counts a page takes and renews it, and the update that ends a pass gives it back.
//! What a pass erases and counts is right without a lease, too: a lease only saves work, so it may expire at any time.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use usher_clerk::Timestamp;
use uuid::Uuid;

use crate::table::item::{millis, text};

/// The condition that no other pass has the lease, with the values of [`Lease::values`].
/// A lease that ends later than a pass could set it now comes from a wrong clock. It counts as free.
pub(crate) const IS_FREE: &str =
    "(attribute_not_exists(leased_by) OR leased_by = :me OR leased_until <= :now OR leased_until > :latest)";

/// How far the clocks of two functions may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The right of one pass to work on a deletion.
#[derive(Debug)]
pub(crate) struct Lease {
    /// The id of the pass.
    pub(crate) holder: String,
    length: Duration,
}

impl Lease {
    /// Makes a lease that expires this long after it was taken or renewed last.
    pub(crate) fn new(length: Duration) -> Self {
        Self { holder: Uuid::now_v7().to_string(), length }
    }

    /// Returns when it expires if it is renewed now.
    pub(crate) fn until(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.length)
    }

    /// Returns whether another pass has the lease that ends then.
    pub(crate) fn is_held_until(&self, until: Timestamp) -> bool {
        until > Timestamp::now() && until <= self.latest()
    }

    /// The latest that a lease of a pass whose clock is right can end. Clocks differ a little.
    fn latest(&self) -> Timestamp {
        self.until().saturating_add(CLOCK_SKEW)
    }

    /// Adds the values that [`IS_FREE`] compares with: `:me`, `:now` and `:latest`.
    pub(crate) fn values(&self, request: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        request
            .expression_attribute_values(":me", text(&self.holder))
            .expression_attribute_values(":now", millis(Timestamp::now()))
            .expression_attribute_values(":latest", millis(self.latest()))
    }
}
