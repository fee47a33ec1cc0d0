//! Replies: how they grow, who may write them, and what ends them.

use harness::{Row, Table, integer, number, partition_key, text};
use usher_contract::{ClerkUserId, MessageId, MessageStatus, ThreadId, limits::MAX_REPLIES};
use usher_store::{BegunReply, Error, PastMessage, ReplyWriter};

use crate::{
    builders::{limit, message, model, request, title},
    fixture::Fixture,
};

/// A user with a thread, and a reply in it.
pub(crate) struct Scene {
    pub(crate) fixture: Fixture,
    pub(crate) user: ClerkUserId,
    pub(crate) thread: ThreadId,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let fixture = Fixture::new().await;
        let user = fixture.user().await;
        let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
        Self { fixture, user, thread }
    }

    async fn try_begin(&self, key: Option<&str>) -> Result<BegunReply, Error> {
        let key = key.map(|key| request(key, "body"));
        self.fixture.store.begin_reply(&self.user, self.thread, &message("Why?"), &model("m"), key.as_ref()).await
    }

    pub(crate) async fn begin(&self) -> ReplyWriter {
        self.try_begin(None).await.unwrap().writer.unwrap()
    }

    /// The status and the content of a message, as every reader sees them.
    pub(crate) async fn read(&self, id: MessageId) -> (MessageStatus, String) {
        let message = self.fixture.store.get_message(&self.user, self.thread, id).await.unwrap();
        let page = self.fixture.store.list_messages(&self.user, self.thread, limit(100), None).await.unwrap();
        let listed = page.items.into_iter().find(|listed| listed.id == id).unwrap();
        assert_eq!((listed.status, &listed.content), (message.status, &message.content));
        (message.status, message.content)
    }

    /// The number of places that are taken.
    async fn places(&self) -> usize {
        let rows = self.fixture.rows(&self.user).await;
        rows.iter().filter(|row| text(row, "sk").starts_with("REPLY#")).count()
    }
}

/// Ends the leases of all replies of a user, as if their writers had died some time ago.
pub(crate) async fn end_leases(fixture: &Fixture, user: &ClerkUserId) {
    end_leases_in(fixture, user, "", 60_000).await;
}

/// Ends the leases in the rows whose sort keys begin with `prefix`, as if this time had passed.
pub(crate) async fn end_leases_in(fixture: &Fixture, user: &ClerkUserId, prefix: &str, millis: i64) {
    end_leases_at(&fixture.table, user, prefix, millis).await;
}

/// As [`end_leases_in`], in this table.
pub(crate) async fn end_leases_at(table: &Table, user: &ClerkUserId, prefix: &str, millis: i64) {
    let is_leased = |row: &Row| row.contains_key("leased_until") && text(row, "sk").starts_with(prefix);
    let rows = table.partition(&partition_key(user)).await;
    let ended = rows.into_iter().filter(is_leased).map(|mut row| {
        row.insert("leased_until".to_owned(), integer(number(&row, "leased_until") - millis));
        row
    });
    table.seed(ended).await;
}

#[tokio::test]
async fn a_reply_grows_and_is_complete_in_the_end() {
    let scene = Scene::new().await;
    let begun = scene.try_begin(None).await.unwrap();
    let mut writer = begun.writer.unwrap();
    assert_eq!(scene.read(begun.user_message).await, (MessageStatus::Complete, "Why?".to_owned()));
    assert_eq!(scene.read(begun.id).await, (MessageStatus::Streaming, String::new()));
    scene.fixture.store.write_reply(&mut writer, "Because").await.unwrap();
    assert_eq!(scene.read(begun.id).await, (MessageStatus::Streaming, "Because".to_owned()));
    assert_eq!(scene.places().await, 1);
    scene.fixture.store.end_reply(writer, "Because so.", MessageStatus::Complete).await.unwrap();
    assert_eq!(scene.read(begun.id).await, (MessageStatus::Complete, "Because so.".to_owned()));
    assert_eq!(scene.places().await, 0);
    let message = scene.fixture.store.get_message(&scene.user, scene.thread, begun.id).await.unwrap();
    assert_eq!(message.model.as_deref(), Some("m"));
}

#[tokio::test]
async fn a_stopped_reply_keeps_its_text_and_loses_its_writer() {
    let scene = Scene::new().await;
    let mut writer = scene.begin().await;
    let store = &scene.fixture.store;
    store.write_reply(&mut writer, "Because").await.unwrap();
    store.check_reply(&writer).await.unwrap();
    for _ in 0..2 {
        store.stop_reply(&scene.user, scene.thread, writer.id()).await.unwrap();
        assert_eq!(scene.read(writer.id()).await, (MessageStatus::Stopped, "Because".to_owned()));
    }
    assert_eq!(scene.places().await, 0);
    assert!(matches!(store.check_reply(&writer).await, Err(Error::ReplyLost)));
    assert!(matches!(store.write_reply(&mut writer, "Because so").await, Err(Error::ReplyLost)));
    let id = writer.id();
    assert!(matches!(store.end_reply(writer, "Because so", MessageStatus::Complete).await, Err(Error::ReplyLost)));
    assert_eq!(scene.read(id).await, (MessageStatus::Stopped, "Because".to_owned()));
}

#[tokio::test]
async fn only_a_reply_can_be_stopped() {
    let scene = Scene::new().await;
    let begun = scene.try_begin(None).await.unwrap();
    let store = &scene.fixture.store;
    for id in [begun.user_message, MessageId::from_uuid(uuid::Uuid::now_v7())] {
        let stopped = store.stop_reply(&scene.user, scene.thread, id).await;
        assert!(matches!(stopped, Err(Error::NotFound)));
    }
    store.end_reply(begun.writer.unwrap(), "Because.", MessageStatus::Complete).await.unwrap();
    store.stop_reply(&scene.user, scene.thread, begun.id).await.unwrap();
    assert_eq!(scene.read(begun.id).await, (MessageStatus::Complete, "Because.".to_owned()));
}

#[tokio::test]
async fn a_deleted_thread_or_user_ends_the_writing() {
    for is_user in [false, true] {
        let scene = Scene::new().await;
        let mut writer = scene.begin().await;
        let store = &scene.fixture.store;
        if is_user {
            store.delete_user(&scene.user).await.unwrap();
        } else {
            store.delete_thread(&scene.user, scene.thread).await.unwrap();
        }
        let is_gone = |end: Result<(), Error>| match end.unwrap_err() {
            Error::UserDeleted => is_user,
            Error::NotFound => !is_user,
            _ => false,
        };
        assert!(is_gone(store.check_reply(&writer).await));
        assert!(is_gone(store.write_reply(&mut writer, "Because").await));
        assert!(is_gone(store.end_reply(writer, "Because.", MessageStatus::Complete).await));
        assert_eq!(scene.places().await, 0, "the place is erased, or given back");
        let messages = scene.fixture.rows(&scene.user).await;
        assert!(!messages.iter().any(|row| text(row, "sk").starts_with("MESSAGE#")));
    }
}

#[tokio::test]
async fn a_reply_of_a_dead_writer_is_interrupted_and_can_go_on() {
    let scene = Scene::new().await;
    let mut dead = scene.begin().await;
    let (store, user, thread, id) = (&scene.fixture.store, &scene.user, scene.thread, dead.id());
    store.write_reply(&mut dead, "Because").await.unwrap();
    assert!(store.take_over_reply(user, thread, id).await.unwrap().is_none(), "its writer lives");
    end_leases(&scene.fixture, user).await;
    assert_eq!(scene.read(id).await, (MessageStatus::Interrupted, "Because".to_owned()));
    let mut writer = store.take_over_reply(user, thread, id).await.unwrap().unwrap();
    assert_eq!(writer.stored_text(), "Because");
    assert_eq!(scene.read(id).await.0, MessageStatus::Streaming);
    assert!(store.take_over_reply(user, thread, id).await.unwrap().is_none());
    // The first writer was only slow.
    assert!(matches!(store.write_reply(&mut dead, "Because of").await, Err(Error::ReplyLost)));
    store.write_reply(&mut writer, "Because so").await.unwrap();
    store.end_reply(writer, "Because so.", MessageStatus::Complete).await.unwrap();
    assert_eq!(scene.read(id).await, (MessageStatus::Complete, "Because so.".to_owned()));
}

#[tokio::test]
async fn an_interrupted_reply_can_be_stopped() {
    let scene = Scene::new().await;
    let writer = scene.begin().await;
    end_leases(&scene.fixture, &scene.user).await;
    // Takes the place of the dead writer.
    let other = scene.begin().await;
    assert_eq!(scene.read(writer.id()).await.0, MessageStatus::Interrupted);
    scene.fixture.store.stop_reply(&scene.user, scene.thread, writer.id()).await.unwrap();
    assert_eq!(scene.read(writer.id()).await.0, MessageStatus::Stopped);
    scene.fixture.store.check_reply(&other).await.unwrap();
}

#[tokio::test]
async fn four_replies_are_written_at_the_same_time() {
    let scene = Scene::new().await;
    let mut writers = Vec::new();
    for number in 0..MAX_REPLIES {
        writers.push(scene.try_begin(Some(&format!("key-{number}"))).await.unwrap().writer.unwrap());
    }
    assert!(matches!(scene.try_begin(None).await, Err(Error::TooManyReplies)));
    // A repeat is not another reply.
    let repeat = scene.try_begin(Some("key-0")).await.unwrap();
    assert!(repeat.writer.is_none() && repeat.id == writers[0].id());
    let writer = writers.remove(1);
    scene.fixture.store.end_reply(writer, "Because.", MessageStatus::Complete).await.unwrap();
    scene.begin().await;
    assert!(matches!(scene.try_begin(None).await, Err(Error::TooManyReplies)));
    end_leases(&scene.fixture, &scene.user).await;
    for _ in 0..MAX_REPLIES {
        scene.begin().await;
    }
}

#[tokio::test]
async fn concurrent_replies_do_not_share_a_place() {
    let scene = Scene::new().await;
    let attempts = futures_util::future::join_all((0..8).map(|_| scene.try_begin(None))).await;
    let begun = attempts.iter().filter(|begun| begun.is_ok()).count();
    assert_eq!(begun, usize::from(MAX_REPLIES));
    assert!(attempts.iter().flat_map(|begun| begun.as_ref().err()).all(|error| matches!(error, Error::TooManyReplies)));
    assert_eq!(scene.places().await, begun);
}

#[tokio::test]
async fn a_model_gets_the_last_messages_within_its_budget() {
    let scene = Scene::new().await;
    let (store, user, thread) = (&scene.fixture.store, &scene.user, scene.thread);
    for content in ["one", "two", "äöü"] {
        store.create_message(user, thread, message(content), None).await.unwrap();
    }
    let writer = scene.begin().await;
    store.create_message(user, thread, message("later"), None).await.unwrap();
    let past = async |max_chars| {
        let past = store.list_past_messages(user, thread, writer.id(), max_chars).await.unwrap();
        past.into_iter().map(|PastMessage { content, .. }| content).collect::<Vec<_>>()
    };
    assert_eq!(past(1_000).await, ["one", "two", "äöü", "Why?"]);
    assert_eq!(past(10).await, ["two", "äöü", "Why?"]);
    assert_eq!(past(9).await, ["äöü", "Why?"]);
    assert_eq!(past(0).await, ["Why?"]);
}

#[tokio::test]
async fn a_made_title_never_replaces_one_that_a_user_gave() {
    let scene = Scene::new().await;
    let (store, user, thread) = (&scene.fixture.store, &scene.user, scene.thread);
    assert!(store.title_thread(user, thread, &title("Made")).await.unwrap());
    assert!(!store.title_thread(user, thread, &title("Made again")).await.unwrap());
    assert_eq!(store.get_thread(user, thread).await.unwrap().title.as_deref(), Some("Made"));
    store.delete_thread(user, thread).await.unwrap();
    assert!(!store.title_thread(user, thread, &title("Made")).await.unwrap());
}
