//! What a user does, and what it remembers of it.

mod leaving;

use std::{sync::Arc, time::Duration};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    call::{self, Call, Got, send},
    check,
    clocks::OFF_BY,
    export,
    live::Follower,
    race::Race,
    reply,
    report::ACTIONS,
    user::{Message, Thread, User, new_content},
    world::World,
};

/// The longest pause between two actions.
const MAX_PAUSE_MS: u64 = 900;

/// Lets one user live after the other. Returns those that are alive in the end.
pub(crate) async fn live_again_and_again(world: Arc<World>, mut random: StdRng) -> Vec<User> {
    let mut alive = Vec::new();
    while !world.is_stopping() {
        let life = Life::begin(&world, StdRng::seed_from_u64(random.random())).await;
        alive.extend(life.live().await);
    }
    alive
}

struct Life {
    world: Arc<World>,
    random: StdRng,
    user: User,
    followers: Vec<Follower>,
}

impl Life {
    async fn begin(world: &Arc<World>, random: StdRng) -> Self {
        world.report.count(ACTIONS, "sign up");
        let body = json!({"email_address": [format!("{}@example.com", Uuid::now_v7())], "first_name": "Ada"});
        let created = world.usher.control(Method::POST, "v1/users", body).await;
        let id = created["id"].as_str().unwrap().to_owned();
        let user = User { id, ..User::default() };
        Self { world: Arc::clone(world), random, user, followers: Vec::new() }
    }

    /// Lives until the account is deleted, or the load ends. Returns the user if it is alive.
    async fn live(mut self) -> Option<User> {
        // A long life has more rows than the transaction of a deletion erases.
        let is_long = self.random.random_bool(0.15);
        for _ in 0..self.random.random_range(if is_long { 150..400 } else { 10..60 }) {
            if self.world.is_stopping() {
                break;
            }
            self.act().await;
            sleep(Duration::from_millis(self.random.random_range(0..MAX_PAUSE_MS))).await;
        }
        match self.random.random_range(0..10) {
            0..4 => self.delete_by_api().await,
            4..7 => self.delete_at_clerk().await,
            _ => {
                self.followers.into_iter().for_each(Follower::leave);
                return Some(self.user);
            }
        }
        None
    }

    async fn act(&mut self) {
        let has_thread = !self.user.threads.is_empty();
        let name = match self.random.random_range(0..100) {
            0..10 => self.create_thread().await,
            10..30 if has_thread => self.create_message().await,
            30..38 if has_thread => self.create_exchange().await,
            38..50 if has_thread => reply::ask(&self.world, &mut self.random, &mut self.user).await,
            50..55 if has_thread => self.rename_thread().await,
            55..59 if has_thread => self.delete_thread().await,
            59..68 => self.change_settings().await,
            68..74 => self.read_users().await,
            74..80 if has_thread => check::search(&self.world, &mut self.random, &self.user).await,
            80..84 => export::check(&self.world, &mut self.random, &self.user).await,
            84..88 => check::all(&self.world, &mut self.random, &self.user).await,
            88..92 => self.use_wrong_clock().await,
            92..95 if self.followers.len() < 2 => {
                self.followers.push(Follower::start(&self.world, &self.user.id));
                "open a socket"
            }
            95..98 => self.change_profile().await,
            98..100 => self.be_banned_for_a_while().await,
            _ => self.create_thread().await,
        };
        self.world.report.count(ACTIONS, name);
    }

    async fn send(&mut self, call: &Call) -> Option<Got> {
        send(&self.world, &mut self.random, &self.user.id, call).await
    }

    /// Sends a request that must get this status.
    async fn expect(&mut self, status: u16, call: &Call) -> Option<Got> {
        let got = self.send(call).await?;
        check::expect(&self.world, &self.user.id, call, status, got)
    }

    /// Sends a `POST`, and sometimes a second time, which must get the same answer.
    async fn post(&mut self, call: Call) -> Option<Value> {
        let call = call.key(Uuid::now_v7().to_string());
        let first = self.expect(201, &call).await?.body;
        if self.random.random_bool(0.15) {
            let second = self.expect(201, &call).await?.body;
            if first != second {
                let detail = format!("{} {}: {first} and {second}", self.user.id, call.path);
                self.world.report.broken("a repeat gets the first answer", detail);
            }
        }
        Some(first)
    }

    async fn create_thread(&mut self) -> &'static str {
        let title = format!("Thread {}", Uuid::now_v7().simple());
        let title = self.random.random_bool(0.8).then_some(title);
        let body = title.as_ref().map_or(json!({}), |title| json!({"title": title}));
        if let Some(thread) = self.post(Call::new("create-thread", Method::POST, "/threads").body(body)).await {
            let id = thread["id"].as_str().unwrap().to_owned();
            self.user.threads.push(Thread { id, title, messages: Vec::new() });
        }
        "create a thread"
    }

    /// Lets other devices write meanwhile, in half of all deletions.
    async fn race(&mut self, thread: Option<&str>) -> Option<Race> {
        if self.random.random_bool(0.5) {
            return None;
        }
        Some(Race::start(&self.world, &mut self.random, &self.user.id, thread).await)
    }

    fn any_thread(&mut self) -> usize {
        self.random.random_range(0..self.user.threads.len())
    }

    async fn create_message(&mut self) -> &'static str {
        let (at, content) = (self.any_thread(), new_content(&mut self.random));
        let path = format!("/threads/{}/messages", self.user.threads[at].id);
        let call = Call::new("create-message", Method::POST, path).body(json!({"content": content}));
        if let Some(message) = self.post(call).await {
            self.user.threads[at].messages.push(Message::acknowledged(&message, content));
        }
        "create a message"
    }

    async fn create_exchange(&mut self) -> &'static str {
        let at = self.any_thread();
        let (question, answer) = (new_content(&mut self.random), new_content(&mut self.random));
        let path = format!("/threads/{}/exchanges", self.user.threads[at].id);
        let body = json!({"user": {"content": question}, "assistant": {"content": answer}});
        if let Some(both) = self.post(Call::new("create-exchange", Method::POST, path).body(body)).await {
            let messages = &mut self.user.threads[at].messages;
            messages.push(Message::acknowledged(&both["user"], question));
            messages.push(Message::acknowledged(&both["assistant"], answer));
        }
        "create an exchange"
    }

    async fn rename_thread(&mut self) -> &'static str {
        let (at, title) = (self.any_thread(), format!("Renamed {}", Uuid::now_v7().simple()));
        let path = format!("/threads/{}", self.user.threads[at].id);
        let call = Call::new("update-thread", Method::PATCH, path).body(json!({"title": title}));
        if self.expect(200, &call).await.is_some() {
            self.user.threads[at].title = Some(title);
        }
        "rename a thread"
    }

    async fn delete_thread(&mut self) -> &'static str {
        let at = self.any_thread();
        let thread = self.user.threads.swap_remove(at).id;
        let race = self.race(Some(&thread)).await;
        let path = format!("/threads/{thread}");
        if self.expect(204, &Call::new("delete-thread", Method::DELETE, &path)).await.is_some() {
            if let Some(race) = race {
                race.end().await;
            }
            self.expect(404, &Call::get("get-thread", path)).await;
            self.user.deleted_threads.push(thread);
        }
        "delete a thread"
    }

    async fn change_settings(&mut self) -> &'static str {
        let get = Call::get("get-settings", "/settings");
        let Some(before) = self.expect(200, &get).await else { return "change the settings" };
        let next = self.user.setting + 1;
        let mut patch = Call::new("update-settings", Method::PATCH, "/settings").body(json!({"n": next}));
        patch.if_match = before.etag;
        let Some(answer) = self.send(&patch).await else { return "change the settings" };
        // The answer to an attempt that was carried out may have been lost.
        let is_changed = match answer.outcome() {
            (200, _) => answer.body["n"] == next,
            (412, "version-mismatch") if answer.was_repeated => {
                self.expect(200, &get).await.is_none_or(|now| now.body["n"] == next)
            }
            _ => false,
        };
        self.user.setting = next;
        if !is_changed {
            let detail = format!("{}: {} {}", self.user.id, answer.status, answer.body);
            self.world.report.broken("a change with If-Match is made once", detail);
        }
        "change the settings"
    }

    async fn read_users(&mut self) -> &'static str {
        let id = self.user.id.clone();
        self.expect(200, &Call::get("get-current-user", "/users/me")).await;
        self.expect(200, &Call::get("get-user", format!("/users/{id}"))).await;
        self.expect(200, &Call::get("get-login-status", "/users/me/status")).await;
        "read users"
    }

    /// Sends a token of a clock that is five minutes off. Only a function with such a clock may accept it.
    async fn use_wrong_clock(&mut self) -> &'static str {
        let call = Call::get("list-threads", "/threads");
        let off = if self.random.random_bool(0.5) { OFF_BY } else { -OFF_BY };
        let token = call::token(&self.world, &self.user.id, off);
        let may_be_off = self.world.clocks.may_be_off(call.function);
        let got = call::attempt(&self.world, &call, &token).await;
        call::judge_clock(&self.world, &call, off, may_be_off, got.as_ref());
        "use a token of another time"
    }

    async fn change_profile(&mut self) -> &'static str {
        let body = json!({"first_name": format!("Ada {}", self.random.random::<u32>())});
        self.world.usher.control(Method::PATCH, &format!("v1/users/{}", self.user.id), body).await;
        "change the profile"
    }
}
