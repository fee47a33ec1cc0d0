//! How a user is banned, and how an account is deleted.

use rand::RngExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    call::{Call, Tries},
    check,
    life::Life,
    race::Race,
    report::ACTIONS,
};

impl Life {
    /// As [`Life::race`], for the whole account.
    async fn race_account(&mut self) -> Option<Race> {
        let thread = self.user.threads.first().map(|thread| thread.id.clone());
        let thread = thread.filter(|_| self.random.random_bool(0.5));
        self.race(thread.as_deref()).await
    }

    pub(super) async fn be_banned_for_a_while(&mut self) -> &'static str {
        for (action, status) in [("ban", 403), ("unban", 200)] {
            self.world.usher.control(Method::POST, &format!("v1/users/{}/{action}", self.user.id), json!({})).await;
            if !self.wait_for(status).await {
                break;
            }
        }
        "be banned and pardoned"
    }

    /// Reads the user until the status says that a webhook has arrived. Returns whether it has.
    async fn wait_for(&mut self, status: u16) -> bool {
        let call = Call::get("get-current-user", "/users/me");
        let mut tries = Tries::new();
        while tries.go_on(&self.world, &call) {
            match self.send(&call).await {
                Some(got) if got.status == status => return true,
                Some(_) => tries.pause(&mut self.random).await,
                None => return false,
            }
        }
        false
    }

    pub(super) async fn delete_by_api(mut self) {
        self.world.report.count(ACTIONS, "delete the account by the API");
        let race = self.race_account().await;
        let call = Call::new("delete-current-user", Method::DELETE, "/users/me");
        let Some(got) = self.send(&call).await else { return };
        if got.status != 202 && !(got.was_repeated && got.outcome() == (401, "user-deleted")) {
            check::expect(&self.world, &self.user.id, &call, 202, got);
            return;
        }
        if self.world.usher.clerk().user_object(&self.user.id).is_some() {
            self.world.report.broken("a deletion by the API is one at Clerk", self.user.id.clone());
        }
        self.end(race).await;
    }

    pub(super) async fn delete_at_clerk(mut self) {
        self.world.report.count(ACTIONS, "delete the account at Clerk");
        let race = self.race_account().await;
        self.world.usher.control(Method::DELETE, &format!("v1/users/{}", self.user.id), Value::Null).await;
        if self.wait_for(401).await {
            self.end(race).await;
        }
    }

    /// Sees that the account is gone.
    async fn end(mut self, race: Option<Race>) {
        self.world.deleted.lock().unwrap().insert(self.user.id.clone());
        if let Some(race) = race {
            race.end().await;
        }
        for call in [Call::get("get-current-user", "/users/me"), Call::get("list-threads", "/threads")] {
            let got = self.expect(401, &call).await;
            if got.as_ref().is_some_and(|got| got.code() != "user-deleted") {
                self.world.report.broken("a deleted user stays deleted", self.user.id.clone());
            }
        }
        for follower in self.followers {
            follower.expect_end(&self.world, &self.user.id).await;
        }
    }
}
