//! The handshake: how a server of an app learns who is signed in in a browser that asks it for a page.
//!
//! The server sends the browser to `/v1/client/handshake`. The browser comes back with the cookies that it should have
//! at the app: in a signed token, or behind a nonce with which the server fetches them (`@clerk/backend` 3.25,
//! `src/tokens/handshake.ts`).

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderName, Method, StatusCode, header},
    response::IntoResponse,
};
use reqwest::Url;
use serde_json::{Value, json};
use usher_loopback::is_loopback_origin;

use crate::{
    clerk::Clerk,
    frontend::{
        answer::COOKIE_SECONDS,
        caller::{Caller, DEV_BROWSER, origin_of},
        cookie_suffix::cookie_suffix,
        errors,
        objects::{list_sessions, session_token},
        route::{Route, route},
    },
    http::{
        api_error::ApiError,
        error_entry::ErrorEntry,
        query::{Pairs, take},
    },
    instance::Instance,
    tokens,
};

pub(super) fn routes() -> Vec<Route> {
    vec![route(Method::GET, "/v1/client/handshake", start)]
}

/// Sends the browser back to the app.
async fn start(
    State(clerk): State<Clerk>,
    caller: Caller,
    Query(mut query): Query<Pairs>,
) -> Result<impl IntoResponse, ApiError> {
    let mut target = read_target(&mut query)?;
    let has_nonce = match take(&mut query, "format").as_deref() {
        None | Some("token") => false,
        Some("nonce") => true,
        Some(_) => return Err(ErrorEntry::wrong_value("format").into()),
    };
    let has_suffix = take(&mut query, "suffixed_cookies").as_deref() == Some("true");
    let mut instance = clerk.instance();
    let cookies = cookies_for(&clerk, &mut instance, &caller, &target, has_suffix)?;
    let (name, value) = if has_nonce {
        ("__clerk_handshake_nonce", instance.clients.keep_handshake(cookies))
    } else {
        ("__clerk_handshake", clerk.sign(tokens::plain_header(&clerk.key_id()), json!({"handshake": cookies}))?)
    };
    clerk.save(&instance);
    target.query_pairs_mut().append_pair(name, &value);
    let headers: [(HeaderName, String); 2] =
        [(header::LOCATION, target.into()), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::TEMPORARY_REDIRECT, headers))
}

/// Reads the page to which the browser returns. It must be on this machine, because the address then has a secret.
fn read_target(query: &mut Pairs) -> Result<Url, ApiError> {
    let text = take(query, "redirect_url").ok_or_else(|| ErrorEntry::missing("redirect_url"))?;
    let is_local = origin_of(&text).is_some_and(|origin| is_loopback_origin(&origin));
    let url = Url::parse(&text).ok().filter(|_| is_local);
    url.ok_or_else(|| ErrorEntry::wrong_value("redirect_url").into())
}

/// Returns the cookies that the browser should have at the app, as `Set-Cookie` headers.
fn cookies_for(
    clerk: &Clerk,
    instance: &mut Instance,
    caller: &Caller,
    target: &Url,
    has_suffix: bool,
) -> Result<Vec<String>, ApiError> {
    let client_id = caller.find_client(instance).map(|client| client.id.clone());
    let known = caller.dev_browser(instance).map(str::to_owned);
    if let Some(id) = &client_id {
        instance.clients.bind(known.as_deref(), id);
    }
    let dev_browser = known.unwrap_or_else(|| instance.clients.create_dev_browser(client_id.clone()));
    let client = client_id.and_then(|id| instance.clients.get(&id));
    let session = client.and_then(|client| {
        let sessions = list_sessions(instance, client);
        let last = client.last_active_session_id.as_ref();
        sessions.iter().find(|session| last == Some(&session.id)).or(sessions.last()).copied()
    });
    let origin = target.origin().ascii_serialization();
    let token = session.map(|session| session_token(clerk, session, Some(&origin))).transpose()?;
    let updated_at = client.filter(|_| session.is_some()).map_or(0, |client| client.updated_at / 1000);
    let keep = |name: &str, value: &str| format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={COOKIE_SECONDS}");
    let suffix = cookie_suffix(&clerk.publishable_key());
    let names = |name: &'static str| {
        let suffixed = has_suffix.then(|| format!("{name}_{suffix}"));
        std::iter::once(name.to_owned()).chain(suffixed)
    };
    let mut cookies: Vec<String> = names(DEV_BROWSER).map(|name| keep(&name, &dev_browser)).collect();
    cookies.extend(names("__client_uat").map(|name| keep(&name, &updated_at.to_string())));
    cookies.extend(names("__session").map(|name| match &token {
        Some(token) => keep(&name, token),
        None => format!("{name}=; Path=/; SameSite=Lax; Max-Age=0"),
    }));
    Ok(cookies)
}

/// `GET /v1/clients/handshake_payload` of the Backend API: gives out the cookies of a handshake, once.
pub(crate) async fn read_payload(
    State(clerk): State<Clerk>,
    Query(mut query): Query<Pairs>,
) -> Result<Json<Value>, ApiError> {
    let nonce = take(&mut query, "nonce").ok_or_else(|| ErrorEntry::missing("nonce"))?;
    let cookies = clerk.instance().clients.take_handshake(&nonce).ok_or_else(errors::handshake_not_found)?;
    Ok(Json(json!({"directives": cookies})))
}
