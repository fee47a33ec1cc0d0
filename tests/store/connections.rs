//! Live connections: who may open one, how long it lives, and what ends it.

use futures_util::future::join_all;
use harness::{integer, now_ms, number, row, string, text, user_object};
use usher_contract::{ClerkSessionId, ClerkUserId};
use usher_store::{ConnectionId, Error, Source};

use crate::{
    fixture::{Fixture, new_user},
    passes::{AT_ONCE, account, purge},
};

fn connection() -> ConnectionId {
    ConnectionId::parse(&format!("{:x}=", rand::random::<u128>())).unwrap()
}

/// Stores what Clerk's Backend API says of a user whom Clerk has banned, or no longer bans.
async fn set_banned(fixture: &Fixture, user: &ClerkUserId, banned: bool) {
    // Later than every version before.
    let updated_at = now_ms() + if banned { 1_000 } else { 2_000 };
    let object = user_object(user.as_str(), updated_at).replace(r#""banned":false"#, &format!(r#""banned":{banned}"#));
    let object = usher_clerk::User::parse(&object).unwrap();
    fixture.other_process.sync_user(&object, Source::BackendApi).await.unwrap();
}

async fn ids(fixture: &Fixture, user: &ClerkUserId) -> Vec<ConnectionId> {
    fixture.store.list_connections(user).await.unwrap().into_iter().map(|connection| connection.id).collect()
}

#[tokio::test]
async fn the_first_hello_stores_the_connection() {
    let fixture = Fixture::new().await;
    let (user, id) = (fixture.user().await, connection());
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    let connections = fixture.store.list_connections(&user).await.unwrap();
    assert_eq!(connections.len(), 1);
    assert_eq!((&connections[0].id, connections[0].session_id.as_deref()), (&id, Some("sess_1")));
    assert!(!connections[0].is_expired);
    assert_eq!(fixture.store.users_of_connection(&id).await.unwrap(), [user]);
}

#[tokio::test]
async fn a_renewal_is_one_write_of_one_row() {
    let fixture = Fixture::new().await;
    let (user, id) = (fixture.user().await, connection());
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    let connected_at = fixture.store.list_connections(&user).await.unwrap()[0].connected_at;
    fixture.injector.forward_all();
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    assert_eq!(fixture.injector.take_calls().round_trips(), "UpdateItem");
    assert_eq!(fixture.store.list_connections(&user).await.unwrap()[0].connected_at, connected_at);
}

#[tokio::test]
async fn the_oldest_connection_is_listed_first() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        let id = connection();
        let before = now_ms();
        fixture.store.renew_connection(&user, &id, None).await.unwrap();
        expected.push(id);
        // The next one is at least a millisecond later.
        while now_ms() <= before + 1 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(ids(&fixture, &user).await, expected);
}

#[tokio::test]
async fn only_a_user_who_may_use_the_api_connects() {
    let fixture = Fixture::new().await;
    let hello = async |user: &ClerkUserId| fixture.store.renew_connection(user, &connection(), Some("sess_1")).await;
    assert!(matches!(hello(&new_user()).await, Err(Error::UserNotSynced)));

    let banned = fixture.user().await;
    set_banned(&fixture, &banned, true).await;
    assert!(matches!(hello(&banned).await, Err(Error::UserBanned)));

    let deleted = fixture.user().await;
    fixture.store.delete_user(&deleted).await.unwrap();
    assert!(matches!(hello(&deleted).await, Err(Error::UserDeleted)));
    assert_eq!(ids(&fixture, &deleted).await, []);
}

#[tokio::test]
async fn a_deletion_takes_all_connections_at_once() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    for _ in 0..3 {
        fixture.store.renew_connection(&user, &connection(), Some("sess_1")).await.unwrap();
    }
    fixture.store.delete_user(&user).await.unwrap();
    assert_eq!(ids(&fixture, &user).await, []);
    purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap();
    assert_eq!(fixture.rows(&user).await.len(), 1);
}

/// The deletion has removed the row, so a renewal finds none, and then the fence decides.
#[tokio::test]
async fn a_renewal_after_the_deletion_is_refused() {
    let fixture = Fixture::new().await;
    let (user, id) = (fixture.user().await, connection());
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    fixture.store.delete_user(&user).await.unwrap();
    let renewal = fixture.store.renew_connection(&user, &id, Some("sess_1")).await;
    assert!(matches!(renewal, Err(Error::UserDeleted)));
    assert_eq!(ids(&fixture, &user).await, []);
}

#[tokio::test]
async fn a_valid_token_of_an_ended_session_opens_nothing() {
    let fixture = Fixture::new().await;
    let (user, id) = (fixture.user().await, connection());
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    fixture.store.end_session(&user, &ClerkSessionId::parse("sess_1").unwrap()).await.unwrap();
    fixture.store.end_session(&user, &ClerkSessionId::parse("sess_1").unwrap()).await.unwrap();
    assert_eq!(fixture.store.list_ended_sessions(&user).await.unwrap(), ["sess_1".to_owned()].into());
    // What notify-changes does when it sees the ended session.
    fixture.store.remove_connection(&user, &id).await.unwrap();
    for id in [&id, &connection()] {
        let hello = fixture.store.renew_connection(&user, id, Some("sess_1")).await;
        assert!(matches!(hello, Err(Error::SessionEnded)));
    }
    fixture.store.renew_connection(&user, &connection(), Some("sess_2")).await.unwrap();
    fixture.store.renew_connection(&user, &connection(), None).await.unwrap();
    assert_eq!(ids(&fixture, &user).await.len(), 2);
}

/// Clerk's webhooks arrive in any order, so the end of a session may come before its user.
#[tokio::test]
async fn a_session_may_end_before_its_user_is_synced() {
    let fixture = Fixture::new().await;
    let user = new_user();
    fixture.store.end_session(&user, &ClerkSessionId::parse("sess_1").unwrap()).await.unwrap();
    fixture.sync(&user, now_ms()).await;
    let hello = fixture.store.renew_connection(&user, &connection(), Some("sess_1")).await;
    assert!(matches!(hello, Err(Error::SessionEnded)));
    fixture.store.delete_user(&user).await.unwrap();
    purge(&fixture.store, &account(&user), AT_ONCE).await.unwrap();
    assert_eq!(fixture.rows(&user).await.len(), 1);
}

/// The ban may end while a token of the session is still valid.
#[tokio::test]
async fn a_session_may_end_while_its_user_is_banned() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    set_banned(&fixture, &user, true).await;
    fixture.store.end_session(&user, &ClerkSessionId::parse("sess_1").unwrap()).await.unwrap();
    set_banned(&fixture, &user, false).await;
    let hello = fixture.store.renew_connection(&user, &connection(), Some("sess_1")).await;
    assert!(matches!(hello, Err(Error::SessionEnded)));
}

#[tokio::test]
async fn an_ended_session_of_a_deleted_user_leaves_no_row() {
    let fixture = Fixture::new().await;
    let deleted = fixture.user().await;
    fixture.store.delete_user(&deleted).await.unwrap();
    assert!(matches!(
        fixture.store.end_session(&deleted, &ClerkSessionId::parse("sess_1").unwrap()).await,
        Err(Error::UserDeleted)
    ));
    assert_eq!(fixture.rows(&deleted).await.len(), 1);
}

/// A client says hello within API Gateway's time-out of 10 minutes. No token of a session is valid for more than a day.
#[tokio::test]
async fn a_lease_lasts_11_minutes_and_an_ended_session_a_day() {
    let fixture = Fixture::new().await;
    let (user, began) = (fixture.user().await, now_ms() / 1000);
    fixture.store.renew_connection(&user, &connection(), None).await.unwrap();
    fixture.store.end_session(&user, &ClerkSessionId::parse("sess_1").unwrap()).await.unwrap();
    for row in fixture.rows(&user).await {
        let seconds = match text(&row, "sk").split('#').next() {
            Some("CONNECTION") => 11 * 60,
            Some("SESSION") => 24 * 60 * 60,
            _ => continue,
        };
        let expires_at = number(&row, "expires_at");
        assert!((began + seconds..=now_ms() / 1000 + seconds).contains(&expires_at), "{seconds}");
    }
    assert_eq!(fixture.rows(&user).await.len(), 3);
}

/// DynamoDB removes expired rows late, so the row of an ended lease may still be there.
#[tokio::test]
async fn an_ended_lease_is_not_extended() {
    let fixture = Fixture::new().await;
    let (user, id) = (fixture.user().await, connection());
    let attributes = [
        ("connection_id", string(id.as_str())),
        ("connected_at", integer(1_000)),
        ("expires_at", integer(now_ms() / 1000 - 1)),
    ];
    fixture.table.seed([row(&user, &format!("CONNECTION#{id}"), attributes)]).await;
    assert!(fixture.store.list_connections(&user).await.unwrap()[0].is_expired);
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    let connections = fixture.store.list_connections(&user).await.unwrap();
    assert!(!connections[0].is_expired && connections[0].connected_at.as_millis() > 1_000);
}

#[tokio::test]
async fn a_connection_serves_one_user() {
    let fixture = Fixture::new().await;
    let (ada, bob, id) = (fixture.user().await, fixture.user().await, connection());
    fixture.store.renew_connection(&ada, &id, Some("sess_1")).await.unwrap();
    let hello = fixture.store.renew_connection(&bob, &id, Some("sess_2")).await;
    assert!(matches!(hello, Err(Error::ForeignConnection)));
    assert_eq!(ids(&fixture, &bob).await, []);
    fixture.store.remove_connection(&ada, &id).await.unwrap();
    fixture.store.renew_connection(&bob, &id, Some("sess_2")).await.unwrap();
}

#[tokio::test]
async fn two_users_who_race_for_a_connection_do_not_share_it() {
    let fixture = Fixture::new().await;
    for _ in 0..20 {
        let (ada, bob, id) = (fixture.user().await, fixture.user().await, connection());
        let hellos = [(&ada, "sess_1"), (&bob, "sess_2")];
        let hellos = hellos.map(|(user, session)| fixture.store.renew_connection(user, &id, Some(session)));
        let answers = join_all(hellos).await;
        assert!(answers.iter().filter(|answer| answer.is_ok()).count() <= 1, "{answers:?}");
        for (user, answer) in [&ada, &bob].into_iter().zip(&answers) {
            let connections = fixture.store.list_connections(user).await.unwrap();
            assert_eq!(connections.iter().any(|connection| !connection.is_expired), answer.is_ok());
        }
    }
}

#[tokio::test]
async fn a_new_sign_in_takes_over_the_connection() {
    let fixture = Fixture::new().await;
    let (user, id) = (fixture.user().await, connection());
    fixture.store.renew_connection(&user, &id, Some("sess_1")).await.unwrap();
    fixture.store.renew_connection(&user, &id, Some("sess_2")).await.unwrap();
    let connections = fixture.store.list_connections(&user).await.unwrap();
    assert_eq!(connections[0].session_id.as_deref(), Some("sess_2"));
}
