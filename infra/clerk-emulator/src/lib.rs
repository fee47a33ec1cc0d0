//! A Clerk instance in memory or in a file, for the tests of any app: the Backend API for users and sessions, the
//! Frontend API for web pages, session tokens, the key set, and signed webhooks.
//!
//! A test creates a [`Clerk`] from [`Options`] and serves its [`Clerk::router`] with axum. The binary `clerk-emulator`
//! does the same for apps that are not written in Rust. Sessions do not expire. Some features of Clerk are missing: most
//! filters of `GET /v1/users`, second factors, sign-in with a phone number or at another service, pictures, wallets,
//! organizations. A request that uses one is refused with the name of the parameter, or gets 404.
//!
//! A request passes three layers. `http::interceptor` counts it, injects a fault if one is set, and applies the rate
//! limit. `http::routes` checks the secret key and picks the handler. The handlers in `users`, `sessions` and
//! `sign_in_tokens` read their parameters with `http::params` and `http::query`, change the `Instance` under one lock,
//! and answer in Clerk's format or with an `ApiError`. `users::directory` keeps the users in the orders in which they
//! can be listed, and finds conflicting identifiers. `frontend` has the Frontend API, which web pages of this machine may
//! call ([`Clerk::frontend_router`]); it works on the same users and sessions.
//!
//! Every change delivers a webhook through `webhooks`, which signs each attempt and repeats failed ones on Svix's
//! schedule, a thousand times faster. **A request of the Backend API is answered when the first attempt of its webhook
//! has ended, successfully or not, after at most 15 s.** A script can therefore use an object in the line after the one
//! that created it. Clerk itself delivers the webhook some time after its answer. Further attempts run in the
//! background. After the last one, the emulator logs the message and drops it.
//!
//! `control` holds what a test may do to a running instance: inject faults, limit the request rate, rotate keys and
//! secrets, hold or drop webhooks, add and remove users without a webhook, and count requests. Nothing of this is
//! active in a new instance.
//!
//! `control_api` serves these controls over HTTP, for tests in other languages ([`Clerk::control_router`]). `changes`
//! tells its readers what changes, and `control_api::events` sends it on. [`Clerk::guarded_router`] puts all routes
//! together and decides which callers each part accepts. `console` is a page that follows the events and drives the
//! controls.
//!
//! | route | key |
//! | --- | --- |
//! | `GET /.well-known/jwks.json`, `GET /.well-known/openid-configuration` | none |
//! | `GET /v1/jwks` | secret |
//! | `GET`, `POST /v1/users`, `GET /v1/users/count` | secret |
//! | `GET`, `PATCH`, `DELETE /v1/users/{id}`, `PATCH`, `PUT /v1/users/{id}/metadata` | secret |
//! | `POST /v1/users/{id}/ban`, `unban`, `lock`, `unlock` | secret |
//! | `GET`, `POST /v1/sessions`, `GET /v1/sessions/{id}`, `POST /v1/sessions/{id}/revoke` | secret |
//! | `POST /v1/sessions/{id}/tokens`, `POST /v1/sessions/{id}/tokens/{template}` | secret |
//! | `POST /v1/sign_in_tokens`, `POST /v1/sign_in_tokens/{id}/revoke` | secret |
//! | `GET /v1/clients/handshake_payload` | secret |
//!
//! | route of the Frontend API | |
//! | --- | --- |
//! | `GET`, `PATCH /v1/environment` | what Clerk's components may offer |
//! | `POST /v1/dev_browser`, `GET /v1/client/handshake` | how a browser is known to the instance, and to an app's server |
//! | `GET`, `POST`, `PUT`, `DELETE /v1/client`, `DELETE /v1/client/sessions` | the browser, and sign-out |
//! | `POST /v1/client/sign_ins`, `GET /v1/client/sign_ins/{id}` | sign-in |
//! | `POST /v1/client/sign_ins/{id}/prepare_first_factor`, `attempt_first_factor`, `reset_password` | |
//! | `POST /v1/client/sign_ups`, `GET`, `PATCH /v1/client/sign_ups/{id}` | sign-up |
//! | `POST /v1/client/sign_ups/{id}/prepare_verification`, `attempt_verification` | |
//! | `GET /v1/client/sessions/{id}`, `POST /v1/client/sessions/{id}/touch`, `end`, `remove` | sessions |
//! | `POST /v1/client/sessions/{id}/tokens`, `POST /v1/client/sessions/{id}/tokens/{template}` | session tokens |
//! | `POST /v1/client/sessions/{id}/verify`, `verify/prepare_first_factor`, `verify/attempt_first_factor` | reverification |
//! | `GET`, `PATCH`, `DELETE /v1/me`, `PATCH /v1/me/metadata` | the profile |
//! | `POST /v1/me/change_password`, `remove_password` | |
//! | `POST /v1/me/email_addresses`, `GET`, `DELETE /v1/me/email_addresses/{id}` | |
//! | `POST /v1/me/email_addresses/{id}/prepare_verification`, `attempt_verification` | |
//! | `GET /v1/me/sessions`, `GET /v1/me/sessions/active`, `POST /v1/me/sessions/{id}/revoke` | the user's other browsers |
//! | `GET /v1/me/organization_memberships` | an empty list |
//! | `GET /npm/@clerk/{package}@{version}/dist/{file}` | Clerk's scripts, with [`Options::scripts`] |
//!
//! `GET /v1/users` takes `limit`, `offset`, `order_by`, `user_id`, `email_address` and `query`; its count takes the
//! last three. `user_id` and `email_address` may be given up to 100 times. A minus sign before an id excludes that
//! user. `GET /v1/sessions` takes `user_id`, `client_id`, `status`, `limit`, `offset` and `paginated`.
//!
//! With [`Options::data`], `data_file` keeps the users, the sessions, the browsers, the sign-in tokens, the key and the generated
//! secrets in a file that each change replaces. A lock keeps a second emulator away from it.

mod changes;
mod clerk;
mod console;
mod control;
mod control_api;
mod data_file;
mod error;
mod frontend;
mod http;
mod ids;
mod instance;
mod keys;
mod options;
mod sessions;
mod sign_in_tokens;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod webhooks;

pub use clerk::Clerk;
pub use console::Console;
pub use error::ClerkError;
pub use http::injected_fault::InjectedFault;
pub use instance::WebhookDelivery;
pub use options::Options;
pub use sessions::session::SessionEnd;

/// The name of the emulator in the log.
pub const SERVICE: &str = "clerk";

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
