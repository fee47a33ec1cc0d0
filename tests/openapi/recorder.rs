//! Records requests and answers of a running API as examples.

use std::collections::BTreeMap;

use harness::{Answer, Usher};
use local::template::Template;
use regex::Regex;
use reqwest::Method;
use serde_json::{Map, Value, json};
use usher_contract::{EVENT_STREAM, NDJSON};

use crate::files::path;

/// The id of a request in every example.
const REQUEST_ID: &str = "8f2ee0a1-5d0a-4c3b-9f43-1c8f2a1f7d10";
/// The hash of every export in the examples. It has the form of a hash, but it is of nothing.
const HASH: &str = "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26";
/// The cursor in every example. Its text has the form of a cursor, but it belongs to no list.
const CURSOR: &str = "AZt2qXAAcACAAAAAAAAAAcm9R3uEo1pX5Q0mB8yT2kw";
/// The Clerk instance in every example.
const ISSUER: &str = "https://clerk.example.com";
/// The time at which the first row of the examples was made: 2026-01-01T00:00:00Z, in milliseconds.
const EPOCH: u64 = 1_767_225_600_000;
/// The time between two rows of the examples, and between a row and its change. One minute.
const STEP: u64 = 60_000;

/// The requests and answers that were recorded: by function, then `request` or the status, then name.
///
/// What differs from run to run is replaced: ids, times, cursors, and the address of the Clerk emulator. The ids of
/// rows are numbered in the order in which they appear. A row's time is the one that its id contains, as it is in the
/// store. All other times are made by [`Recorder::time`].
pub(crate) struct Recorder {
    examples: Map<String, Value>,
    ids: BTreeMap<String, u64>,
    start: u64,
}

/// A request for an example.
#[derive(Default)]
pub(crate) struct Call<'a> {
    /// The session token.
    pub(crate) token: Option<&'a str>,
    /// The first path parameter, if the path has one.
    pub(crate) id: &'a str,
    /// The second path parameter, if the path has two.
    pub(crate) message: &'a str,
    /// With the question mark.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<Value>,
    /// The body as text, if it is not JSON.
    pub(crate) text: &'a str,
}

impl Recorder {
    /// `start` is the first time of this run, in milliseconds since the Unix epoch.
    pub(crate) fn new(start: u64) -> Self {
        Self { examples: Map::new(), ids: BTreeMap::new(), start }
    }

    /// Returns a time of this run. In the examples it is some minutes after the beginning of 2026.
    pub(crate) fn time(&self, minutes: u64) -> u64 {
        self.start + minutes * STEP
    }

    /// Calls a function and records its answer: a problem under its code, and any other answer under `name`, together
    /// with the body of the request. Returns the answer.
    pub(crate) async fn call(&mut self, usher: &Usher, function: &str, name: &str, call: Call<'_>) -> Answer {
        let (method, route) = route(function);
        let path = route.replace("{message_id}", call.message);
        let path = Regex::new(r"\{\w+\}").unwrap().replace(&path, call.id).into_owned() + call.query;
        let mut headers: Vec<(&str, String)> =
            call.headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        headers.extend(call.token.map(|token| ("authorization", format!("Bearer {token}"))));
        let is_typed = call.headers.iter().any(|(name, _)| *name == "content-type");
        headers.extend((call.body.is_some() && !is_typed).then(|| ("content-type", "application/json".to_owned())));
        let body = call.body.as_ref().map_or_else(|| call.text.to_owned(), Value::to_string);
        let answer = usher.call(method, &path, &headers, body.into()).await;
        self.record(function, name, call.body, &answer);
        answer
    }

    /// Records an answer to a body that was sent by other means.
    pub(crate) fn record(&mut self, function: &str, name: &str, body: Option<Value>, answer: &Answer) {
        if answer.body.is_empty() {
            return;
        }
        if answer.header("content-type") == Some(NDJSON) {
            let lines =
                answer.body.lines().map(|line| self.normalized(serde_json::from_str(line).unwrap()).to_string() + "\n");
            let text = lines.collect::<String>().into();
            return self.insert(function, answer.status.as_str(), name, text);
        }
        if answer.header("content-type") == Some(EVENT_STREAM) {
            let lines = answer.body.lines().map(|line| self.normalized_line(line) + "\n");
            let text = lines.collect::<String>().into();
            self.insert(function, answer.status.as_str(), name, text);
            if let Some(body) = body {
                self.insert(function, "request", name, body);
            }
            return;
        }
        let value: Value = serde_json::from_str(&answer.body).unwrap();
        let code = value["type"].as_str().and_then(|code| code.strip_prefix("urn:usher:problem:")).map(str::to_owned);
        let name = code.clone().unwrap_or_else(|| name.to_owned());
        let answered = self.normalized(value);
        self.insert(function, answer.status.as_str(), &name, answered);
        if let Some(body) = body.filter(|_| code.is_none()) {
            let body = self.normalized(body);
            self.insert(function, "request", &name, body);
        }
    }

    /// Replaces what differs in a line of server-sent events.
    fn normalized_line(&mut self, line: &str) -> String {
        let json = line.strip_prefix("data: ").and_then(|data| serde_json::from_str(data).ok());
        json.map_or_else(|| line.to_owned(), |json| format!("data: {}", self.normalized(json)))
    }

    pub(crate) fn into_examples(self) -> Value {
        self.examples.into()
    }

    fn insert(&mut self, function: &str, place: &str, name: &str, value: Value) {
        let of_function = self.examples.entry(function).or_insert_with(|| json!({}));
        let place = of_function.as_object_mut().unwrap().entry(place).or_insert_with(|| json!({}));
        let before = place.as_object_mut().unwrap().insert(name.to_owned(), value);
        assert_eq!(before, None, "{function}: {name} is recorded twice");
    }

    /// Replaces what differs from run to run.
    fn normalized(&mut self, value: Value) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.normalized(item)).collect(),
            Value::Object(members) => self.normalized_object(members).into(),
            Value::String(text) => self.normalized_text(text).into(),
            other => other,
        }
    }

    fn normalized_object(&mut self, members: Map<String, Value>) -> Map<String, Value> {
        let is_changed = members.get("updated_at") != members.get("created_at");
        let id = members.get("id").and_then(Value::as_str).filter(|id| is_uuid(id)).map(str::to_owned);
        let created_at = id.map(|id| EPOCH + self.number(&id) * STEP);
        let normalize = |(name, value): (String, Value)| {
            let value = match (name.as_str(), created_at) {
                ("request_id", _) => REQUEST_ID.into(),
                ("exported_at", _) => EPOCH.into(),
                ("sha256", _) => HASH.into(),
                ("next_cursor", _) if value.is_string() => CURSOR.into(),
                // The time of a thread, whose id is not in this object.
                ("back_to", _) if value.is_u64() => (EPOCH + STEP).into(),
                ("created_at", Some(time)) => time.into(),
                ("updated_at", Some(time)) => (if is_changed { time + STEP } else { time }).into(),
                ("created_at" | "updated_at" | "timestamp", None) => {
                    value.as_u64().map_or(Value::Null, |time| (EPOCH + (time - self.start)).into())
                }
                _ => self.normalized(value),
            };
            (name, value)
        };
        members.into_iter().map(normalize).collect()
    }

    fn normalized_text(&mut self, text: String) -> String {
        if is_uuid(&text) {
            let number = self.number(&text);
            let time = EPOCH + number * STEP;
            return format!("{:08x}-{:04x}-7000-8000-{number:012x}", time >> 16, time & 0xffff);
        }
        Regex::new(r"http://127\.0\.0\.1:\d+").unwrap().replace_all(&text, ISSUER).into_owned()
    }

    /// The number of an id, from 1.
    fn number(&mut self, id: &str) -> u64 {
        let next = self.ids.len() as u64 + 1;
        *self.ids.entry(id.to_owned()).or_insert(next)
    }
}

fn is_uuid(text: &str) -> bool {
    Regex::new("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$").unwrap().is_match(text)
}

/// The method and path of a function in the template.
fn route(function: &str) -> (Method, String) {
    let template = Template::load(&path("template.yaml")).unwrap();
    let found = template.functions.into_iter().find(|candidate| candidate.name == function).unwrap();
    let route = &found.routes[0];
    (route.method.parse().unwrap(), route.path.clone())
}

#[test]
fn recorded_ids_and_times_do_not_depend_on_the_run() {
    let thread = |id: &str, created_at: u64, updated_at: u64| json!({"id": id, "created_at": created_at, "updated_at": updated_at, "request_id": id, "next_cursor": id});
    let record = |first: &str, second: &str, time: u64| {
        let mut recorder = Recorder::new(0);
        let values = json!([thread(first, time, time), thread(second, time, time + 1), {"thread_id": first}]);
        recorder.normalized(values)
    };
    let (one, two) = ("019b76da-a801-7abc-8def-0123456789ab", "019b76da-a802-7abc-8def-0123456789ab");
    let recorded = record(one, two, 5);
    assert_eq!(recorded, record(two, one, 9));
    assert_eq!(recorded[0]["id"], recorded[2]["thread_id"]);
    assert_eq!(recorded[0]["created_at"], recorded[0]["updated_at"]);
    assert_eq!(recorded[1]["updated_at"].as_u64().unwrap() - recorded[1]["created_at"].as_u64().unwrap(), STEP);
}
