//! Invalid cursors and limits are refused.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use harness::{Usher, message_rows, thread_row};
use uuid::Uuid;

use crate::caller::Caller;

/// Creates a user with two threads of three messages each. Returns the paths of the two lists of messages.
async fn create_caller_with_lists(usher: &Usher) -> (Caller<'_>, [String; 2]) {
    let caller = Caller::new(usher).await;
    let threads = [Uuid::now_v7(), Uuid::now_v7()];
    for thread in threads {
        usher.seed([thread_row(&caller.id, thread)]).await;
        usher.seed(message_rows(&caller.id, thread, 3)).await;
    }
    (caller, threads.map(|thread| format!("/threads/{thread}/messages")))
}

async fn get_cursor(caller: &Caller<'_>, list: &str) -> String {
    let page = caller.get(&format!("{list}?limit=1")).await.expect_json();
    page["next_cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let usher = Usher::shared().await;
    let (ada, [one, two]) = create_caller_with_lists(&usher).await;
    let (bob, [bobs, _]) = create_caller_with_lists(&usher).await;
    let adas = [get_cursor(&ada, "/threads").await, get_cursor(&ada, &one).await, get_cursor(&ada, &two).await];
    for (row, caller, list, cursor) in [
        ("threads of another user", &bob, "/threads", &adas[0]),
        ("messages of another user", &bob, &bobs, &adas[1]),
        ("messages of another thread", &ada, &two, &adas[1]),
        ("a cursor of threads for messages", &ada, &one, &adas[0]),
        ("a cursor of messages for threads", &ada, "/threads", &adas[2]),
    ] {
        let answer = caller.get(&format!("{list}?limit=1&cursor={cursor}")).await.labeled(row);
        let detail = answer.expect_problem(400, "invalid-cursor");
        assert_eq!(answer.fields(), ["cursor"], "{row}");
        assert!(!detail.contains(cursor.as_str()), "[{row}] {detail}");
    }
    for (list, cursor) in [("/threads", &adas[0]), (&one, &adas[1]), (&two, &adas[2])] {
        ada.get(&format!("{list}?cursor={cursor}")).await.labeled("in its own list").expect_json();
    }
}

#[tokio::test]
async fn an_invalid_cursor_is_refused() {
    let usher = Usher::shared().await;
    let (ada, [list, _]) = create_caller_with_lists(&usher).await;
    for list in ["/threads", &list] {
        let good = get_cursor(&ada, list).await;
        let mut bent = good.clone().into_bytes();
        bent[3] = if bent[3] == b'A' { b'B' } else { b'A' };
        let id_alone = BASE64_URL_SAFE_NO_PAD.encode(Uuid::now_v7().as_bytes());
        let random = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        for (row, cursor) in [
            ("empty", ""),
            ("truncated", &good[..good.len() - 1]),
            ("the first half", &good[..good.len() / 2]),
            ("one letter more", &format!("{good}A")),
            ("one letter changed", str::from_utf8(&bent).unwrap()),
            ("padded", &format!("{good}%3D")),
            ("an id without its check", &id_alone),
            ("random", &random),
            ("not base64", "*"),
            ("a key of the table", "THREAD%230"),
            ("characters beyond ASCII", "%F0%9F%91%A9"),
            ("very long", &"A".repeat(4_000)),
        ] {
            ada.get(&format!("{list}?cursor={cursor}")).await.labeled(row).expect_problem(400, "invalid-cursor");
        }
        ada.get(&format!("{list}?cursor={good}")).await.expect_json();
    }
}

#[tokio::test]
async fn a_cursor_survives_the_deletion_of_its_entry() {
    let usher = Usher::shared().await;
    let (ada, _) = create_caller_with_lists(&usher).await;
    let first = ada.get("/threads?limit=1").await.expect_json();
    let cursor = first["next_cursor"].as_str().unwrap();
    ada.delete(&format!("/threads/{}", first["items"][0]["id"].as_str().unwrap())).await.assert_no_content();
    let rest = ada.get(&format!("/threads?cursor={cursor}")).await.expect_json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1, "{rest}");
    assert_ne!(rest["items"][0]["id"], first["items"][0]["id"]);
}

#[tokio::test]
async fn an_invalid_limit_is_refused_by_name() {
    let usher = Usher::shared().await;
    let (ada, [list, _]) = create_caller_with_lists(&usher).await;
    for list in ["/threads", &list] {
        for limit in [
            "0",
            "101",
            "-1",
            "abc",
            "",
            "1.5",
            "1e1",
            "0x10",
            "256",
            "99999999999999999999",
            "%C2%BD",
            "10%20",
            "+5",
            "%2B5",
            "-0",
        ] {
            let answer = ada.get(&format!("{list}?limit={limit}")).await.labeled(limit);
            answer.expect_problem(400, "invalid-limit");
            assert_eq!(answer.fields(), ["limit"], "{limit}");
        }
        for limit in ["1", "100"] {
            ada.get(&format!("{list}?limit={limit}")).await.labeled(limit).expect_json();
        }
    }
}

#[tokio::test]
async fn a_wrong_limit_and_a_wrong_cursor_are_both_listed() {
    let usher = Usher::shared().await;
    let (ada, [one, two]) = create_caller_with_lists(&usher).await;
    let (of_threads, of_one) = (get_cursor(&ada, "/threads").await, get_cursor(&ada, &one).await);
    for (list, own, foreign) in [("/threads", &of_threads, &of_one), (&one, &of_one, &of_threads)] {
        for cursor in ["gg", "", foreign] {
            let answer = ada.get(&format!("{list}?cursor={cursor}&limit=abc")).await.labeled(cursor);
            answer.expect_problem(400, "invalid-limit");
            assert_eq!(answer.fields(), ["limit", "cursor"], "{list} {cursor}");
        }
        let answer = ada.get(&format!("{list}?limit=abc&cursor={own}")).await.labeled("only the limit");
        answer.expect_problem(400, "invalid-limit");
        assert_eq!(answer.fields(), ["limit"], "{list}");
    }
    let answer = ada.get(&format!("{two}?limit=abc&cursor={of_one}")).await;
    answer.expect_problem(400, "invalid-limit");
    assert_eq!(answer.fields(), ["limit", "cursor"], "a cursor of another thread");
}
