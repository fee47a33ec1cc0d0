//! The client of language models, against the emulator.

use std::time::Duration;

use model_emulator::{End, Model, Pace, RequestState, Script};
use tokio::net::TcpListener;
use usher_http::HttpClient;
use usher_loopback::{Hosts, Pages, bind, serve};
use usher_model::{ChatMessage, ChatRole, ModelClient, ModelError, ModelKey, ModelStream, ModelUrl};

/// Longer than any test.
const TIMEOUT: Duration = Duration::from_secs(600);

/// An emulator, and a client of it.
struct Fixture {
    model: Model,
    url: String,
}

impl Fixture {
    async fn start() -> Self {
        let model = Model::new(Pace::Immediate);
        let listener: TcpListener = bind(0, "").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        serve(model_emulator::SERVICE, listener, model.router(), &Hosts::default(), Pages::None);
        Self { model, url }
    }

    fn client(&self, timeout: Duration) -> ModelClient {
        let key = ModelKey::parse("sk-test").unwrap();
        ModelClient::new(HttpClient::new(), ModelUrl::parse(&self.url).unwrap(), Some(key), timeout)
    }

    async fn ask(&self, prompt: &str) -> Result<ModelStream, ModelError> {
        let messages = [ChatMessage::new(ChatRole::System, "Be brief."), ChatMessage::new(ChatRole::User, prompt)];
        self.client(TIMEOUT).ask("small", &messages).await
    }

    /// Asks with a script, and returns the text up to the end or the error.
    async fn answer(&self, script: Script) -> (String, Option<ModelError>) {
        self.model.set_script("hello", script);
        let mut stream = match self.ask("hello").await {
            Ok(stream) => stream,
            Err(error) => return (String::new(), Some(error)),
        };
        let mut text = String::new();
        loop {
            match stream.next().await {
                Ok(Some(piece)) => text += &piece,
                Ok(None) => return (text, None),
                Err(error) => return (text, Some(error)),
            }
        }
    }
}

#[tokio::test]
async fn an_answer_arrives_piece_by_piece() {
    let fixture = Fixture::start().await;
    fixture.model.set_script("hello", Script::stepped("one two"));
    let mut stream = fixture.ask("hello").await.unwrap();
    let request = fixture.model.request("hello", 1).await.unwrap();
    assert_eq!((request.model(), request.key()), ("small", Some("sk-test")));
    assert_eq!(request.messages(), [("system", "Be brief."), ("user", "hello")]);
    for (piece, state) in [("one ", RequestState::Open), ("two", RequestState::Open)] {
        request.step(1);
        assert_eq!(stream.next().await.unwrap().as_deref(), Some(piece));
        assert_eq!(request.state(), state);
    }
    request.step(1);
    assert_eq!(stream.next().await, Ok(None));
    assert_eq!(request.end().await, RequestState::Ended);
    assert_eq!(stream.next().await, Ok(None));
}

#[tokio::test]
async fn a_dropped_answer_closes_the_connection() {
    let fixture = Fixture::start().await;
    fixture.model.set_script("hello", Script::stepped("one two"));
    let mut stream = fixture.ask("hello").await.unwrap();
    let request = fixture.model.request("hello", 1).await.unwrap();
    request.step(1);
    stream.next().await.unwrap();
    drop(stream);
    assert_eq!(request.end().await, RequestState::Closed);
}

#[tokio::test]
async fn a_refused_request_says_why() {
    let fixture = Fixture::start().await;
    let limited = Script { retry_after: Some(7), ..Script::refusal(429) };
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(fixture.answer(limited).await.1, Some(ModelError::RateLimited { retry_after }));
    assert_eq!(fixture.answer(Script::refusal(401)).await.1, Some(ModelError::Refused { status: 401 }));
    let unavailable = fixture.answer(Script::refusal(503)).await.1;
    assert_eq!(unavailable, Some(ModelError::Unavailable("status 503".to_owned())));
}

#[tokio::test]
async fn an_answer_that_breaks_off_keeps_its_beginning() {
    let fixture = Fixture::start().await;
    let answer = async |end| fixture.answer(Script { end, ..Script::immediate("one two") }).await;
    for end in [End::BreakOff, End::Error] {
        let (text, error) = answer(end).await;
        assert_eq!(text, "one two");
        assert!(matches!(error, Some(ModelError::BrokenOff(_))), "{error:?}");
    }
    let unreadable = ModelError::Unreadable("has an event that is not a chunk");
    assert_eq!(answer(End::Rubbish).await, ("one two".to_owned(), Some(unreadable)));
    assert_eq!(answer(End::Finish).await, ("one two".to_owned(), None));
}

#[tokio::test]
async fn a_model_that_stalls_is_left_after_the_timeout() {
    let fixture = Fixture::start().await;
    let timeout = Duration::from_millis(200);
    fixture.model.set_script("hello", Script { end: End::Stall, ..Script::immediate("one") });
    let messages = [ChatMessage::new(ChatRole::User, "hello")];
    let mut stream = fixture.client(timeout).ask("small", &messages).await.unwrap();
    assert_eq!(stream.next().await.unwrap().as_deref(), Some("one"));
    assert_eq!(stream.next().await, Err(ModelError::TimedOut(timeout)));
}

#[tokio::test]
async fn a_response_that_is_no_stream_is_unreadable() {
    let fixture = Fixture::start().await;
    let url = ModelUrl::parse(&fixture.url.replace("/v1", "/control/requests")).unwrap();
    let http = HttpClient::new();
    let page = axum::Router::new().route("/chat/completions", axum::routing::post(async || "a page"));
    let listener = bind(0, "").await.unwrap();
    let other = ModelUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    serve("page", listener, page, &Hosts::default(), Pages::None);
    let ask = async |url| ModelClient::new(http.clone(), url, None, TIMEOUT).ask("small", &[]).await.err();
    assert_eq!(ask(other).await, Some(ModelError::Unreadable("is not a stream of events")));
    assert!(matches!(ask(url).await, Some(ModelError::Refused { .. })));
}

#[tokio::test]
async fn a_collected_answer_has_a_maximum_length() {
    let fixture = Fixture::start().await;
    fixture.model.set_script("hello", Script { end: End::Stall, ..Script::immediate("ä b c d") });
    let stream = fixture.ask("hello").await.unwrap();
    assert_eq!(stream.collect(4).await.unwrap(), "ä b ");
    assert_eq!(fixture.model.request("hello", 1).await.unwrap().end().await, RequestState::Closed);
}

#[tokio::test]
async fn the_emulator_repeats_the_user_without_a_script() {
    let fixture = Fixture::start().await;
    let stream = fixture.ask("good morning").await.unwrap();
    assert_eq!(stream.collect(100).await.unwrap(), "You wrote: good morning");
}

#[tokio::test]
async fn the_control_routes_do_what_the_handle_does() {
    let fixture = Fixture::start().await;
    let http = reqwest::Client::new();
    let control = fixture.url.replace("/v1", "/control");
    let script = serde_json::json!({"text": "one two", "pace": "stepped", "end": "break_off"});
    http.put(format!("{control}/scripts/hello")).json(&script).send().await.unwrap().error_for_status().unwrap();
    let mut stream = fixture.ask("hello").await.unwrap();
    let requests = async || -> serde_json::Value {
        http.get(format!("{control}/requests/hello")).send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(requests().await, serde_json::json!({"requests": [{"model": "small", "state": "open"}]}));
    let step = http.post(format!("{control}/requests/hello/step")).json(&serde_json::json!({"words": 3}));
    step.send().await.unwrap().error_for_status().unwrap();
    assert_eq!(stream.next().await.unwrap().as_deref(), Some("one "));
    assert_eq!(stream.next().await.unwrap().as_deref(), Some("two"));
    assert!(matches!(stream.next().await, Err(ModelError::BrokenOff(_))));
    http.delete(format!("{control}/scripts/hello")).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(fixture.ask("hello").await.unwrap().collect(100).await.unwrap(), "You wrote: hello");
}
