//! The lease of a reply: how its writer renews it, and how readers learn that it has ended.

use std::time::Duration;

use harness::{Row, now_ms, number, text};
use usher_contract::{MessageId, MessageStatus};
use usher_store::{Error, ReplyWriter};

use crate::{
    fault_injection::Step,
    replies::{Scene, end_leases, end_leases_at, end_leases_in},
};

const MINUTE: i64 = 60_000;

/// A reply that has not grown for so long that the lease in its row has ended, while its writer renews the other one.
async fn slow_reply() -> (Scene, ReplyWriter) {
    let scene = Scene::new().await;
    let mut writer = scene.begin().await;
    scene.fixture.store.write_reply(&mut writer, "Because").await.unwrap();
    end_leases_in(&scene.fixture, &scene.user, "MESSAGE#", MINUTE).await;
    (scene, writer)
}

/// The row whose sort key begins or ends with this text.
async fn row(scene: &Scene, key: &str) -> Row {
    let mut rows = scene.fixture.rows(&scene.user).await.into_iter();
    rows.find(|row| text(row, "sk").starts_with(key) || text(row, "sk").ends_with(key)).unwrap()
}

async fn exported(scene: &Scene, id: MessageId) -> MessageStatus {
    let page = scene.fixture.store.export_page(&scene.user, None).await.unwrap();
    page.threads[0].messages.iter().find(|message| message.id == id).unwrap().status
}

#[tokio::test]
async fn a_reply_that_does_not_grow_is_not_written_again() {
    let (scene, mut writer) = slow_reply().await;
    let (store, id) = (&scene.fixture.store, writer.id());
    let message = row(&scene, &id.to_string()).await;
    end_leases_in(&scene.fixture, &scene.user, "REPLY#", MINUTE / 4).await;
    store.renew_reply(&mut writer).await.unwrap();
    assert!(number(&row(&scene, "REPLY#").await, "leased_until") > now_ms() + MINUTE / 4);
    assert_eq!(row(&scene, &id.to_string()).await, message);
    let streaming = (MessageStatus::Streaming, "Because".to_owned());
    assert_eq!((scene.read(id).await, exported(&scene, id).await), (streaming.clone(), streaming.0));
    // Nobody else may go on with it.
    assert!(store.take_over_reply(&scene.user, scene.thread, id).await.unwrap().is_none());
    end_leases_in(&scene.fixture, &scene.user, "REPLY#", MINUTE).await;
    assert_eq!((scene.read(id).await.0, exported(&scene, id).await), ([MessageStatus::Interrupted; 2]).into());
}

#[tokio::test]
async fn a_renewal_is_due_at_a_third_of_the_lease_and_not_before() {
    let (scene, mut writer) = slow_reply().await;
    scene.fixture.store.renew_reply(&mut writer).await.unwrap();
    assert!(!writer.is_renewal_due());
    // Nothing else may happen while the time is moved.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(30) / 3).await;
    assert!(writer.is_renewal_due());
    tokio::time::resume();
}

#[tokio::test]
async fn a_renewal_needs_the_place_the_thread_and_the_user() {
    for end in ["stop", "thread", "user"] {
        let (scene, mut writer) = slow_reply().await;
        let store = &scene.fixture.store;
        match end {
            "stop" => store.stop_reply(&scene.user, scene.thread, writer.id()).await.unwrap(),
            "thread" => store.delete_thread(&scene.user, scene.thread).await.unwrap(),
            _ => store.delete_user(&scene.user).await.unwrap(),
        }
        let error = store.renew_reply(&mut writer).await.unwrap_err();
        let is_expected = match end {
            "stop" => matches!(error, Error::ReplyLost),
            "thread" => matches!(error, Error::NotFound),
            _ => matches!(error, Error::UserDeleted),
        };
        assert!(is_expected, "{end}: {error}");
        let rows = scene.fixture.rows(&scene.user).await;
        let has_place = rows.iter().any(|row| text(row, "sk").starts_with("REPLY#"));
        assert_eq!(has_place, end == "thread", "a renewal makes no row");
    }
}

/// The writer ends the reply between the reader's two looks.
#[tokio::test]
async fn a_reply_that_ends_under_a_reader_is_not_interrupted() {
    for is_list in [false, true] {
        let (scene, writer) = slow_reply().await;
        let (other, id) = (scene.fixture.other_process.clone(), writer.id());
        scene.fixture.injector.script(move |call| {
            let (other, writer) = (other.clone(), writer.clone());
            if call.number != 4 {
                return Step::Forward;
            }
            Step::Before(Box::pin(async move {
                other.end_reply(writer, "Because so.", MessageStatus::Complete).await.unwrap();
            }))
        });
        let store = &scene.fixture.store;
        let message = if is_list {
            let page = store.list_messages(&scene.user, scene.thread, crate::builders::limit(10), None).await.unwrap();
            page.items.into_iter().find(|message| message.id == id).unwrap()
        } else {
            store.get_message(&scene.user, scene.thread, id).await.unwrap()
        };
        assert_eq!((message.status, &*message.content), (MessageStatus::Complete, "Because so."));
    }
}

#[tokio::test]
async fn only_a_reader_in_doubt_looks_at_the_place() {
    let (scene, mut writer) = slow_reply().await;
    let (store, injector, id) = (&scene.fixture.store, &scene.fixture.injector, writer.id());
    let calls = async || {
        injector.forward_all();
        store.get_message(&scene.user, scene.thread, id).await.unwrap();
        injector.take_calls().round_trips()
    };
    assert_eq!(calls().await, "3 GetItem → GetItem");
    store.write_reply(&mut writer, "Because so").await.unwrap();
    assert_eq!(calls().await, "3 GetItem");
    // No function lives that long.
    end_leases_in(&scene.fixture, &scene.user, "MESSAGE#", 16 * MINUTE).await;
    assert_eq!(calls().await, "3 GetItem");
    assert_eq!(scene.read(id).await.0, MessageStatus::Interrupted);
}

#[tokio::test]
async fn a_take_over_takes_the_place_from_the_slow_writer() {
    let scene = Scene::new().await;
    let (store, user, thread) = (&scene.fixture.store, &scene.user, scene.thread);
    let (first, slow) = (scene.begin().await, scene.begin().await);
    store.end_reply(first, "Because.", MessageStatus::Complete).await.unwrap();
    end_leases(&scene.fixture, user).await;
    // Another place is free, too.
    let writer = store.take_over_reply(user, thread, slow.id()).await.unwrap().unwrap();
    assert!(matches!(store.check_reply(&slow).await, Err(Error::ReplyLost)));
    assert!(matches!(store.renew_reply(&mut slow.clone()).await, Err(Error::ReplyLost)));
    store.check_reply(&writer).await.unwrap();
}

/// The writer was only slow, and renews its lease while another process takes the reply over.
#[tokio::test]
async fn a_writer_that_renews_in_time_keeps_its_reply() {
    let (scene, writer) = slow_reply().await;
    let (store, user, thread) = (&scene.fixture.store, &scene.user, scene.thread);
    end_leases(&scene.fixture, user).await;
    let (other, slow) = (scene.fixture.other_process.clone(), writer.clone());
    scene.fixture.injector.script(move |call| {
        let (other, mut slow) = (other.clone(), slow.clone());
        if !call.is("TransactWriteItems") {
            return Step::Forward;
        }
        Step::Before(Box::pin(async move { other.renew_reply(&mut slow).await.unwrap() }))
    });
    assert!(store.take_over_reply(user, thread, writer.id()).await.unwrap().is_none());
    assert_eq!(scene.read(writer.id()).await.0, MessageStatus::Streaming);
}

#[tokio::test]
async fn a_stop_takes_the_place_from_a_slow_writer() {
    let (scene, mut writer) = slow_reply().await;
    end_leases(&scene.fixture, &scene.user).await;
    scene.fixture.store.stop_reply(&scene.user, scene.thread, writer.id()).await.unwrap();
    assert!(matches!(scene.fixture.store.renew_reply(&mut writer).await, Err(Error::ReplyLost)));
    assert_eq!(scene.read(writer.id()).await, (MessageStatus::Stopped, "Because".to_owned()));
}

/// The writer writes once more, and dies, while another process takes the reply over.
#[tokio::test]
async fn a_take_over_never_forgets_text() {
    let (scene, writer) = slow_reply().await;
    let (store, user, thread) = (&scene.fixture.store, &scene.user, scene.thread);
    end_leases(&scene.fixture, user).await;
    let (other, slow) = (scene.fixture.other_process.clone(), writer.clone());
    let (table, owner) = (scene.fixture.table.clone(), user.clone());
    scene.fixture.injector.script(move |call| {
        let (other, mut slow) = (other.clone(), slow.clone());
        let (table, owner) = (table.clone(), owner.clone());
        if !call.is("TransactWriteItems") {
            return Step::Forward;
        }
        Step::Before(Box::pin(async move {
            other.write_reply(&mut slow, "Because so").await.unwrap();
            end_leases_at(&table, &owner, "", MINUTE).await;
        }))
    });
    assert!(store.take_over_reply(user, thread, writer.id()).await.unwrap().is_none());
    scene.fixture.injector.forward_all();
    let next = store.take_over_reply(user, thread, writer.id()).await.unwrap().unwrap();
    assert_eq!(next.stored_text(), "Because so");
}
