//! A state of the model, and the steps that lead to the next one.

use crate::cascade::Cascade;

/// The number of passes at once.
pub(crate) const PASSES: usize = 2;

// The rows that belong to the user, in the order of their sort keys. A set of rows has bit `n` for row `n`.
/// The messages that were there before.
pub(crate) const OLD_MESSAGES: u8 = 0b0_0011;
/// The message that a writer adds.
pub(crate) const NEW_MESSAGE: u8 = 0b0_0100;
/// The rows that belong to the thread.
pub(crate) const MESSAGES: u8 = OLD_MESSAGES | NEW_MESSAGE;
/// The thread's own row, alive or a tombstone.
pub(crate) const THREAD: u8 = 0b0_1000;
/// The thread that another writer adds.
pub(crate) const NEW_THREAD: u8 = 0b1_0000;

/// What is deleted together with everything that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    User,
    Thread,
}

impl Owner {
    pub(crate) const ALL: [Self; 2] = [Self::User, Self::Thread];

    /// Returns the rows that belong to the owner.
    pub(crate) const fn children(self) -> u8 {
        match self {
            Self::User => MESSAGES | THREAD | NEW_THREAD,
            Self::Thread => MESSAGES,
        }
    }
}

/// The life of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Alive,
    /// The deletion has read these rows, and will erase them in its transaction.
    Read(u8),
    /// The transaction has committed, and its tombstone is not visible yet.
    Committed,
    /// The tombstone is visible.
    Hidden,
    /// Nothing was left a minute later. The tombstone stays for its lifetime.
    Closed,
    /// There is no row.
    Gone,
    /// A user whom a webhook has created anew.
    Back,
}

/// The deletion of an owner: its phase, and the attributes of its tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Deletion {
    pub(crate) phase: Phase,
    /// The rows that the transaction erases and that are still visible.
    pub(crate) erasing: u8,
    /// The caller has the answer.
    pub(crate) is_answered: bool,
    /// A minute has passed since the tombstone was put.
    pub(crate) is_settled: bool,
    /// `erased`: the number of rows that are counted.
    pub(crate) erased: u8,
    /// `counted_to`: the rows up to the last one that is counted, if there may be some.
    pub(crate) counted_to: u8,
    /// `woken_at` is present.
    pub(crate) is_woken: bool,
    /// The record of `woken_at` is in the stream.
    pub(crate) has_record: bool,
}

impl Deletion {
    const fn alive() -> Self {
        Self {
            phase: Phase::Alive,
            erasing: 0,
            is_answered: false,
            is_settled: false,
            erased: 0,
            counted_to: 0,
            is_woken: false,
            has_record: false,
        }
    }

    /// Returns whether `purge_pending` is present.
    pub(crate) fn is_pending(&self) -> bool {
        self.phase == Phase::Hidden
    }

    pub(crate) fn wake(&mut self) {
        self.is_woken = true;
        self.has_record = true;
    }
}

/// A writer of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Writer {
    Waiting,
    /// The transaction has committed, and the row is not visible yet.
    Landing,
    Written,
    Refused,
}

/// What a pass does next: a call to DynamoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The pass has ended, or was killed.
    Idle,
    Query,
    /// Counts a page of rows.
    Count(u8),
    Erase(u8),
    Settle,
    Close,
    Release,
}

/// A pass of the purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pass {
    pub(crate) stage: Stage,
    pub(crate) owner: Owner,
    /// The stream has started the pass. It erases one page, and wakes the next pass.
    pub(crate) is_woken: bool,
    /// The receipt that the pass knows.
    pub(crate) erased: u8,
    pub(crate) counted_to: u8,
}

impl Pass {
    pub(crate) const IDLE: Self =
        Self { stage: Stage::Idle, owner: Owner::User, is_woken: false, erased: 0, counted_to: 0 };
}

/// A state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) user: Deletion,
    pub(crate) thread: Deletion,
    /// The visible rows.
    pub(crate) rows: u8,
    /// The writer of the new message.
    pub(crate) message: Writer,
    /// The writer of the new thread.
    pub(crate) new_thread: Writer,
    pub(crate) passes: [Pass; PASSES],
    /// A webhook with an old version of the user may arrive.
    pub(crate) has_webhook: bool,
    /// The deletion may be requested again.
    pub(crate) has_repeat: bool,
}

impl State {
    pub(crate) fn new(model: &Cascade) -> Self {
        let writer = |writes| if writes { Writer::Waiting } else { Writer::Refused };
        Self {
            user: Deletion::alive(),
            thread: Deletion::alive(),
            rows: OLD_MESSAGES | THREAD,
            message: writer(model.bounds.message),
            new_thread: writer(model.bounds.new_thread),
            passes: [Pass::IDLE; PASSES],
            has_webhook: model.bounds.webhook,
            has_repeat: model.bounds.repeat,
        }
    }

    pub(crate) fn deletion(&self, owner: Owner) -> &Deletion {
        match owner {
            Owner::User => &self.user,
            Owner::Thread => &self.thread,
        }
    }

    pub(crate) fn deletion_mut(&mut self, owner: Owner) -> &mut Deletion {
        match owner {
            Owner::User => &mut self.user,
            Owner::Thread => &mut self.thread,
        }
    }

    /// Returns the visible rows of an owner.
    pub(crate) fn children(&self, owner: Owner) -> u8 {
        self.rows & owner.children()
    }

    /// Returns the rows of an owner that have been committed and are not visible yet.
    pub(crate) fn landing(&self, owner: Owner) -> u8 {
        let rows = [(self.message, NEW_MESSAGE), (self.new_thread, NEW_THREAD)];
        let landing = rows.iter().filter(|(writer, _)| *writer == Writer::Landing);
        landing.fold(0, |rows, (_, row)| rows | row) & owner.children()
    }

    /// Removes visible rows. The tombstone of a thread is a row of the user.
    pub(crate) fn erase(&mut self, rows: u8) {
        self.rows &= !rows;
        if rows & THREAD != 0 {
            self.thread.phase = Phase::Gone;
        }
    }
}

/// What happens next. A number is that of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The transaction of a writer: a message of the thread, or a new thread.
    WriteMessage,
    WriteThread,
    MessageLands,
    NewThreadLands,

    /// The deletion reads a page of rows.
    Read(Owner),
    /// The transaction of the deletion.
    Hide(Owner),
    TombstoneLands(Owner),
    /// A row that the transaction erases is no longer visible.
    ErasureLands(Owner, u8),
    /// The caller gets the answer.
    Answer(Owner),
    /// The deletion is requested again, and wakes the purge if it is not closed and no wake-up waits.
    Repeat(Owner),
    MinutePasses(Owner),
    /// DynamoDB's time to live removes the tombstone.
    Expire(Owner),
    Webhook,

    /// The stream starts a pass, which reads the receipt.
    StreamStarts(usize, Owner),
    /// The schedule does.
    ScheduleStarts(usize, Owner),
    /// The next call of a pass.
    Call(usize),
    /// A pass erases one row of its page, and is killed.
    ErasesPart(usize),
    Kill(usize),
}
