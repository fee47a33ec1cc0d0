//! The schedule lists the deletions that are not closed.

use std::{collections::HashSet, time::Duration};

use harness::{Row, integer, row, string, text};
use usher_contract::{ClerkUserId, Timestamp};
use usher_store::Owner;

use crate::{
    fixture::{Fixture, new_user},
    passes::{AT_ONCE, account, deleted, pending, purge},
};

#[tokio::test]
async fn the_schedule_finds_every_open_deletion_oldest_first() {
    let fixture = Fixture::with_own_table().await;
    let user = fixture.user().await;
    let mut owners = Vec::new();
    for number in 0..6 {
        if number % 2 == 0 {
            owners.push(account(&deleted(&fixture, 2).await));
        } else {
            let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
            fixture.store.delete_thread(&user, thread).await.unwrap();
            owners.push(Owner::Thread(user.clone(), thread));
        }
        // Deletions are ordered by time, in milliseconds.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(pending(&fixture.store).await, owners);
    for owner in &owners[1..5] {
        purge(&fixture.store, owner, AT_ONCE).await.unwrap();
    }
    assert_eq!(pending(&fixture.store).await, [owners[0].clone(), owners[5].clone()]);
}

/// Tombstones in these shards of the index. The first one is the oldest.
fn tombstones(users: &[ClerkUserId], shard: impl Fn(usize) -> usize) -> Vec<Row> {
    let tombstone = |(number, user): (usize, &ClerkUserId)| {
        let pending = ("purge_pending", string(format!("pending#{:x}", shard(number))));
        let deleted_at = ("deleted_at", integer(i64::try_from(number).unwrap()));
        row(user, "USER", [deleted_at, pending, ("erased", integer(0))])
    };
    users.iter().enumerate().map(tombstone).collect()
}

#[tokio::test]
async fn deletions_are_spread_over_16_partitions_of_their_index() {
    let fixture = Fixture::new().await;
    let mut partitions = HashSet::new();
    for _ in 0..400 {
        let user = new_user();
        fixture.store.delete_user(&user).await.unwrap();
        partitions.insert(text(&fixture.rows(&user).await[0], "purge_pending").to_owned());
    }
    let all: HashSet<_> = (0..16).map(|shard| format!("pending#{shard:x}")).collect();
    assert_eq!(partitions, all);
}

/// 250 deletions that are spread evenly fit into one page. In one shard they are ten pages.
#[tokio::test]
async fn the_schedule_lists_any_number_of_deletions_in_pages() {
    for (shard, pages) in [(None, 1), (Some(7), 11)] {
        let fixture = Fixture::with_own_table().await;
        let users: Vec<_> = (0..250).map(|_| new_user()).collect();
        fixture.table.seed(tombstones(&users, |number| shard.unwrap_or(number % 16))).await;
        assert_eq!(pending(&fixture.store).await, users.iter().map(account).collect::<Vec<_>>());
        let calls = fixture.injector.take_calls();
        assert_eq!(calls.0.len(), 16 + pages - 1, "a shard that was read to its end is not read again");
    }
}

/// The alarm on the age of deletions uses the first page, so that page must cover all shards.
#[tokio::test]
async fn the_first_page_knows_the_oldest_deletion_of_all_shards() {
    for shards in 1..=16 {
        let fixture = Fixture::with_own_table().await;
        let users: Vec<_> = (0..64).map(|_| new_user()).collect();
        fixture.table.seed(tombstones(&users, |number| (number * 7 + 5) % shards)).await;
        let page = fixture.store.list_pending_deletions(None).await.unwrap();
        assert_eq!((page.oldest, &page.owners[0]), (Some(Timestamp::from_millis(0)), &account(&users[0])));
    }
}
