//! Every method of the client.

use clerk_emulator::WebhookDelivery;
use futures_util::TryStreamExt as _;
use harness::Usher;
use serde_json::{Map, Value, json};
use usher_client::{
    Client, ReplyEvent, ReplyStream, TokenSource,
    contract::{
        ClerkUserId, Content, CreateExchange, CreateMessage, CreateReply, CreateThread, DeleteOutcome, ExchangeMessage,
        IdempotencyKey, LoginStatus, MessageStatus, PageLimit, ProblemCode, Role, SearchKind, SearchQuery, Title,
        UpdateThread,
    },
};

use crate::{
    caller::Caller,
    client::{client_of, new_client},
};

fn title(text: &str) -> Option<Title> {
    Some(text.to_owned().try_into().unwrap())
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_methods_of_replies_work() {
    let usher = Usher::shared().await;
    let caller = Caller::new(&usher).await;
    let client = client_of(&usher, &caller.id);
    let title = Title::try_from("Replies".to_owned()).unwrap();
    let thread = client.create_thread(&CreateThread { title: Some(title) }, None).await.unwrap().id;
    let content = Content::try_from("Hello from the client".to_owned()).unwrap();
    let request = CreateReply { content, parts: None, model: None };
    let mut reply = client.create_reply(thread, &request, None).await.unwrap();
    let Some(ReplyEvent::Started { id, user_message: Some(_) }) = reply.next().await.unwrap() else {
        panic!("no start")
    };
    let read = async |reply: &mut ReplyStream| {
        let (mut text, mut status) = (String::new(), None);
        while let Some(event) = reply.next().await.unwrap() {
            match event {
                ReplyEvent::Text(more) => text += &more,
                ReplyEvent::Ended(end) => status = Some(end),
                _ => {}
            }
        }
        (text, status.unwrap())
    };
    let expected = "You wrote: Hello from the client";
    assert_eq!(read(&mut reply).await, (expected.to_owned(), MessageStatus::Complete));
    assert_eq!(reply.offset(), expected.len());
    let mut resumed = client.resume_reply(thread, id, 4).await.unwrap();
    assert_eq!(read(&mut resumed).await.0, expected[4..]);
    client.stop_reply(thread, id).await.unwrap();
}

#[tokio::test]
async fn the_methods_of_users_work() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    let id = ClerkUserId::parse(&ada.id).unwrap();
    let user = client.get_current_user().await.unwrap();
    assert_eq!(user.id, id);
    let status = client.get_login_status().await.unwrap();
    let LoginStatus::SignedIn { identity, user: same } = status else { panic!("{status:?}") };
    assert_eq!((identity.subject, same), (id.clone(), user.clone()));
    let card = client.get_user(&id).await.unwrap();
    assert_eq!((card.id, card.image_url), (id, user.image_url));

    let mut export = Vec::new();
    let exported = client.export_current_user(&mut export, |_| {}).await.unwrap();
    assert_eq!((exported.counts.users, exported.bytes), (1, export.len() as u64));

    let nobody = Client::new(usher.api_url(), TokenSource::new(async |_| Ok(None))).unwrap();
    assert_eq!(nobody.get_login_status().await.unwrap(), LoginStatus::NoToken);
    assert_eq!(nobody.get_current_user().await.unwrap_err().code(), Some(ProblemCode::NoToken));
}

#[tokio::test]
async fn a_client_deletes_its_account_and_may_repeat_that() {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let ada = usher.clerk().add_users(1).remove(0);
    let client = client_of(&usher, &ada);
    for _ in 0..2 {
        assert_eq!(client.delete_current_user().await.unwrap(), DeleteOutcome::Deleted);
    }
    assert_eq!(client.get_current_user().await.unwrap_err().code(), Some(ProblemCode::UserDeleted));
}

#[tokio::test]
async fn the_methods_of_threads_work() {
    let usher = Usher::shared().await;
    let (_, client) = new_client(&usher).await;
    let thread = client.create_thread(&CreateThread { title: title("Engines") }, None).await.unwrap();
    assert_eq!(thread.title.as_deref(), Some("Engines"));
    assert_eq!(client.get_thread(thread.id).await.unwrap(), thread);
    let changed = client.update_thread(thread.id, &UpdateThread { title: title("Notes") }).await.unwrap();
    assert_eq!((changed.id, changed.title.as_deref()), (thread.id, Some("Notes")));
    let page = client.list_threads(PageLimit::default(), None).await.unwrap();
    assert_eq!((page.items, page.next_cursor), (vec![changed], None));
    for _ in 0..2 {
        client.delete_thread(thread.id).await.unwrap();
    }
    assert_eq!(client.get_thread(thread.id).await.unwrap_err().code(), Some(ProblemCode::NotFound));
}

#[tokio::test]
async fn the_methods_of_messages_work() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    let thread = client.create_thread(&CreateThread::default(), None).await.unwrap().id;
    let content = |text: &str| text.to_owned().try_into().unwrap();
    let parts = json!([{"type": "text", "text": "Hello"}]);
    let message = CreateMessage {
        role: Role::User,
        content: content("Hello"),
        parts: Some(parts.clone().try_into().unwrap()),
        model: None,
    };
    let key = IdempotencyKey::parse("mine").unwrap();
    let first = client.create_message(thread, &message, Some(&key)).await.unwrap();
    assert_eq!(client.create_message(thread, &message, Some(&key)).await.unwrap().id, first.id);
    assert_eq!(ada.count_rows("REQUEST#mine").await, 1);
    assert_eq!(serde_json::from_str::<Value>(first.parts.unwrap().get()).unwrap(), parts);

    let part = |text, model: Option<&str>| ExchangeMessage {
        content: content(text),
        parts: None,
        model: model.map(|model| model.to_owned().try_into().unwrap()),
    };
    let exchange = CreateExchange { user: part("Why?", None), assistant: part("So.", Some("analytical-1")) };
    let exchange = client.create_exchange(thread, &exchange, None).await.unwrap();
    assert_eq!((exchange.user.role, exchange.assistant.model.as_deref()), (Role::User, Some("analytical-1")));
    let page = client.list_messages(thread, PageLimit::default(), None).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|message| message.id).collect();
    assert_eq!(ids, [first.id, exchange.user.id, exchange.assistant.id]);
}

#[tokio::test]
async fn the_methods_of_the_search_work() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    let thread = client.create_thread(&CreateThread { title: title("Café & Co. + more") }, None).await.unwrap();
    for number in 0..3 {
        ada.create_message(&format!("/threads/{}", thread.id), &format!("{number}: 👩 in the café + more")).await;
    }
    let thread = client.get_thread(thread.id).await.unwrap();
    let query = |kind| SearchQuery { q: "CAFE more".to_owned().try_into().unwrap(), kind };
    let page = client.search(&query(None), PageLimit::new(2).unwrap(), None).await.unwrap();
    let [in_title, in_message] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((&in_title.thread, &in_title.message), (&thread, &None));
    let found = in_message.snippet.parts().filter(|(_, found)| *found).map(|(part, _)| part);
    assert_eq!(found.collect::<Vec<_>>(), ["café", "more"]);
    assert!(page.next_cursor.is_some() && page.searched.back_to.is_some());

    let hits: Vec<_> = client.hits(&query(Some(SearchKind::Message))).try_collect().await.unwrap();
    let texts: Vec<_> = hits.iter().map(|hit| &hit.snippet.text[..1]).collect();
    assert_eq!(texts, ["2", "1", "0"]);
    assert_eq!(hits[0], *in_message);
    let wrong = client.search(&query(Some(SearchKind::Message)), PageLimit::MAX, page.next_cursor.as_deref()).await;
    assert_eq!(wrong.unwrap_err().code(), Some(ProblemCode::InvalidCursor));
}

#[tokio::test]
async fn a_change_of_an_old_version_of_settings_is_refused() {
    let usher = Usher::shared().await;
    let (ada, client) = new_client(&usher).await;
    let empty = client.get_settings().await.unwrap();
    assert_eq!(empty.values, Map::new());
    let dark = client.update_settings(&object(json!({"theme": "dark"})), Some(&empty.version)).await.unwrap();
    assert_eq!(Value::Object(dark.values.clone()), json!({"theme": "dark"}));
    let error = client.update_settings(&object(json!({"theme": "light"})), Some(&empty.version)).await.unwrap_err();
    assert_eq!(error.code(), Some(ProblemCode::VersionMismatch));
    assert_eq!(client.get_settings().await.unwrap(), dark);
    let light = client.update_settings(&object(json!({"theme": null, "n": 1})), None).await.unwrap();
    assert_eq!(Value::Object(light.values), json!({"n": 1}));
    assert_ne!(light.version, dark.version);
    assert_eq!(Caller::existing(&usher, &ada.id).get("/settings").await.header("etag"), Some(light.version.as_str()));
}
