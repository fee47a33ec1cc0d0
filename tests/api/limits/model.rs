//! Model names: 1 to 100 characters.

use harness::Usher;
use reqwest::Method;
use serde_json::{Value, json};

use super::{SECRET, assert_limit, create_caller_with_thread};

#[tokio::test]
async fn a_model_has_1_to_100_characters() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    let message = |model: String| json!({"content": "a", "model": model});
    let exchange = |model: Value| json!({"user": {"content": "a"}, "assistant": model});
    for (route, field, wrap) in [
        ("messages", "model", &(|message| message) as &dyn Fn(Value) -> Value),
        ("exchanges", "assistant.model", &exchange),
    ] {
        let path = format!("{thread}/{route}");
        let bodies = |model: String| wrap(message(model));
        let [at, past, empty] = [bodies("é".repeat(100)), bodies("é".repeat(101)), bodies(String::new())];
        assert_limit(&ada, Method::POST, &path, field, [&at, &past]).await;
        let refused = ada.expect_refused(SECRET, ada.post(&path, &empty)).await;
        refused.expect_problem(422, "invalid-field");
        assert_eq!(refused.fields(), [field]);
    }
}
