//! The rules of replies, each as a mutant that lacks it.

use crate::replies::properties::{
    IS_INTERRUPTED, IS_STREAMING, KEPT, LEFT, NO_ROW_LEFT, ONE_REPLY, ONE_WRITER, OTHERS, OVER, PLACE_BACK,
};

/// A rule that a model lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A request does not look for the answer of an earlier one with its key.
    RepeatBegins,
    /// The transaction that begins a reply does not check the thread.
    BeginIgnoresThread,
    /// A write does not check that the reply has this writer.
    WriteIgnoresWriter,
    /// A write does not check the user.
    WriteIgnoresUser,
    /// A write does not check the thread.
    WriteIgnoresThread,
    /// A renewal puts the place, whether it is there or not.
    RenewalPuts,
    /// A look does not read the user.
    LookIgnoresUser,
    /// A look does not read the thread.
    LookIgnoresThread,
    /// The end of a reply leaves its place.
    EndLeavesPlace,
    /// A stop leaves the place of a reply that is being written.
    StopLeavesPlace,
    /// A stop leaves the place of an interrupted reply.
    StopLeavesOldPlace,
    /// A stop does not check that the reply has not ended.
    StopIgnoresEnd,
    /// A take-over leaves the place of the slow writer, and takes another.
    TakeOverLeavesPlace,
    /// A take-over does not check that the place is free.
    TakeOverIgnoresPlace,
    /// A take-over does not check that the reply has the same writer as before.
    TakeOverIgnoresWriter,
    /// A take-over does not check that the reply was not written since it was read.
    TakeOverIgnoresWrites,
    /// A reader looks only at the lease in the row.
    ReaderIgnoresPlace,
    /// A reader does not compare the writer of the place with the one of the reply.
    ReaderIgnoresHolder,
    /// A reader that finds no place does not read the row again.
    ReaderReadsOnce,
}

/// Each mutant with the promise that it breaks.
pub(crate) const ALL: [(Mutant, &str); 19] = [
    (Mutant::RepeatBegins, ONE_REPLY),
    (Mutant::BeginIgnoresThread, NO_ROW_LEFT),
    (Mutant::WriteIgnoresWriter, KEPT),
    (Mutant::WriteIgnoresUser, OVER),
    (Mutant::WriteIgnoresThread, OVER),
    (Mutant::RenewalPuts, NO_ROW_LEFT),
    (Mutant::LookIgnoresUser, LEFT),
    (Mutant::LookIgnoresThread, LEFT),
    (Mutant::EndLeavesPlace, PLACE_BACK),
    (Mutant::StopLeavesPlace, LEFT),
    (Mutant::StopLeavesOldPlace, LEFT),
    (Mutant::StopIgnoresEnd, OVER),
    (Mutant::TakeOverLeavesPlace, ONE_WRITER),
    (Mutant::TakeOverIgnoresPlace, OTHERS),
    (Mutant::TakeOverIgnoresWriter, ONE_WRITER),
    (Mutant::TakeOverIgnoresWrites, KEPT),
    (Mutant::ReaderIgnoresPlace, IS_INTERRUPTED),
    (Mutant::ReaderIgnoresHolder, IS_STREAMING),
    (Mutant::ReaderReadsOnce, IS_INTERRUPTED),
];
