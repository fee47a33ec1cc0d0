//! All operations of the store, each with a scene that it needs.

use harness::{Row, message_rows, now_ms};
use serde_json::json;
use usher_contract::{ClerkSessionId, ClerkUserId, MessageId, MessageStatus, SearchKind, ThreadId, Timestamp};
use usher_store::{Account, ConnectionId, Error, IfMatch, Owner, ReplyWriter, Store, SyncState};

use crate::{
    builders::{limit, message, model, patch, request, search, title},
    fixture::{Fixture, new_user, sync, sync_fetched},
    passes::{AT_ONCE, NEVER, account, purge},
    replies::{end_leases, end_leases_in},
};

/// The rows before an operation: two users, and a thread of the first one.
pub(crate) struct Scene {
    pub(crate) user: ClerkUserId,
    pub(crate) other: ClerkUserId,
    unknown: ClerkUserId,
    thread: ThreadId,
    /// A message of the thread.
    first: MessageId,
    /// The writer of a reply in the thread, if the operation needs one.
    writer: Option<ReplyWriter>,
    started: i64,
    /// The state of the first user, or `None` if the user is deleted.
    kept: Option<SyncState>,
}

/// More rows than one transaction can erase.
const MANY: usize = 130;

macro_rules! operations {
    ($($operation:ident $name:literal),+ $(,)?) => {
        /// An operation in a particular case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Operation {
            $($operation),+
        }

        impl Operation {
            pub(crate) const ALL: &[Self] = &[$(Self::$operation),+];

            /// The name of the method, and the case.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$operation => $name),+
                }
            }

            /// The name of the method: the beginning of the name.
            pub(crate) fn method(self) -> &'static str {
                self.name().split([',', ' ']).next().unwrap_or_default()
            }
        }
    };
}

operations! {
    WarmUp "warm_up",
    WarmUpByQuery "warm_up_by_query",
    SyncNew "sync_user, a new one",
    SyncKnown "sync_user, a known one",
    SyncFetched "sync_user, fetched",
    CompareUsers "compare_users",
    UserIds "list_user_ids, of all shards",
    GetSyncState "get_sync_state",
    MarkUnknown "mark_unknown",
    MarkKnown "mark_known",
    Checkpoint "get_checkpoint",
    SaveCheckpoint "save_checkpoint",
    CurrentUser "get_current_user",
    Account "get_account",
    User "get_user",
    CreateThread "create_thread",
    CreateThreadOnce "create_thread, with a key",
    ListThreads "list_threads",
    Thread "get_thread",
    UpdateThread "update_thread",
    DeleteThread "delete_thread, 132 messages",
    CreateMessage "create_message",
    CreateMessageOnce "create_message, with a key",
    CreateExchange "create_exchange",
    CreateExchangeOnce "create_exchange, with a key",
    ListMessages "list_messages",
    ListSlowReply "list_messages, with a reply that grows slowly",
    GetMessage "get_message",
    GetSlowReply "get_message, a reply that grows slowly",
    BeginReply "begin_reply",
    BeginReplyOnce "begin_reply, with a key",
    WriteReply "write_reply",
    CheckReply "check_reply",
    RenewReply "renew_reply",
    EndReply "end_reply",
    StopReply "stop_reply",
    TakeOverReply "take_over_reply",
    ListPastMessages "list_past_messages",
    TitleThread "title_thread",
    Search "search, in both kinds",
    SearchThreads "search, in threads",
    ExportPage "export_page",
    Settings "get_settings",
    UpdateSettings "update_settings",
    OpenConnection "renew_connection, a new one",
    RenewConnection "renew_connection, a known one",
    ListConnections "list_connections",
    UsersOfConnection "users_of_connection",
    RemoveConnection "remove_connection",
    EndSession "end_session",
    ListEndedSessions "list_ended_sessions",
    DeleteUser "delete_user, 134 children",
    DeleteUserAgain "delete_user, while rows are left",
    PendingDeletions "list_pending_deletions",
    PurgeUser "purge of a user, 35 rows left",
    PurgeUserEarly "purge of a user, not settled",
    PurgeThread "purge of a thread, 33 rows left",
}

/// A connection that no other user has.
fn connection_of(user: &ClerkUserId) -> ConnectionId {
    ConnectionId::parse(&user.as_str().replace("user_", "connection_")).unwrap()
}

impl Scene {
    /// The rows of all users of the scene.
    pub(crate) async fn rows(&self, fixture: &Fixture) -> Vec<Row> {
        let mut rows = Vec::new();
        for user in [&self.user, &self.other, &self.unknown] {
            rows.extend(fixture.rows(user).await);
        }
        rows
    }

    /// Returns whether a reply of the scene has not ended.
    pub(crate) fn has_reply(&self) -> bool {
        self.writer.is_some()
    }
}

impl Operation {
    /// Returns whether the operation makes at most one write, so that it happens entirely or not at all.
    pub(crate) fn is_atomic(self) -> bool {
        !matches!(self, Self::PurgeUser | Self::PurgeUserEarly | Self::PurgeThread)
    }

    /// Returns whether an error of the operation means that nothing has changed. A new connection is looked at once more
    /// after it was stored.
    pub(crate) fn changes_nothing_if_it_fails(self) -> bool {
        self.is_atomic() && !matches!(self, Self::OpenConnection)
    }

    /// Creates the rows that the operation needs.
    pub(crate) async fn prepare(self, fixture: &Fixture) -> Scene {
        let (user, other, store) = (fixture.user().await, fixture.user().await, &fixture.other_process);
        let thread = store.create_thread(&user, Some(title("one")), None).await.unwrap().id;
        let exchange = [message("one"), message("two")];
        let [first, _] = store.create_exchange(&user, thread, exchange, None).await.unwrap();
        store.update_settings(&user, &patch(json!({"a": 1})), &IfMatch::Any).await.unwrap();
        if !self.is_atomic() || matches!(self, Self::DeleteUser | Self::DeleteUserAgain | Self::DeleteThread) {
            fixture.table.seed(message_rows(&user, thread, MANY)).await;
        }
        let mut writer = None;
        match self {
            Self::WriteReply
            | Self::CheckReply
            | Self::RenewReply
            | Self::GetSlowReply
            | Self::ListSlowReply
            | Self::EndReply
            | Self::StopReply
            | Self::TakeOverReply
            | Self::ListPastMessages => {
                let begun = store.begin_reply(&user, thread, &message("why"), &model("m"), None).await.unwrap();
                writer = begun.writer;
                match self {
                    Self::TakeOverReply => end_leases(fixture, &user).await,
                    Self::GetSlowReply | Self::ListSlowReply => end_leases_in(fixture, &user, "MESSAGE#", 60_000).await,
                    _ => {}
                }
            }
            Self::TitleThread => drop(store.update_thread(&user, thread, None).await.unwrap()),
            Self::PurgeUser | Self::PurgeUserEarly | Self::DeleteUserAgain => store.delete_user(&user).await.unwrap(),
            Self::PurgeThread | Self::PendingDeletions => store.delete_thread(&user, thread).await.unwrap(),
            Self::RenewConnection | Self::ListConnections | Self::UsersOfConnection | Self::RemoveConnection => {
                store.renew_connection(&user, &connection_of(&user), Some("sess_1")).await.unwrap();
            }
            Self::MarkKnown => {
                let kept = store.get_sync_state(&user).await.unwrap().unwrap();
                store.mark_unknown(&user, &kept, Timestamp::now()).await.unwrap();
            }
            _ => {}
        }
        let kept = store.get_sync_state(&user).await.unwrap();
        Scene { user, other, unknown: new_user(), thread, first: first.id, writer, started: now_ms(), kept }
    }

    /// Runs the operation and returns its result as a text without times and ids.
    pub(crate) async fn run(self, store: &Store, scene: &Scene) -> Result<String, Error> {
        let Scene { user, other, unknown, thread, first, writer, started, kept } = scene;
        let writer = || writer.clone().unwrap();
        let (thread, key) = (*thread, request("key", "body"));
        let exchange = || [message("three"), message("four")];
        Ok(match self {
            Self::WarmUp => format!("{:?}", store.warm_up().await?),
            Self::WarmUpByQuery => format!("{:?}", store.warm_up_by_query().await?),
            Self::SyncNew => format!("{:?}", sync(store, unknown, *started).await?),
            Self::SyncKnown => format!("{:?}", sync(store, user, started + 10_000).await?),
            Self::SyncFetched => format!("{:?}", sync_fetched(store, unknown, *started).await?),
            Self::CompareUsers => {
                let texts = [user, unknown].map(|id| harness::user_object(id.as_str(), *started));
                let users = texts.each_ref().map(|text| usher_clerk::User::parse(text).unwrap());
                format!("{:?}", store.compare_users(&users.each_ref()).await?)
            }
            Self::UserIds => format!("{}", store.list_user_ids(None, 1000).await?.ids.contains(user)),
            Self::GetSyncState => {
                format!(
                    "{:?}",
                    store.get_sync_state(user).await?.map(|kept| kept.synced_at.as_millis() > started - 60_000)
                )
            }
            Self::MarkUnknown => {
                format!("{:?}", store.mark_unknown(user, &kept.unwrap(), Timestamp::from_millis(*started)).await?)
            }
            Self::MarkKnown => format!("{:?}", store.mark_known(user).await?),
            Self::Checkpoint => format!("{:?}", store.get_checkpoint(user.as_str()).await?),
            Self::SaveCheckpoint => {
                let first = usher_store::Checkpoint::default();
                format!("{:?}", store.save_checkpoint(user.as_str(), &first, "{}".to_owned()).await?)
            }
            Self::CurrentUser => format!("{}", store.get_current_user(user).await?.clerk_user()?.id() == user),
            Self::Account => format!("{}", matches!(store.get_account(user).await?, Account::User(_))),
            Self::User => format!("{}", store.get_user(user, other).await?.clerk_user()?.id() == other),
            Self::CreateThread => format!("{:?}", store.create_thread(user, Some(title("two")), None).await?.title),
            Self::CreateThreadOnce => {
                format!("{:?}", store.create_thread(user, Some(title("two")), Some(&key)).await?.title)
            }
            Self::ListThreads => format!("{:?}", store.list_threads(user, limit(100), None).await?.items.len()),
            Self::Thread => format!("{:?}", store.get_thread(user, thread).await?.title),
            Self::UpdateThread => format!("{:?}", store.update_thread(user, thread, Some(title("two"))).await?.title),
            Self::DeleteThread => format!("{:?}", store.delete_thread(user, thread).await?),
            Self::CreateMessage => {
                format!("{:?}", store.create_message(user, thread, message("three"), None).await?.content)
            }
            Self::CreateMessageOnce => {
                format!("{:?}", store.create_message(user, thread, message("three"), Some(&key)).await?.content)
            }
            Self::CreateExchange => store
                .create_exchange(user, thread, exchange(), None)
                .await?
                .map(|m| json!(m.content).to_string())
                .concat(),
            Self::CreateExchangeOnce => store
                .create_exchange(user, thread, exchange(), Some(&key))
                .await?
                .map(|m| json!(m.content).to_string())
                .concat(),
            Self::ListMessages | Self::ListSlowReply => {
                format!("{:?}", store.list_messages(user, thread, limit(100), None).await?.items.len())
            }
            Self::GetSlowReply => format!("{:?}", store.get_message(user, thread, writer().id()).await?.status),
            Self::GetMessage => store.get_message(user, thread, *first).await?.content,
            Self::BeginReply => {
                let begun = store.begin_reply(user, thread, &message("why"), &model("m"), None).await?;
                format!("{}", begun.writer.is_some())
            }
            Self::BeginReplyOnce => {
                let begun = store.begin_reply(user, thread, &message("why"), &model("m"), Some(&key)).await?;
                format!("{}", begun.writer.is_some())
            }
            Self::WriteReply => format!("{:?}", store.write_reply(&mut writer(), "Because").await?),
            Self::CheckReply => format!("{:?}", store.check_reply(&writer()).await?),
            Self::RenewReply => format!("{:?}", store.renew_reply(&mut writer()).await?),
            Self::EndReply => {
                format!("{:?}", store.end_reply(writer(), "Because", MessageStatus::Complete).await?)
            }
            Self::StopReply => format!("{:?}", store.stop_reply(user, thread, writer().id()).await?),
            Self::TakeOverReply => {
                format!("{}", store.take_over_reply(user, thread, writer().id()).await?.is_some())
            }
            Self::ListPastMessages => {
                format!("{}", store.list_past_messages(user, thread, writer().id(), 1000).await?.len())
            }
            Self::TitleThread => format!("{}", store.title_thread(user, thread, &title("two")).await?),
            Self::Search => {
                format!("{:?}", store.search(user, &search("one", None), limit(100), None).await?.items.len())
            }
            Self::SearchThreads => {
                let search = search("one", Some(SearchKind::Thread));
                format!("{:?}", store.search(user, &search, limit(100), None).await?.items.len())
            }
            Self::ExportPage => format!("{:?}", store.export_page(user, None).await?.threads.len()),
            Self::Settings => format!("{:?}", store.get_settings(user).await?),
            Self::UpdateSettings => {
                format!("{:?}", store.update_settings(user, &patch(json!({"b": 2})), &IfMatch::Any).await?.values)
            }
            Self::OpenConnection | Self::RenewConnection => {
                format!("{:?}", store.renew_connection(user, &connection_of(user), Some("sess_1")).await?)
            }
            Self::ListConnections => format!("{:?}", store.list_connections(user).await?.len()),
            Self::UsersOfConnection => {
                format!("{}", store.users_of_connection(&connection_of(user)).await? == std::slice::from_ref(user))
            }
            Self::RemoveConnection => format!("{:?}", store.remove_connection(user, &connection_of(user)).await?),
            Self::EndSession => {
                format!("{:?}", store.end_session(user, &ClerkSessionId::parse("sess_2").unwrap()).await?)
            }
            Self::ListEndedSessions => format!("{:?}", store.list_ended_sessions(user).await?),
            Self::DeleteUser | Self::DeleteUserAgain => format!("{:?}", store.delete_user(user).await?),
            Self::PendingDeletions => {
                let page = store.list_pending_deletions(None).await?;
                format!("{}", page.owners.contains(&Owner::Thread(user.clone(), thread)))
            }
            Self::PurgeUser => format!("{:?}", purge(store, &account(user), AT_ONCE).await?),
            Self::PurgeUserEarly => format!("{:?}", purge(store, &account(user), NEVER).await?),
            Self::PurgeThread => format!("{:?}", purge(store, &Owner::Thread(user.clone(), thread), AT_ONCE).await?),
        })
    }
}
