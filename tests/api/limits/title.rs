//! Titles: 1 to 200 characters of any size in bytes, at least one of them visible.

use harness::Usher;
use reqwest::Method;
use serde_json::json;

use super::{SECRET, assert_limit, create_caller_with_thread};

#[tokio::test]
async fn a_title_is_limited_to_200_characters_of_any_size() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    for (method, path) in [(Method::POST, "/threads"), (Method::PATCH, thread.as_str())] {
        for character in ["é", "👩", "\u{10FFFF}", "\u{0}"] {
            let at = json!({"title": character.repeat(200)});
            let past = json!({"title": character.repeat(199) + "aé"});
            assert_limit(&ada, method.clone(), path, "title", [&at, &past]).await;
        }
    }
    assert_eq!(ada.get(&thread).await.expect_json()["title"], "\u{0}".repeat(200));
}

#[tokio::test]
async fn a_blank_title_is_refused() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    for (method, path) in [(Method::POST, "/threads"), (Method::PATCH, thread.as_str())] {
        for title in ["", " ", "\t\n", "\u{a0}\u{3000}", "\u{200b}\u{feff} \u{2060}", "\u{3164}", &" ".repeat(201)] {
            let body = json!({"title": title});
            let answer = ada.expect_refused(SECRET, ada.send_json(method.clone(), path, body.to_string())).await;
            answer.expect_problem(422, "invalid-field");
            assert_eq!(answer.fields(), ["title"], "{title:?}");
        }
    }
}
