//! The protocols of API Gateway: how an event becomes a request, and a response becomes an answer.

use std::marker::PhantomData;

use http::StatusCode;
use lambda_http::{
    Request,
    aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
};
use usher_contract::live::ServerMessage;

use crate::http::{event, problem::Problem, response::Response, revalidation::revalidate, websocket};

/// A protocol. `A` is the shape of its answers.
pub(crate) struct Protocol<A> {
    /// Parses an event.
    pub(crate) request: fn(&str) -> Result<Request, Problem>,
    /// Returns the route of an event that cannot be parsed.
    pub(crate) route: fn(&str) -> String,
    /// Completes the response to a request.
    pub(crate) finish: fn(&Request, Response) -> Response,
    /// Converts a problem to a response. Takes the id of the request.
    pub(crate) refuse: fn(Problem, &str) -> Response,
    answer: PhantomData<A>,
}

/// An HTTP API. Its `GET`s have entity tags.
pub(crate) const HTTP: Protocol<ApiGatewayV2httpResponse> = Protocol {
    request: event::request,
    route: event::route_key,
    finish: revalidate,
    refuse: Problem::into_response,
    answer: PhantomData,
};

/// The handshake of a WebSocket. A status that is not 2xx refuses it.
pub(crate) const HANDSHAKE: Protocol<ApiGatewayProxyResponse> = Protocol {
    request: websocket::request,
    route: websocket::route_key,
    finish: |_, response| response,
    refuse: Problem::into_response,
    answer: PhantomData,
};

/// The messages of an open WebSocket. A problem is a message too.
pub(crate) const MESSAGES: Protocol<ApiGatewayProxyResponse> = Protocol {
    refuse: |problem, request_id| {
        Response::json(StatusCode::OK, &ServerMessage::Error { problem: problem.into_details(request_id) })
    },
    ..HANDSHAKE
};
