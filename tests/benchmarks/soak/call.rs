//! Requests: each is repeated until it has a definite answer, and every answer is counted and judged.

use std::time::{Duration, Instant};

use rand::{RngExt as _, rngs::StdRng};
use reqwest::{Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::Value;

use crate::{clocks::OFF_BY, report::ANSWERS, world::World};

/// The time after which a request is given up. No trouble lasts that long: the longest is a webhook that is repeated for
/// 100 seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);
/// The time within which one attempt must be answered: the limit of API Gateway.
const ATTEMPT: Duration = Duration::from_secs(31);
const STREAM: Duration = Duration::from_secs(90);
/// The maximum pause before a repeat.
const MAX_PAUSE_MS: u64 = 1_500;

/// A request of a user.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) function: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) key: Option<String>,
    pub(crate) if_match: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) etag: Option<String>,
    /// Whether an earlier attempt may have been carried out without an answer.
    pub(crate) was_repeated: bool,
}

impl Got {
    /// The code of the problem, or an empty text.
    pub(crate) fn code(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:usher:problem:")).unwrap_or_default()
    }

    /// The status and the code.
    pub(crate) fn outcome(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}

impl Call {
    pub(crate) fn new(function: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self { function, method, path: path.into(), body: None, key: None, if_match: None }
    }

    pub(crate) fn get(function: &'static str, path: impl Into<String>) -> Self {
        Self::new(function, Method::GET, path)
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The time within which the answer must have ended. A stream may take as long as a reply is written, and as the
    /// lease of a writer that was killed.
    fn time_limit(&self) -> Duration {
        if self.path.starts_with("/stream") { STREAM } else { ATTEMPT }
    }

    pub(crate) fn request(&self, world: &World, token: &str) -> RequestBuilder {
        let url = format!("{}{}", world.usher.api_url(), self.path);
        let mut request = world.http.request(self.method.clone(), url).bearer_auth(token);
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        for (name, value) in [("idempotency-key", &self.key), ("if-match", &self.if_match)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
    }
}

/// Sends a request until it has a definite answer. `None` if it has none in time, which breaks an invariant.
pub(crate) async fn send(world: &World, random: &mut StdRng, user: &str, call: &Call) -> Option<Got> {
    let mut tries = Tries::new();
    while tries.go_on(world, call) {
        let (off, token) = tries.token(world, random, user);
        // Asked before: the clock may be set right meanwhile.
        let may_be_off = world.clocks.may_be_off(call.function);
        let answer = attempt(world, call, &token).await;
        judge_clock(world, call, off, may_be_off, answer.as_ref());
        if let Some(got) = answer.filter(|got| !is_to_be_repeated(got)) {
            return Some(Got { was_repeated: tries.number > 1, ..got });
        }
        tries.pause(random).await;
    }
    None
}

/// The attempts of a request.
pub(crate) struct Tries {
    start: Instant,
    number: u32,
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), number: 0 }
    }

    /// Begins the next attempt, unless the request has taken too long.
    pub(crate) fn go_on(&mut self, world: &World, call: &Call) -> bool {
        self.number += 1;
        let is_in_time = self.start.elapsed() < PATIENCE;
        if !is_in_time {
            let detail = format!("{} {} after {} attempts", call.function, call.path, self.number - 1);
            world.report.broken("every request is answered in the end", detail);
        }
        is_in_time
    }

    /// A token. Later attempts also try the clocks with which a function may be, and so may refuse a right token.
    pub(crate) fn token(&self, world: &World, random: &mut StdRng, user: &str) -> (i64, String) {
        let off = if self.number > 1 && random.random_bool(0.2) { OFF_BY } else { 0 };
        let off = if random.random_bool(0.5) { off } else { -off };
        (off, token(world, user, off))
    }

    pub(crate) async fn pause(&self, random: &mut StdRng) {
        let most = (100_u64 << self.number.min(8)).min(MAX_PAUSE_MS);
        tokio::time::sleep(Duration::from_millis(random.random_range(50..=most))).await;
    }
}

/// A token of a clock that is off by these seconds.
pub(crate) fn token(world: &World, user: &str, off: i64) -> String {
    let token = world.usher.token(user);
    if off == 0 {
        return token.minted_by(world.usher.clerk());
    }
    let off = off as f64;
    let claims = [("iat", off.floor()), ("nbf", off - 10.0), ("exp", off + 60.0)];
    claims.into_iter().fold(token, |token, (name, at)| token.claim_from_now(name, at)).minted_by(world.usher.clerk())
}

/// Says if a token was accepted or refused against the clock of the function.
pub(crate) fn judge_clock(world: &World, call: &Call, off: i64, may_be_off: bool, answer: Option<&Got>) {
    let Some(answer) = answer else { return };
    let may_be_off = may_be_off || world.clocks.may_be_off(call.function);
    let is_refused = answer.outcome() == (401, "invalid-token");
    let detail = || format!("{} {}, a token {off} s off: {} {}", call.function, call.path, answer.status, answer.body);
    if is_refused {
        world.report.count(CLOCKS, if off == 0 { "right, refused by a wrong clock" } else { "wrong, refused" });
        if off == 0 && !may_be_off {
            world.report.broken("a right token is accepted", detail());
        }
    } else if off != 0 && answer.status < 400 {
        world.report.count(CLOCKS, "wrong, accepted by a wrong clock");
        if !may_be_off {
            world.report.broken("a token of another time is refused", detail());
        }
    }
}

const CLOCKS: &str = "tokens of other times";

/// Sends a request once. `None` if no whole answer came.
pub(crate) async fn attempt(world: &World, call: &Call, token: &str) -> Option<Got> {
    let response = respond(world, call, token).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = match response.text().await {
        Ok(text) => text,
        Err(_) => {
            world.report.count(ANSWERS, format!("{status} broken off"));
            return None;
        }
    };
    Some(judge(world, call, status, &headers, &text))
}

/// Sends a request once, and returns its response without the body.
pub(crate) async fn respond(world: &World, call: &Call, token: &str) -> Option<Response> {
    match call.request(world, token).timeout(call.time_limit()).send().await {
        Ok(response) => Some(response),
        Err(error) => {
            world.report.count(ANSWERS, if error.is_timeout() { "none in time" } else { "none" });
            None
        }
    }
}

/// Counts an answer, and says if it may not come.
pub(crate) fn judge(world: &World, call: &Call, status: u16, headers: &HeaderMap, text: &str) -> Got {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let got = Got { status, body, etag: header("etag"), was_repeated: false };
    let is_problem = header("content-type").as_deref() == Some("application/problem+json");
    let name =
        if is_problem { got.code() } else { got.body["message"].as_str().filter(|_| status >= 400).unwrap_or("") };
    world.report.count(ANSWERS, format!("{status} {name}"));
    let detail = || format!("{} {}: {status} {text}", call.function, call.path);
    match (status, name) {
        (500, "Internal Server Error") | (502, "Internal server error") => {
            world.report.count(FAILURES, call.function);
        }
        (503, "unavailable" | "keys-unavailable" | "clerk-unavailable") if header("retry-after").is_some() => {}
        (504, "Endpoint request timed out") => world.report.count(LATE, call.function),
        (500.., _) => world.report.broken("no function answers 500", detail()),
        _ => {}
    }
    if status >= 500 && world.is_calm() {
        world.report.broken("nothing fails when nothing is made to fail", detail());
    }
    got
}

/// The answers of the gateway if a function has failed. Each must be explained by a kill.
pub(crate) const FAILURES: &str = "answers of the gateway for a function that was killed";
/// The answers of the gateway if a function took too long.
pub(crate) const LATE: &str = "answers of the gateway for a function that took too long";

/// Returns whether the answer says that the request may succeed later.
pub(crate) fn is_to_be_repeated(got: &Got) -> bool {
    got.status >= 500
        || matches!(got.outcome(), (429, _) | (409, "conflict") | (404, "user-not-synced") | (401, "invalid-token"))
}
