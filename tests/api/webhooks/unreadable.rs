//! Unreadable events: they are signed but invalid. A retry would not help, and an alarm counts them.

use harness::{Usher, new_user_id, now_ms, user_object};

const MAX_BODY_BYTES: usize = 512 * 1024;
/// DynamoDB limits an item to 400 KB, including the other attributes.
const MAX_USER_BYTES: usize = 400_000;

#[tokio::test]
async fn an_invalid_user_event_is_refused_with_the_reason() {
    let usher = Usher::shared().await;
    let id = new_user_id();
    let now = now_ms();
    let user = |data: &str| usher.event("user.updated", data, now);
    let deleted = |data: &str| usher.event("user.deleted", data, now);
    let with_id = |id: &str| user(&format!(r#"{{"id":{id},"updated_at":{now}}}"#));
    let too_long = format!(r#""user_{}""#, "a".repeat(65));
    for (name, body, reason) in [
        ("empty", String::new(), "JSON"),
        ("not JSON", "hello".into(), "JSON"),
        ("truncated JSON", user(&user_object(&id, now))[..200].to_owned(), "JSON"),
        ("two documents", format!("{}{{}}", user(&user_object(&id, now))), "JSON"),
        ("an array", "[]".into(), "JSON"),
        ("null", "null".into(), "JSON"),
        ("no type", r#"{"data":{}}"#.into(), "type"),
        ("type a number", r#"{"data":{},"type":7}"#.into(), "type"),
        ("no data", r#"{"type":"user.created"}"#.into(), "data"),
        ("data null", user("null"), "data"),
        ("data an array", user("[]"), "data"),
        ("no id", user("{}"), "data"),
        ("id null", with_id("null"), "id"),
        ("id a number", with_id("7"), "id"),
        ("id an object", with_id("{}"), "id"),
        ("id empty", with_id(r#""""#), "id"),
        ("the id of a session", with_id(r#""sess_2abc""#), "id"),
        ("an id with a key separator", with_id(r#""user_1#USER""#), "id"),
        ("an id with a space", with_id(r#""user_1 ""#), "id"),
        ("an id that is too long", with_id(&too_long), "id"),
        ("deleted: no data", r#"{"type":"user.deleted"}"#.into(), "data"),
        ("deleted: no id", deleted(r#"{"deleted":true,"object":"user"}"#), "id"),
        ("deleted: id null", deleted(r#"{"deleted":true,"id":null,"object":"user"}"#), "id"),
        ("deleted: only an external id", deleted(&format!(r#"{{"deleted":true,"external_id":"{id}"}}"#)), "id"),
        ("deleted: id a number", deleted(r#"{"id":7}"#), "id"),
        ("deleted: the id of an organization", deleted(r#"{"id":"org_2abc"}"#), "id"),
        ("ended: no data", r#"{"type":"session.ended"}"#.into(), "data"),
        ("ended: no id", usher.event("session.ended", &format!(r#"{{"user_id":"{id}"}}"#), now), "id"),
        ("removed: no user_id", usher.event("session.removed", r#"{"id":"sess_1"}"#, now), "user_id"),
        ("revoked: the id of a user", usher.event("session.revoked", &format!(r#"{{"id":"{id}"}}"#), now), "id"),
    ] {
        let detail = usher.deliver(body).await.labeled(name).expect_problem(422, "unreadable-event");
        assert!(detail.contains(reason), "{name}: {detail}");
    }
    assert_eq!(usher.row(&id).await, None);
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_refused() {
    // Svix signs text, so no signature can match other bytes.
    let usher = Usher::shared().await;
    let (ada, now) = (new_user_id(), now_ms());
    let event = usher.event("user.created", &user_object(&ada, now), now);
    let headers = usher.signed("msg_1", event.as_bytes());
    let mut body = event.into_bytes();
    let letter = body.windows(3).position(|three| three == b"Ada").unwrap();
    body[letter] = 0xff;
    let answer = usher.webhook(&headers, body).await;
    answer.expect_problem(400, "invalid-signature");
    assert_eq!(usher.row(&ada).await, None);
}

#[tokio::test]
async fn a_webhook_body_is_limited_to_512_kb() {
    let usher = Usher::shared().await;
    let padded = |length: usize| {
        let event = usher.event("session.created", r#"{"padding":""}"#, now_ms());
        event.replace(r#""padding":""#, &format!(r#""padding":"{}"#, "x".repeat(length - event.len())))
    };
    assert_eq!(padded(MAX_BODY_BYTES).len(), MAX_BODY_BYTES);
    usher.deliver(padded(MAX_BODY_BYTES)).await.assert_outcome("ignored");
    let detail = usher.deliver(padded(MAX_BODY_BYTES + 1)).await.expect_problem(413, "too-large");
    assert!(detail.contains(&MAX_BODY_BYTES.to_string()), "{detail}");
    // The size is checked first, so that a caller cannot make the function hash megabytes.
    usher.webhook(&Vec::new(), vec![b' '; MAX_BODY_BYTES + 1]).await.expect_problem(413, "too-large");
}

#[tokio::test]
async fn a_user_is_limited_to_the_size_of_an_item() {
    let usher = Usher::shared().await;
    let now = now_ms();
    let padded = |id: &str, length: usize| {
        let object = user_object(id, now);
        object.replace(r#""plan":""#, &format!(r#""plan":"{}"#, "x".repeat(length - object.len())))
    };
    let (ada, bob) = (new_user_id(), new_user_id());
    let largest = padded(&ada, MAX_USER_BYTES);
    usher.deliver(usher.event("user.created", &largest, now)).await.assert_outcome("created");
    assert_eq!(usher.stored_user(&ada).await, largest);
    assert_eq!(usher.get("/users/me", &usher.session_token(&ada)).await.expect_json()["id"], ada);

    let larger = padded(&bob, MAX_USER_BYTES + 1);
    usher.deliver(usher.event("user.created", &larger, now)).await.expect_problem(413, "too-large");
    assert_eq!(usher.row(&bob).await, None);
}
