//! The export of a user's rows: pages of a bounded size, and nothing of what is deleted.

use harness::{conversation_rows, message_rows, thread_row};
use usher_contract::ThreadId;
use usher_store::{Error, ExportPage};
use uuid::Uuid;

use crate::{
    builders::{message, title},
    fixture::Fixture,
};

/// The number of threads and of messages of a page.
fn size(page: &ExportPage) -> (usize, usize) {
    let threads = page.threads.iter().filter(|part| part.thread.is_some()).count();
    (threads, page.threads.iter().map(|part| part.messages.len()).sum())
}

#[tokio::test]
async fn a_page_holds_at_most_1000_rows_of_each_kind() {
    let fixture = Fixture::new().await;
    let (user, store) = (fixture.user().await, &fixture.store);
    fixture.table.seed(conversation_rows(&user, 1_200, 2_400)).await;
    let (mut after, mut sizes) = (None, Vec::new());
    loop {
        let page = store.export_page(&user, after).await.unwrap();
        sizes.push(size(&page));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(sizes.iter().all(|(threads, messages)| *threads <= 1_000 && *messages <= 1_000), "{sizes:?}");
    let sum = sizes.iter().fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    assert_eq!(sum, (1_200, 2_400));
}

/// The messages of the first page reach further than its threads, or exactly as far.
#[tokio::test]
async fn an_export_loses_nothing_around_a_long_thread() {
    let fixture = Fixture::new().await;
    for threads in [1_000, 1_200] {
        let (user, store) = (fixture.user().await, &fixture.store);
        let ids: Vec<_> = (0..threads).map(|_| ThreadId::from_uuid(Uuid::now_v7())).collect();
        fixture.table.seed(ids.iter().map(|id| thread_row(&user, id))).await;
        fixture.table.seed(message_rows(&user, ids.last().unwrap(), 1_100)).await;
        let (mut after, mut sum) = (None, (0, 0));
        loop {
            let page = store.export_page(&user, after).await.unwrap();
            let (threads, messages) = size(&page);
            sum = (sum.0 + threads, sum.1 + messages);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(sum, (threads, 1_100));
    }
}

#[tokio::test]
async fn a_thread_deleted_between_two_pages_is_not_continued() {
    let fixture = Fixture::new().await;
    let (user, store) = (fixture.user().await, &fixture.store);
    let thread = store.create_thread(&user, Some(title("one")), None).await.unwrap().id;
    fixture.table.seed(message_rows(&user, thread, 1_500)).await;
    let later = store.create_thread(&user, Some(title("two")), None).await.unwrap().id;
    let first = store.export_page(&user, None).await.unwrap();
    assert_eq!(size(&first), (1, 1_000));
    store.delete_thread(&user, thread).await.unwrap();
    let second = store.export_page(&user, first.next).await.unwrap();
    let [part] = &*second.threads else { panic!("{second:?}") };
    assert_eq!((part.thread.as_ref().unwrap().id, part.messages.len(), second.next), (later, 0, None));
}

/// The thread was deleted and its tombstone has expired, and the message landed late.
#[tokio::test]
async fn a_message_without_a_thread_is_not_exported() {
    let fixture = Fixture::new().await;
    let (user, store) = (fixture.user().await, &fixture.store);
    fixture.table.seed(message_rows(&user, ThreadId::from_uuid(Uuid::now_v7()), 1)).await;
    let thread = store.create_thread(&user, None, None).await.unwrap().id;
    let own = store.create_message(&user, thread, message("one"), None).await.unwrap().id;
    let page = store.export_page(&user, None).await.unwrap();
    let [exported] = &*page.threads else { panic!("{page:?}") };
    assert_eq!(exported.messages.iter().map(|message| message.id).collect::<Vec<_>>(), [own]);
}

#[tokio::test]
async fn an_export_ends_with_its_user() {
    let fixture = Fixture::new().await;
    let (user, store) = (fixture.user().await, &fixture.store);
    fixture.table.seed(conversation_rows(&user, 1, 1_100)).await;
    let first = store.export_page(&user, None).await.unwrap();
    store.delete_user(&user).await.unwrap();
    let error = store.export_page(&user, first.next).await.unwrap_err();
    assert!(matches!(error, Error::UserDeleted), "{error:?}");
}
