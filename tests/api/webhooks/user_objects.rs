//! User objects: Clerk guarantees only `id` and `object`. All other fields are stored unchanged.

use harness::{Usher, new_user_id, now_ms, number};

/// Delivers an object. Asserts that it is stored byte for byte and that the routes serve its user.
async fn assert_stored(usher: &Usher, name: &str, user_id: &str, object: &str, timestamp: &str) {
    let event = format!(r#"{{"data":{object},"object":"event","timestamp":{timestamp},"type":"user.created"}}"#);
    usher.deliver(event).await.labeled(name).assert_outcome("created");
    assert_eq!(usher.stored_user(user_id).await, object, "{name}");
    for path in ["/users/me", "/users/me/status", &format!("/users/{user_id}")] {
        let answer = usher.get(path, &usher.session_token(user_id)).await.labeled(name);
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
    }
}

#[tokio::test]
async fn an_object_of_any_shape_is_stored_byte_for_byte() {
    let usher = Usher::shared().await;
    let now = now_ms();
    let deep = format!("{}1{}", r#"{"a":["#.repeat(30), "]}".repeat(30));
    let wide = (0..2000).map(|i| format!(r#""k{i}":{i}"#)).collect::<Vec<_>>().join(",");
    for (name, members) in [
        ("only the required fields", String::new()),
        ("names null", r#","first_name":null,"last_name":null,"username":null,"image_url":null"#.into()),
        (
            "a primary e-mail address but no addresses",
            r#","email_addresses":[],"primary_email_address_id":"idn_1""#.into(),
        ),
        ("unknown fields", r#","passkeys_v3":[{"x":true}],"zodiac":"lion","":0"#.into()),
        ("fields of other types", r#","first_name":{"de":"Ada"},"email_addresses":"none","banned":"no""#.into()),
        ("private metadata null", r#","private_metadata":null,"public_metadata":null"#.into()),
        ("metadata 60 levels deep", format!(r#","public_metadata":{deep},"unsafe_metadata":{deep}"#)),
        ("metadata of 2000 keys", format!(r#","public_metadata":{{{wide}}}"#)),
        ("an emoji", r#","first_name":"👩🏽‍🚀","last_name":"\ud83d\ude80""#.into()),
        ("half of a surrogate pair", r#","first_name":"\ud83d""#.into()),
        ("a NUL", r#","first_name":"a\u0000b""#.into()),
        ("1e400", r#","public_metadata":{"big":1e400,"small":1e-400,"zero":-0.0}"#.into()),
        ("more digits than a float has", r#","public_metadata":{"n":123456789012345678901234567890.10}"#.into()),
        ("a name twice", r#","first_name":"Ada","first_name":"Augusta""#.into()),
        ("white space", " , \n\t \"first_name\" :\r\n \"Ada\" ".into()),
    ] {
        let id = new_user_id();
        let object = format!(r#"{{"id":"{id}","object":"user","updated_at":{now}{members}}}"#);
        assert_stored(&usher, name, &id, &object, &now.to_string()).await;
    }
}

/// Clerk's documentation names milliseconds, but the examples of its specification show seconds.
#[tokio::test]
async fn a_timestamp_may_be_in_seconds_or_milliseconds() {
    let usher = Usher::shared().await;
    let now = now_ms();
    for (name, timestamp, event_at) in
        [("milliseconds", now.to_string(), now), ("seconds", (now / 1000).to_string(), now / 1000 * 1000)]
    {
        let id = new_user_id();
        let object = format!(r#"{{"id":"{id}","object":"user","updated_at":{}}}"#, now - 5000);
        assert_stored(&usher, name, &id, &object, &timestamp).await;
        let row = usher.row(&id).await.unwrap();
        assert_eq!((number(&row, "event_at"), number(&row, "updated_at")), (event_at, now - 5000), "{name}");
    }
}

#[tokio::test]
async fn timestamps_in_both_units_are_compared_correctly() {
    let usher = Usher::shared().await;
    let (id, now) = (new_user_id(), now_ms() / 1000 * 1000);
    let event = |name: &str, timestamp: i64| {
        let data = format!(r#"{{"id":"{id}","updated_at":{now},"first_name":"{name}"}}"#);
        usher.event("user.updated", &data, timestamp)
    };
    usher.deliver(event("first", now / 1000)).await.assert_outcome("created");
    usher.deliver(event("later, in milliseconds", now + 1)).await.assert_outcome("updated");
    usher.deliver(event("earlier, in seconds", now / 1000)).await.assert_outcome("stale");
    usher.deliver(event("latest, in seconds", now / 1000 + 1)).await.assert_outcome("updated");
}

/// Events without times have no order, so an event that arrives counts as the newest.
#[tokio::test]
async fn an_event_without_times_counts_as_current() {
    let usher = Usher::shared().await;
    let (id, start) = (new_user_id(), now_ms());
    for (name, times) in [("neither", ""), ("null", r#","updated_at":null"#), ("text", r#","updated_at":"today""#)] {
        let id = format!("{id}_{name}");
        let body = format!(r#"{{"type":"user.created","data":{{"id":"{id}"{times}}}}}"#);
        usher.deliver(body).await.labeled(name).assert_outcome("created");
        let row = usher.row(&id).await.unwrap();
        for time in ["updated_at", "event_at"] {
            assert!((start..=now_ms()).contains(&number(&row, time)), "{name}: {time}");
        }
    }
}
