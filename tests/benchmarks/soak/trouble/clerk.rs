//! What goes wrong with Clerk and its webhooks.

use std::{sync::Arc, time::Duration};

use clerk_emulator::{InjectedFault, WebhookDelivery};
use rand::{RngExt as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{report::OTHER_TROUBLE, trouble::processes::pause, world::World};

/// Lets Clerk's Backend API and its keys fail for some seconds.
pub(super) async fn disturb_clerk(world: Arc<World>, mut random: StdRng) {
    let clerk = world.usher.clerk();
    loop {
        pause(&mut random, 8.0..30.0).await;
        let (name, fault) = match random.random_range(0..5) {
            0 => ("down", InjectedFault::unavailable()),
            1 => ("429", InjectedFault::rate_limited(random.random_range(0..3))),
            2 => ("silent", InjectedFault::NoResponse),
            3 => ("late", InjectedFault::Delay(Duration::from_millis(random.random_range(100..6_000)))),
            _ => ("its answers lost", InjectedFault::LostResponse),
        };
        let paths: &[&str] = match random.random_range(0..3) {
            0 => &["/v1/"],
            1 => &["/.well-known/"],
            _ => &["/v1/", "/.well-known/"],
        };
        for path in paths {
            for method in ["GET", "DELETE"] {
                clerk.inject_fault(method, path, fault.clone());
            }
        }
        world.report.count(OTHER_TROUBLE, format!("a period of Clerk: {} {name}", paths.join(" ")));
        pause(&mut random, 2.0..12.0).await;
        clerk.clear_faults();
    }
}

/// Lets webhooks come late and in another order, and some again.
pub(super) async fn disturb_webhooks(world: Arc<World>, mut random: StdRng) {
    let usher = &world.usher;
    loop {
        pause(&mut random, 2.0..10.0).await;
        usher.clerk().set_webhook_delivery(WebhookDelivery::Hold);
        pause(&mut random, 1.0..8.0).await;
        let mut held = deliveries(&world, 500).await;
        held.retain(|delivery| delivery["state"] == "held");
        let mut held: Vec<Value> = held.into_iter().map(|delivery| delivery["id"].clone()).collect();
        held.shuffle(&mut random);
        let number = held.len();
        if number > 0 {
            usher.control(Method::POST, "deliveries/send", json!({ "ids": held })).await;
            world.report.count(OTHER_TROUBLE, format!("webhooks held and shuffled: {:>3}", number.next_power_of_two()));
        }
        usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
        for delivery in deliveries(&world, 100).await {
            if random.random_bool(0.1) {
                let path = format!("deliveries/{}/send", delivery["id"].as_str().unwrap());
                usher.try_control(Method::POST, &path, &json!({})).await;
                world.report.count(OTHER_TROUBLE, "webhooks sent again");
            }
        }
    }
}

/// The newest webhooks.
pub(crate) async fn deliveries(world: &World, limit: usize) -> Vec<Value> {
    let page = world.usher.control(Method::GET, &format!("deliveries?limit={limit}"), Value::Null).await;
    page["data"].as_array().unwrap().clone()
}
