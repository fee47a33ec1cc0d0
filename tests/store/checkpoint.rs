//! Checkpoints of long jobs.

use usher_store::{Checkpoint, Error};

use crate::fixture::{Fixture, new_user};

#[tokio::test]
async fn a_job_continues_from_its_last_checkpoint() {
    let fixture = Fixture::new().await;
    let job = new_user();
    let (job, store) = (job.as_str(), &fixture.store);
    let none = store.get_checkpoint(job).await.unwrap();
    assert_eq!(none, Checkpoint::default());
    let first = store.save_checkpoint(job, &none, "one".to_owned()).await.unwrap();
    let second = store.save_checkpoint(job, &first, "two".to_owned()).await.unwrap();
    assert_eq!(second, Checkpoint { version: 2, state: "two".to_owned() });
    assert_eq!(store.get_checkpoint(job).await.unwrap(), second);
    assert_eq!(store.get_checkpoint(new_user().as_str()).await.unwrap(), none);
}

#[tokio::test]
async fn the_slower_of_two_workers_on_a_job_gets_an_error() {
    let fixture = Fixture::new().await;
    let job = new_user();
    let (job, store) = (job.as_str(), &fixture.store);
    let none = Checkpoint::default();
    let first = store.save_checkpoint(job, &none, "mine".to_owned()).await.unwrap();
    assert!(matches!(store.save_checkpoint(job, &none, "yours".to_owned()).await, Err(Error::VersionMismatch)));
    store.save_checkpoint(job, &first, "mine again".to_owned()).await.unwrap();
    assert!(matches!(store.save_checkpoint(job, &first, "yours".to_owned()).await, Err(Error::VersionMismatch)));
    assert_eq!(store.get_checkpoint(job).await.unwrap().state, "mine again");
}

#[tokio::test]
async fn a_checkpoint_whose_response_was_lost_may_be_saved_again() {
    let fixture = Fixture::new().await;
    let job = new_user();
    let none = Checkpoint::default();
    let first = fixture.store.save_checkpoint(job.as_str(), &none, "one".to_owned()).await.unwrap();
    assert_eq!(fixture.store.save_checkpoint(job.as_str(), &none, "one".to_owned()).await.unwrap(), first);
}
