//! A state of the model, and the steps that lead to the next one.

use crate::live::Live;

/// The maximum number of sockets that the client dials, one after the other.
pub(crate) const SOCKETS: usize = 3;
/// The maximum number of writes.
pub(crate) const WRITES: usize = 2;

/// The user's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum User {
    Alive,
    Banned,
    /// The deletion has committed, and its tombstone is not visible yet.
    Deleting,
    Deleted,
    /// The deletion is closed: the purge has found no row a minute after the tombstone.
    Purged,
}

/// A connection, as API Gateway and the client see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Connection {
    Unused,
    /// `$connect` runs, and a post is answered with 410. Only a model that stores a row there has this state.
    Dialing,
    /// The socket is open, and no hello was answered yet.
    Open,
    /// The client has received `ready`.
    Ready,
    /// The socket is gone, and the client has not noticed yet.
    Cut,
    Closed,
}

/// A hello on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hello {
    None,
    /// The first hello of the socket.
    Sent,
    Renewing,
    /// The transaction has committed, and the connection's row is not visible yet.
    Landing,
    /// `ready` is on its way to the client.
    Answered,
}

/// A socket. Its index is the connection id, which is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Socket {
    pub(crate) connection: Connection,
    pub(crate) hello: Hello,
    /// A bell is on its way to the client.
    pub(crate) bell: bool,
}

impl Socket {
    /// Returns whether API Gateway accepts a post.
    pub(crate) fn is_open(self) -> bool {
        matches!(self.connection, Connection::Open | Connection::Ready)
    }
}

/// The numbers of changes to the thread's row and to its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Content {
    pub(crate) thread: u8,
    pub(crate) messages: u8,
}

/// A request of the client for everything that it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fetch {
    None,
    Sent,
    /// The answer is on its way.
    Answered(Content),
    Refused,
}

/// A record of the stream, as the notifier sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Record {
    None,
    Waiting,
    /// The notifier has read the connections, and these are not served yet: bit `n` is socket `n`.
    Serving(u8),
}

// The places of records in [`State::stream`].
/// The changes of the thread's row, one for each write.
pub(crate) const THREAD: usize = 0;
/// The new messages, one for each write.
pub(crate) const MESSAGE: usize = THREAD + WRITES;
pub(crate) const TOMBSTONE: usize = MESSAGE + WRITES;
pub(crate) const BAN: usize = TOMBSTONE + 1;
pub(crate) const SESSION: usize = BAN + 1;
/// The INSERT of each connection's row.
pub(crate) const INSERTED: usize = SESSION + 1;
/// The REMOVE of each connection's row.
pub(crate) const REMOVED: usize = INSERTED + SOCKETS;
pub(crate) const RECORDS: usize = REMOVED + SOCKETS;

/// A state. The last six fields are the numbers of what may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) user: User,
    /// The session has ended, and its marker is in the table.
    pub(crate) is_signed_out: bool,
    /// What the table holds.
    pub(crate) stored: Content,
    /// What the committed writes will have stored when all of their rows are visible.
    pub(crate) committed: u8,
    pub(crate) sockets: [Socket; SOCKETS],
    /// The sockets with a visible row of a connection.
    pub(crate) rows: u8,
    /// Those of them whose lease is over.
    pub(crate) expired: u8,
    pub(crate) stream: [Record; RECORDS],
    /// What the client shows.
    pub(crate) shown: Content,
    pub(crate) fetch: Fetch,
    /// A bell arrived during the fetch.
    pub(crate) is_dirty: bool,

    pub(crate) cuts: u8,
    pub(crate) crashes: u8,
    pub(crate) failed_posts: u8,
    pub(crate) renewals: u8,
    pub(crate) expiries: u8,
    pub(crate) endings: u8,
}

impl State {
    pub(crate) fn new(model: &Live) -> Self {
        let socket = Socket { connection: Connection::Unused, hello: Hello::None, bell: false };
        Self {
            user: User::Alive,
            is_signed_out: false,
            stored: Content::default(),
            committed: 0,
            sockets: [socket; SOCKETS],
            rows: 0,
            expired: 0,
            stream: [Record::None; RECORDS],
            shown: Content::default(),
            fetch: Fetch::None,
            is_dirty: false,
            cuts: model.bounds.cuts,
            crashes: model.bounds.crashes,
            failed_posts: model.bounds.failed_posts,
            renewals: model.bounds.renewals,
            expiries: model.bounds.expiries,
            endings: model.bounds.endings,
        }
    }

    pub(crate) fn has_row(&self, socket: usize) -> bool {
        self.rows & 1 << socket != 0
    }

    /// Adds a record to the stream. Several equal records that wait are handled as one, as a batch is.
    pub(crate) fn emit(&mut self, place: usize) {
        self.stream[place] = Record::Waiting;
    }

    /// Removes the visible row of a connection, if there is one.
    pub(crate) fn remove_row(&mut self, socket: usize) {
        if self.has_row(socket) {
            self.rows &= !(1 << socket);
            self.expired &= !(1 << socket);
            self.emit(REMOVED + socket);
        }
    }

    /// The socket goes, and what is on its way to the client is lost.
    pub(crate) fn cut(&mut self, socket: usize) {
        let socket = &mut self.sockets[socket];
        if socket.is_open() {
            socket.connection = Connection::Cut;
            socket.bell = false;
        }
    }

    /// Returns whether nothing is on its way, and no step of the code is left to be taken.
    pub(crate) fn is_quiet(&self) -> bool {
        let is_quiet = |socket: &Socket| {
            matches!(socket.connection, Connection::Unused | Connection::Ready | Connection::Closed)
                && socket.hello == Hello::None
                && !socket.bell
        };
        self.fetch == Fetch::None
            && self.stored == Content { thread: self.committed, messages: self.committed }
            && matches!(self.user, User::Alive | User::Banned | User::Purged)
            && self.stream.iter().all(|record| *record == Record::None)
            && self.sockets.iter().all(is_quiet)
    }

    /// Returns whether a socket is open.
    pub(crate) fn is_connected(&self) -> bool {
        self.sockets.iter().any(|socket| socket.is_open())
    }
}

/// What happens next. A number is that of a socket, or the place of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    // The writer: one transaction with two rows.
    Commit,
    ThreadLands,
    MessageLands,

    // The end of a user or of a session.
    Delete,
    TombstoneLands,
    /// The transaction of the deletion, or the purge, removes the row of a connection.
    Erase(usize),
    PurgeCloses,
    Ban,
    EndSession,

    // The client.
    Dial,
    Opens(usize),
    Renew(usize),
    ReadyArrives(usize),
    BellArrives(usize),
    FetchIsServed,
    FetchArrives,
    /// The client notices that a socket is gone.
    Notice(usize),

    // The functions of the routes.
    ServeHello(usize),
    RowLands(usize),
    /// `$disconnect`, which may also never run.
    Disconnect(usize),

    // The notifier.
    Read(usize),
    Serve(usize, usize),
    /// Every attempt of a post fails.
    PostFails(usize, usize),
    Crash(usize),

    // What the network and DynamoDB do.
    Cut(usize),
    LeaseExpires(usize),
    RowExpires(usize),
}
