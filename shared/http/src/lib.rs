//! The HTTP client of a function, and the rules for requests that carry a secret.
//!
//! A function has one client and one pool of connections for everything that it calls: DynamoDB and other services of
//! AWS, Clerk, and a language model. It is the client of AWS's SDK, because a function links that one anyway. A second
//! one would bring its own copy of HTTP/2, half a megabyte of code, and would read the root certificates again.
//!
//! [`HttpClient`] sends requests, [`Response`] reads bodies up to a limit, and [`is_secure`] says which URLs may be
//! asked.
//!
//! Of the project's crates, this one must know none. It decides neither whom to ask nor whether to ask again, and it
//! writes no log: its errors hold no URL, so that a caller can log them.

mod address;
mod client;
mod error;
mod response;

pub use address::is_secure;
pub use client::HttpClient;
pub use error::{BodyError, RequestError};
pub use response::Response;
