//! Who calls: the browser of a request, the page in it, and the session that it means.

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Url;
use serde::Deserialize;

use crate::{
    clerk::Clerk,
    frontend::{client::BrowserClient, errors},
    http::{
        api_error::ApiError,
        query::{Pairs, take},
    },
    instance::Instance,
    sessions::session::Session,
    users::user::User,
    webhooks::event::HttpRequest,
};

/// The cookie by which a browser is known.
pub(super) const CLIENT_COOKIE: &str = "__client";
/// The cookie and the parameter with the token of a dev browser.
pub(super) const DEV_BROWSER: &str = "__clerk_db_jwt";

/// What the headers and the query of a request say about its caller.
pub(super) struct Caller {
    /// The dev browser that the query names. It wins over cookies, as at Clerk's development instances.
    named_dev_browser: Option<String>,
    dev_browser_cookie: Option<String>,
    client_cookie: Option<ClientToken>,
    /// The session that a page with several sessions means.
    session_id: Option<String>,
    /// The origin of the page, as in `http://localhost:3002`. It becomes the `azp` of tokens.
    pub(super) origin: Option<String>,
    pub(super) http: HttpRequest,
}

/// The claims of the cookie `__client`.
#[derive(Deserialize)]
struct ClientToken {
    id: String,
    rotating_token: String,
}

impl Caller {
    /// Returns the client of the browser, if it has one.
    pub(super) fn find_client<'a>(&self, instance: &'a Instance) -> Option<&'a BrowserClient> {
        let clients = &instance.clients;
        let named = self.named_dev_browser.as_deref().and_then(|token| clients.of_dev_browser(token));
        let by_cookie = || {
            let token = self.client_cookie.as_ref()?;
            clients.get(&token.id).filter(|client| client.has_rotating_token(&token.rotating_token))
        };
        let by_dev_browser = || self.dev_browser_cookie.as_deref().and_then(|token| clients.of_dev_browser(token));
        named.or_else(by_cookie).or_else(by_dev_browser)
    }

    /// As [`Caller::find_client`], but returns its id, or an error if there is none.
    pub(super) fn client_id(&self, instance: &Instance) -> Result<String, ApiError> {
        self.find_client(instance).map(|client| client.id.clone()).ok_or_else(errors::signed_out)
    }

    /// Returns the id of the client, which is created if there is none.
    pub(super) fn ensure_client(&self, instance: &mut Instance) -> String {
        let found = self.find_client(instance).map(|client| client.id.clone());
        let dev_browser = self.dev_browser(instance).map(str::to_owned);
        match found {
            Some(id) => {
                instance.clients.bind(dev_browser.as_deref(), &id);
                id
            }
            None => instance.clients.create(dev_browser.as_deref()),
        }
    }

    /// Returns the token of the browser's dev browser, if the instance knows it.
    pub(super) fn dev_browser(&self, instance: &Instance) -> Option<&str> {
        let tokens = [&self.named_dev_browser, &self.dev_browser_cookie].into_iter().flatten();
        tokens.map(String::as_str).find(|token| instance.clients.has_dev_browser(token))
    }

    /// Returns whether the browser has this client's cookie already.
    pub(super) fn has_cookie_of(&self, client: &BrowserClient) -> bool {
        self.client_cookie
            .as_ref()
            .is_some_and(|token| token.id == client.id && client.has_rotating_token(&token.rotating_token))
    }

    /// Returns the active session that the request means: the one that it names, or that of the client.
    pub(super) fn session<'a>(&self, instance: &'a Instance) -> Result<&'a Session, ApiError> {
        let client = self.find_client(instance).ok_or_else(errors::signed_out)?;
        let id = self.session_id.as_ref().or(client.last_active_session_id.as_ref()).ok_or_else(errors::signed_out)?;
        let session = instance.sessions.get(id).filter(|session| session.client_id == client.id);
        session.filter(|session| session.is_active()).ok_or_else(errors::invalid_authentication)
    }

    /// Returns the user of [`Caller::session`].
    pub(super) fn user<'a>(&self, instance: &'a Instance) -> Result<&'a User, ApiError> {
        let session = self.session(instance)?;
        instance.users.get(&session.user_id).ok_or_else(errors::invalid_authentication)
    }

    /// Refuses a dev browser that the instance does not know, for example after a restart. Clerk's script then asks for
    /// another one.
    pub(super) fn check_dev_browser(&self, instance: &Instance) -> Result<(), ApiError> {
        match &self.named_dev_browser {
            Some(token) if !instance.clients.has_dev_browser(token) => Err(errors::unknown_dev_browser()),
            _ => Ok(()),
        }
    }
}

impl FromRequestParts<Clerk> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, clerk: &Clerk) -> Result<Self, ApiError> {
        let query = Query::<Pairs>::try_from_uri(&parts.uri);
        let Query(mut query) = query.map_err(|_| ApiError::invalid_body())?;
        let origin = header_text(&parts.headers, header::ORIGIN).filter(|origin| *origin != "null");
        // A page that calls its own origin, a proxy for example, sends no Origin with a GET request.
        let referer = || header_text(&parts.headers, header::REFERER).and_then(origin_of);
        Ok(Self {
            named_dev_browser: take(&mut query, DEV_BROWSER),
            dev_browser_cookie: cookie(&parts.headers, DEV_BROWSER).map(str::to_owned),
            client_cookie: cookie(&parts.headers, CLIENT_COOKIE).and_then(ClientToken::read),
            session_id: take(&mut query, "_clerk_session_id"),
            origin: origin.map(str::to_owned).or_else(referer),
            http: HttpRequest::from_request_parts(parts, clerk).await.unwrap_or_default(),
        })
    }
}

impl ClientToken {
    /// Reads the claims of the cookie. The signature is not checked, because only the secret in it counts.
    fn read(token: &str) -> Option<Self> {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&claims).ok()
    }
}

/// Returns the origin of a URL of HTTP.
pub(super) fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| ["http", "https"].contains(&url.scheme()))?;
    Some(url.origin().ascii_serialization())
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}
