//! What live updates cost: requests to DynamoDB, and messages to connections.

use harness::{FaultProxy, LiveSocket, Usher, new_user_id, template_without_stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::record;

/// A stack whose stream is not read, so that a test decides which records arrive together.
struct Counted {
    proxy: FaultProxy,
    usher: Usher,
}

impl Counted {
    async fn start() -> Self {
        let template = template_without_stream();
        let proxy = FaultProxy::with_template(template.path()).await;
        let usher = Usher::with_options(|options| {
            options.template = template.path().to_owned();
            options.storage = proxy.storage();
        })
        .await;
        Self { proxy, usher }
    }

    async fn user(&self) -> String {
        let user = new_user_id();
        self.usher.deliver_user_created(&user).await;
        user
    }

    async fn notify(&self, records: Vec<Value>) {
        let answer = self.usher.invoke("notify-changes", json!({ "Records": records }).to_string()).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
}

/// Fifty messages in two threads, with the rows of the threads.
fn conversation(user: &str) -> Vec<Value> {
    let threads = [Uuid::now_v7(), Uuid::now_v7()];
    let rows = threads
        .into_iter()
        .cycle()
        .take(50)
        .flat_map(|thread| [format!("MESSAGE#{thread}#{}", Uuid::now_v7()), format!("THREAD#{thread}")]);
    rows.enumerate().map(|(number, sk)| record(user, sk, number)).collect()
}

/// The next message of a socket must be the first one since its hello.
async fn number_of_keys(socket: &mut LiveSocket) -> usize {
    let message = socket.next().await.unwrap();
    assert_eq!(message["type"], "changed", "{message}");
    message["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_batch_costs_one_query_and_one_message_a_connection() {
    let counted = Counted::start().await;
    let (ada, bob) = (counted.user().await, counted.user().await);
    let mut of_ada = Vec::new();
    for _ in 0..3 {
        of_ada.push(counted.usher.connect_live(&ada).await);
    }
    let mut of_bob = counted.usher.connect_live(&bob).await;
    counted.proxy.take_calls("notify-changes");

    counted.notify(conversation(&ada)).await;
    assert_eq!(counted.proxy.take_calls("notify-changes"), ["Query"]);

    let mut of_both = conversation(&ada);
    of_both.extend(conversation(&bob));
    counted.notify(of_both).await;
    assert_eq!(counted.proxy.take_calls("notify-changes"), ["Query", "Query"]);

    // A last change shows that each batch was one message: what follows the two is the settings.
    let settings = |user| vec![record(user, "SETTINGS".into(), 0)];
    counted.notify(settings(&ada)).await;
    counted.notify(settings(&bob)).await;
    for socket in &mut of_ada {
        // Both threads with their messages, and the list of threads.
        assert_eq!(number_of_keys(socket).await, 5);
        assert_eq!(number_of_keys(socket).await, 5);
        assert_eq!(socket.next().await.unwrap()["keys"], json!(["settings"]));
    }
    assert_eq!(number_of_keys(&mut of_bob).await, 5);
    assert_eq!(of_bob.next().await.unwrap()["keys"], json!(["settings"]));
}

#[tokio::test]
async fn a_user_without_connections_costs_one_query() {
    let counted = Counted::start().await;
    let ada = counted.user().await;
    counted.notify(conversation(&ada)).await;
    assert_eq!(counted.proxy.take_calls("notify-changes"), ["Query"]);
}

#[tokio::test]
async fn renewing_a_connection_is_one_update() {
    let counted = Counted::start().await;
    let ada = counted.user().await;
    // The first one starts the functions, which open their connection to DynamoDB with a read.
    drop(counted.usher.connect_live(&ada).await);
    counted.proxy.take_calls("live-connect");
    counted.proxy.take_calls("live-default");

    let mut socket = counted.usher.connect_live(&ada).await;
    assert!(counted.proxy.take_calls("live-connect").is_empty());
    assert_eq!(counted.proxy.take_calls("live-default"), ["UpdateItem", "Query", "TransactWriteItems", "Query"]);
    assert_eq!(socket.hello(&counted.usher.session_token(&ada)).await["type"], "ready");
    assert_eq!(counted.proxy.take_calls("live-default"), ["UpdateItem"]);
}

/// Its row may be visible only after a later ban or end of its session was handled, so both are looked at again.
#[tokio::test]
async fn a_new_connection_costs_two_more_reads() {
    let counted = Counted::start().await;
    let ada = counted.user().await;
    let _socket = counted.usher.connect_live(&ada).await;
    let mut inserted = record(&ada, "CONNECTION#a=".into(), 0);
    inserted["eventName"] = json!("INSERT");
    // The first invocation starts the function, which opens its connection to DynamoDB with a read.
    counted.notify(vec![inserted.clone()]).await;
    counted.proxy.take_calls("notify-changes");
    counted.notify(vec![inserted]).await;
    let mut calls = counted.proxy.take_calls("notify-changes");
    calls.sort();
    assert_eq!(calls, ["GetItem", "Query", "Query"]);
}
