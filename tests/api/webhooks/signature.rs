//! Signatures: only a valid signature makes a delivery trusted.

use harness::{
    Headers, Usher, eventually, new_message_id, new_secret, new_user_id, now_ms, now_seconds, signed, user_object,
};

fn without_headers(headers: &Headers, names: &[&str]) -> Headers {
    headers.iter().filter(|(name, _)| !names.contains(name)).cloned().collect()
}

fn with_header(headers: &Headers, name: &str, change: impl Fn(&str) -> String) -> Headers {
    headers.iter().map(|(n, value)| (*n, if *n == name { change(value) } else { value.clone() })).collect()
}

fn now() -> i64 {
    now_seconds() as i64
}

#[tokio::test]
async fn a_delivery_without_a_valid_signature_changes_nothing() {
    let usher = Usher::shared().await;
    let (ada, bob, time) = (new_user_id(), new_user_id(), now_ms());
    usher.deliver_user_created(&ada).await;
    let row = usher.row(&ada).await;
    let events = [
        usher.event("user.updated", &user_object(&ada, time + 1000), time + 1000),
        usher.event("user.deleted", &format!(r#"{{"deleted":true,"id":"{ada}"}}"#), time + 1000),
        usher.event("user.created", &user_object(&bob, time), time),
    ];
    let (id, timestamp, signature) = ("svix-id", "svix-timestamp", "svix-signature");
    let secret = usher.clerk().webhook_secret();
    for event in &events {
        let body = event.as_bytes();
        let good = usher.signed(&new_message_id(), body);
        let old = signed(secret, "msg_1", now() - 301, body);
        for (row_name, headers) in [
            ("no headers", Vec::new()),
            ("id alone", without_headers(&good, &[timestamp, signature])),
            ("timestamp alone", without_headers(&good, &[id, signature])),
            ("signature alone", without_headers(&good, &[id, timestamp])),
            ("no id", without_headers(&good, &[id])),
            ("no timestamp", without_headers(&good, &[timestamp])),
            ("no signature", without_headers(&good, &[signature])),
            ("an empty signature", with_header(&good, signature, |_| String::new())),
            ("another message's id", with_header(&good, id, |_| new_message_id())),
            ("another timestamp", with_header(&good, timestamp, |_| (now() + 1).to_string())),
            ("a timestamp that is not a number", with_header(&good, timestamp, |_| "soon".to_owned())),
            ("signed with another secret", signed(&new_secret(), "msg_1", now(), body)),
            ("signed for another body", signed(secret, "msg_1", now(), b"{}")),
            ("301 s old", old.clone()),
            ("301 s old with a new timestamp", with_header(&old, timestamp, |_| now().to_string())),
            ("another signature version", with_header(&good, signature, |v1| v1.replace("v1,", "v2,"))),
            ("a bare signature", with_header(&good, signature, |v1| v1.replace("v1,", ""))),
            ("half a signature", with_header(&good, signature, |v1| v1[..v1.len() / 2].to_owned())),
        ] {
            let answer = usher.webhook(&headers, body).await.labeled(row_name);
            answer.expect_problem(400, "invalid-signature");
        }
    }
    assert_eq!(usher.row(&ada).await, row);
    assert_eq!(usher.row(&bob).await, None);
}

#[tokio::test]
async fn a_body_changed_by_one_byte_is_refused() {
    let usher = Usher::shared().await;
    let (ada, time) = (new_user_id(), now_ms());
    let event = usher.event("user.created", &user_object(&ada, time), time);
    let headers = usher.signed(&new_message_id(), event.as_bytes());
    for (name, changed) in [
        ("a letter", event.replace("Ada", "Ida")),
        ("a space more", event.replacen(':', ": ", 1)),
        ("a newline at the end", format!("{event}\n")),
        ("a byte less", event[..event.len() - 1].to_owned()),
        ("empty", String::new()),
    ] {
        usher.webhook(&headers, changed).await.labeled(name).expect_problem(400, "invalid-signature");
        assert_eq!(usher.row(&ada).await, None, "{name}");
    }
    usher.webhook(&headers, event).await.assert_outcome("created");
}

#[tokio::test]
async fn a_delivery_may_be_off_by_at_most_300_s() {
    let usher = Usher::shared().await;
    let body = usher.event("session.created", "{}", now_ms());
    let deliver = async |offset: i64| {
        let headers = signed(usher.clerk().webhook_secret(), &new_message_id(), now() + offset, body.as_bytes());
        usher.webhook(&headers, body.clone()).await.labeled(&format!("{offset} s"))
    };
    deliver(-295).await.assert_outcome("ignored");
    deliver(300).await.assert_outcome("ignored");
    deliver(-301).await.expect_problem(400, "invalid-signature");
    // A future timestamp comes closer to now during the request, so a request that crosses a second is repeated.
    let exchange = eventually("a request within one second", async || {
        let second = now();
        let answer = deliver(301).await;
        (now() == second).then_some(answer)
    });
    let answer = exchange.await;
    let detail = answer.expect_problem(400, "invalid-signature");
    assert!(detail.contains("300 s"), "{detail}");
}

#[tokio::test]
async fn a_single_valid_signature_suffices() {
    let usher = Usher::shared().await;
    let (ada, time) = (new_user_id(), now_ms());
    let event = usher.event("user.created", &user_object(&ada, time), time);
    let bad = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (name, change) in [
        ("v1,bad v1,good", Box::new(move |good: &str| format!("v1,{bad} {good}")) as Box<dyn Fn(&str) -> String>),
        ("v1,good v1,bad", Box::new(move |good| format!("{good} v1,{bad}"))),
        ("v2,other v1,good", Box::new(move |good| format!("v2,{bad} {good}"))),
        ("v1,rubbish v1,good", Box::new(|good| format!("v1,%%% {good}"))),
    ] {
        let headers = with_header(&usher.signed(&new_message_id(), event.as_bytes()), "svix-signature", change);
        let answer = usher.webhook(&headers, event.clone()).await.labeled(name);
        let outcome = if name == "v1,bad v1,good" { "created" } else { "stale" };
        answer.assert_outcome(outcome);
    }
}
