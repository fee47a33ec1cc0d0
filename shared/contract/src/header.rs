//! The names of the headers that the API reads and writes, in lower case as HTTP/2 sends them.

/// The session token, as `Bearer <token>` (RFC 6750 §2.1).
pub const AUTHORIZATION: &str = "authorization";

/// The caller's name for one `POST`, so that a repeat has no further effect.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The versions that a change may apply to (RFC 9110 §13.1.1).
pub const IF_MATCH: &str = "if-match";

/// The version of a representation (RFC 9110 §8.8.3).
pub const ETAG: &str = "etag";

/// The time to wait before the next attempt, in seconds (RFC 9110 §10.2.3).
pub const RETRY_AFTER: &str = "retry-after";

/// The reason of a 401 (RFC 6750 §3).
pub const WWW_AUTHENTICATE: &str = "www-authenticate";

/// The media types that a `PATCH` accepts (RFC 5789 §3.1). A 415 has it.
pub const ACCEPT_PATCH: &str = "accept-patch";

/// The id that API Gateway gives a request. Its access log has the id as `api_request_id`. (AWS's guide of API Gateway,
/// "Customize HTTP API access logs", calls it `$context.requestId`.)
pub const APIGW_REQUESTID: &str = "apigw-requestid";

/// The same id of a request of the streaming API, which is a REST API.
pub const AMZN_REQUESTID: &str = "x-amzn-requestid";
