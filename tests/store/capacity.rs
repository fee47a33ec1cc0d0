use crate::{shapes::*, world::World};
#[tokio::test]
async fn smoke() {
    let world = World::new().await;
    let user = world.user().await;
    let thread = world.store.create_thread(&user, None, Some(&request("k", "b"))).await.unwrap();
    world.store.send_message(&user, thread.id, message("hi"), None).await.unwrap();
    world.store.list_messages(&user, thread.id, limit(7), None).await.unwrap();
    println!("{} {:?}", world.wire.calls().round_trips(), world.wire.calls().capacity());
    let _ = (patch(serde_json::json!({})), title("a"), conversations(&user, 1, 1).count(), world.persistent());
}
