//! HTTP: requests, responses and problems.

pub(crate) mod body;
pub(crate) mod etag;
pub(crate) mod event;
pub(crate) mod extensions;
pub(crate) mod json;
pub(crate) mod problem;
pub(crate) mod protocol;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod rest;
pub(crate) mod revalidation;
pub(crate) mod reverification;
pub(crate) mod websocket;
