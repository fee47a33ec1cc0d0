//! Replies of the model: read to the end, left and resumed, or stopped.

use rand::{RngExt as _, rngs::StdRng};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::{Call, Got, Tries, judge, judge_clock, respond, send},
    check,
    user::{Message, User, new_content},
    world::World,
};

/// The number of repeats after which an interrupted reply stays as it is.
const CONTINUATIONS: usize = 3;

/// What a client does with a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Read,
    Leave,
    Stop,
}

/// Asks for a reply, and remembers what was acknowledged.
pub(crate) async fn ask(world: &World, random: &mut StdRng, user: &mut User) -> &'static str {
    let at = random.random_range(0..user.threads.len());
    let thread = user.threads[at].id.clone();
    let content = new_content(random);
    let path = format!("/stream/threads/{thread}/replies");
    let call = Call::new("create-reply", Method::POST, path).body(json!({"content": content}));
    let call = call.key(Uuid::now_v7().to_string());
    let plan = [Plan::Read, Plan::Leave, Plan::Stop][random.random_range(0..3)];
    let mut ids = Vec::new();
    let mut end = None;
    for _ in 0..CONTINUATIONS {
        // The first answer is left or stopped. A repeat of the request reads to the end.
        let plan = if ids.is_empty() { plan } else { Plan::Read };
        let Some(stream) = read(world, random, user, &call, plan).await else { break };
        ids.push(stream.id.clone());
        let stream = match plan {
            Plan::Read => Some(stream),
            Plan::Leave => {
                let path =
                    format!("/stream/threads/{thread}/replies/{}?offset={}", stream.id, stream.text.chars().count());
                let rest = read(world, random, user, &Call::get("resume-reply", path), Plan::Read).await;
                rest.map(|rest| Stream { text: stream.text + &rest.text, ..rest })
            }
            Plan::Stop => {
                let call = Call::new("stop-reply", Method::DELETE, format!("/threads/{thread}/replies/{}", stream.id));
                let got = send(world, random, &user.id, &call).await;
                got.and_then(|got| check::expect(world, &user.id, &call, 204, got));
                break;
            }
        };
        let Some(stream) = stream else { break };
        world.report.count(ENDS, stream.status.clone());
        let is_interrupted = stream.status == "interrupted";
        end = Some(stream);
        if !is_interrupted {
            break;
        }
    }
    if ids.iter().any(|id| *id != ids[0]) {
        world.report.broken("a repeat gets the first answer", format!("replies {}", ids.join(" ")));
    }
    let user_thread = &mut user.threads[at];
    if let Some(id) = ids.pop() {
        user_thread.messages.push(Message { id: None, content: Some(content) });
        let text = end.filter(|end| end.status == "complete").map(|end| end.text);
        user_thread.messages.push(Message { id: Some(id), content: text });
    }
    match plan {
        Plan::Read => "read a reply",
        Plan::Leave => "leave and resume a reply",
        Plan::Stop => "stop a reply",
    }
}

const ENDS: &str = "replies by their ends";

/// What was read of a reply.
struct Stream {
    id: String,
    text: String,
    status: String,
}

/// Reads a stream to its end, or until its first text. Repeats the request until that succeeds.
async fn read(world: &World, random: &mut StdRng, user: &User, call: &Call, plan: Plan) -> Option<Stream> {
    let mut tries = Tries::new();
    while tries.go_on(world, call) {
        let (off, token) = tries.token(world, random, &user.id);
        let may_be_off = world.clocks.may_be_off(call.function);
        if let Some(response) = respond(world, call, &token).await {
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            if status == 200 {
                judge(world, call, status, &headers, "");
                if let Some(stream) = read_events(world, response, plan).await {
                    return Some(stream);
                }
            } else {
                let text = response.text().await.unwrap_or_default();
                let got: Got = judge(world, call, status, &headers, &text);
                judge_clock(world, call, off, may_be_off, Some(&got));
                if !crate::call::is_to_be_repeated(&got) {
                    check::expect(world, &user.id, call, 200, got);
                    return None;
                }
            }
        }
        tries.pause(random).await;
    }
    None
}

/// Reads events. `None` if the response breaks off before.
async fn read_events(world: &World, mut response: Response, plan: Plan) -> Option<Stream> {
    let mut buffer = Vec::new();
    let mut stream = Stream { id: String::new(), text: String::new(), status: String::new() };
    loop {
        while let Some(end) = buffer.windows(2).position(|end| end == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let event = String::from_utf8(event).unwrap();
            let Some(data) = event.lines().find_map(|line| line.strip_prefix("data:")).map(str::trim) else { continue };
            if data == "[DONE]" {
                return Some(stream);
            }
            let data: Value = serde_json::from_str(data).unwrap();
            match data["type"].as_str().unwrap_or_default() {
                "start" => stream.id = data["messageId"].as_str().unwrap().to_owned(),
                "text-delta" => {
                    stream.text += data["delta"].as_str().unwrap();
                    if plan != Plan::Read {
                        return Some(stream);
                    }
                }
                _ => {}
            }
            if let Some(status) = data["messageMetadata"]["status"].as_str() {
                stream.status = status.to_owned();
            }
        }
        match response.chunk().await {
            Ok(Some(chunk)) => buffer.extend(chunk),
            Ok(None) | Err(_) => {
                world.report.count(ENDS, "a stream that broke off");
                return None;
            }
        }
    }
}
