//! Least privilege: each function asks for what its role in the template allows, and its role allows no more.
//!
//! What a function asks for is recorded while everything happens to it that can: where a right is never used here, either
//! it is too much, or a case is missing in this story.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use clerk_emulator::{InjectedFault, WebhookDelivery};
use futures_util::future::join;
use harness::{Answer, FaultProxy, Right, Row, Usher, eventually, grants, new_secret, new_user_id};
use reqwest::Method;
use serde_json::{Value, json};

/// Parameters of the template that name one of Systems Manager, and the names.
const PARAMETERS: [(&str, &str); 2] =
    [("ClerkSecretKeyParameter", "/usher/secret-key"), ("ClerkWebhookSecretParameter", "/usher/webhook-secret")];

/// A stack that has everything configured a role may depend on, and whose requests are recorded.
async fn recorded(proxy: &FaultProxy, webhook_secret: &str) -> Usher {
    Usher::with_options(|options| {
        options.storage = proxy.storage();
        options.schedules = local::Schedules::Off;
        for name in ["CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"] {
            options.environment.insert(name.to_owned(), None);
        }
        for (variable, (_, name)) in ["CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"].iter().zip(PARAMETERS) {
            options.environment.insert(format!("{variable}_PARAMETER"), Some(name.to_owned()));
        }
        options.parameters.insert(PARAMETERS[1].1.to_owned(), webhook_secret.to_owned());
    })
    .await
}

async fn ask(usher: &Usher, user: &str, method: Method, path: &str, body: Value) -> Answer {
    let authorization = ("authorization", format!("Bearer {}", usher.session_token(user)));
    let json = ("content-type", "application/json".to_owned());
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    usher.call(method, path, &[authorization, json], body).await
}

/// More rows of a user than one transaction erases.
fn children(user: &str) -> Vec<Row> {
    let text = |value: String| AttributeValue::S(value);
    let row = |n| [("pk".into(), text(format!("USER#{user}"))), ("sk".into(), text(format!("REQUEST#{n}")))].into();
    (0..150).map(row).collect()
}

/// Every function, as the first one that a user meets whose webhook has not arrived.
async fn first_requests(usher: &Usher, bob: &str) {
    let thread = uuid::Uuid::now_v7();
    let message = || json!({"content": "Hello"});
    for (method, path, body) in [
        (Method::GET, "/users/me".to_owned(), Value::Null),
        (Method::GET, "/users/me/status".to_owned(), Value::Null),
        (Method::GET, format!("/users/{bob}"), Value::Null),
        (Method::GET, "/settings".to_owned(), Value::Null),
        (Method::PATCH, "/settings".to_owned(), json!({"theme": "dark"})),
        (Method::GET, "/threads".to_owned(), Value::Null),
        (Method::POST, "/threads".to_owned(), json!({})),
        (Method::GET, format!("/threads/{thread}"), Value::Null),
        (Method::PATCH, format!("/threads/{thread}"), json!({"title": "Engines"})),
        (Method::GET, format!("/threads/{thread}/messages"), Value::Null),
        (Method::POST, format!("/threads/{thread}/messages"), message()),
        (Method::POST, format!("/threads/{thread}/exchanges"), json!({"user": message(), "assistant": message()})),
        (Method::DELETE, format!("/threads/{thread}"), Value::Null),
    ] {
        let newcomer = usher.clerk().add_users(1).remove(0);
        let answer = ask(usher, &newcomer, method, &path, body).await;
        assert!(answer.status.is_success() || answer.status == 404, "{answer:?}");
        assert!(usher.row(&newcomer).await.is_some(), "{answer:?}");
    }
}

async fn a_thread_from_its_beginning_to_its_end(usher: &Usher, ada: &str) {
    let thread = ask(usher, ada, Method::POST, "/threads", json!({})).await.expect_created();
    let path = format!("/threads/{}", thread["id"].as_str().unwrap());
    let message = || json!({"content": "Hello"});
    ask(usher, ada, Method::PATCH, &path, json!({"title": "Engines"})).await.expect_json();
    ask(usher, ada, Method::POST, &format!("{path}/messages"), message()).await.expect_created();
    let exchange = json!({"user": message(), "assistant": message()});
    ask(usher, ada, Method::POST, &format!("{path}/exchanges"), exchange).await.expect_created();
    // The second time it wakes the purge.
    for _ in 0..2 {
        ask(usher, ada, Method::DELETE, &path, Value::Null).await.assert_no_content();
    }
}

/// One is deleted by the run, the other by its webhook while the run asks Clerk about it.
async fn users_that_clerk_does_not_know(usher: &Usher, secret: &str) {
    let users = [new_user_id(), new_user_id()];
    usher.seed(users.each_ref().map(|user| harness::user_row(user, 1, 1))).await;
    usher.seed(children(&users[0])).await;
    let asked = format!("/v1/users/{}", users[1]);
    let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    // The run asks twice: to count, and to delete.
    usher.clerk().inject_fault("GET", &asked, InjectedFault::Delay(Duration::from_millis(700)));
    let deletion = async {
        let begun = async || (usher.clerk().count_requests("GET", &asked) > 1).then_some(());
        eventually("the second question", begun).await;
        let deleted = format!(r#"{{"deleted":true,"id":"{}"}}"#, users[1]);
        let deleted = usher.event("user.deleted", &deleted, harness::now_ms());
        usher.deliver_signed(secret, deleted).await.assert_outcome("deleted");
    };
    let (report, ()) = join(usher.invoke("reconcile-users", order.to_string()), deletion).await;
    assert_eq!(report.unwrap()["deleted"], 2);
}

/// The function then finds a tombstone that is not closed, and wakes the purge.
async fn leave_after_the_webhook(usher: &Usher, user: &str, secret: &str) {
    let asked = format!("/v1/users/{user}");
    usher.clerk().inject_fault("DELETE", &asked, InjectedFault::Delay(Duration::from_millis(700)));
    let webhook = async {
        let begun = async || (usher.clerk().count_requests("DELETE", &asked) == 1).then_some(());
        eventually("the request to Clerk", begun).await;
        let deleted = usher.event("user.deleted", &format!(r#"{{"deleted":true,"id":"{user}"}}"#), harness::now_ms());
        usher.deliver_signed(secret, deleted).await.assert_outcome("deleted");
    };
    let (answer, ()) = join(ask(usher, user, Method::DELETE, "/users/me", Value::Null), webhook).await;
    answer.assert_status(202);
}

#[tokio::test]
async fn every_function_may_do_what_it_does_and_nothing_else() {
    let (proxy, secret) = (FaultProxy::start().await, new_secret());
    let usher = recorded(&proxy, &secret).await;
    usher.parameters().put(PARAMETERS[0].1, usher.clerk().secret_key());
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let webhook = async |kind: &str, data: String| {
        usher.deliver_signed(&secret, usher.event(kind, &data, harness::now_ms())).await.expect_json();
    };
    let users = usher.clerk().add_users(4);
    let [ada, bob, eve, mallory] = &users[..] else { panic!("four") };
    webhook("user.created", harness::user_object(bob, 1)).await;

    first_requests(&usher, bob).await;
    a_thread_from_its_beginning_to_its_end(&usher, ada).await;
    users_that_clerk_does_not_know(&usher, &secret).await;
    // Eve leaves, and the webhook is faster; of Bob the webhooks tell, twice.
    usher.seed(children(eve)).await;
    leave_after_the_webhook(&usher, eve, &secret).await;
    usher.seed(children(mallory)).await;
    ask(&usher, mallory, Method::DELETE, "/users/me", Value::Null).await.assert_status(202);
    usher.seed(children(bob)).await;
    for _ in 0..2 {
        webhook("user.deleted", format!(r#"{{"deleted":true,"id":"{bob}"}}"#)).await;
    }
    let purged = async || (usher.rows(bob).await.len() == 1 && usher.rows(eve).await.len() == 1).then_some(());
    eventually("the purge", purged).await;
    usher.run_schedule("purge-deletions").await;

    let mut used = proxy.used_rights();
    for (parameter, name) in PARAMETERS {
        for function in usher.parameters().readers(name) {
            let right = Right::new("ssm:GetParameter", format!("parameter/{parameter}"));
            used.entry(function).or_default().insert(right);
        }
    }
    let allowed: BTreeMap<String, BTreeSet<Right>> = grants()
        .into_iter()
        .map(|(function, grants)| (function, grants.into_iter().map(|grant| grant.right).collect()))
        .collect();
    for function in allowed.keys() {
        assert_eq!(used.get(function), allowed.get(function), "{function}: used on the left, allowed on the right");
    }
    assert_eq!(used.len(), allowed.len());
}
