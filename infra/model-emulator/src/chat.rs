//! `POST /v1/chat/completions` (OpenAI's API reference, "Create chat completion").

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    model::Model,
    request::{Request, RequestState},
};

pub(crate) async fn complete(State(model): State<Model>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let is_valid = body["stream"] == true && body["model"].is_string() && body["messages"].is_array();
    if !is_valid {
        return refusal(StatusCode::BAD_REQUEST, "needs model, messages and stream: true");
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = authorization.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let request = Request::new(body, key);
    let script = model.receive(&request);
    if script.status != 200 {
        request.finish(RequestState::Ended);
        let status = StatusCode::from_u16(script.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = refusal(status, "the script refuses");
        if let Some(seconds) = script.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        return response;
    }
    let text = script.text.unwrap_or_else(|| format!("You wrote: {}", request.prompt()));
    let answer = Answer::new(request, &text, script.pace.unwrap_or(model.pace()), script.end);
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(answer.into_body())).into_response()
}

fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": {"message": message, "type": "invalid_request_error"}}))).into_response()
}
