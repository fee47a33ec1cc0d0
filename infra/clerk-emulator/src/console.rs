//! The console: a page that shows an instance and drives it through the control routes.
//!
//! The page is static and the same for everybody, so any page may link to it. Its script asks the control routes for
//! everything else, and only pages of this port may do so.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use serde_json::{Value, json};
use usher_loopback::{Hosts, Pages, guarded};

use crate::{SERVICE, clerk::Clerk};

/// The files of the page: path, media type, content.
const FILES: [(&str, &str, &str); 9] = [
    ("/", HTML, include_str!("console/index.html")),
    ("/control/console/icon.svg", "image/svg+xml", include_str!("console/icon.svg")),
    ("/control/console/style.css", "text/css; charset=utf-8", include_str!("console/style.css")),
    ("/control/console/main.js", JAVASCRIPT, include_str!("console/main.js")),
    ("/control/console/api.js", JAVASCRIPT, include_str!("console/api.js")),
    ("/control/console/dom.js", JAVASCRIPT, include_str!("console/dom.js")),
    ("/control/console/users.js", JAVASCRIPT, include_str!("console/users.js")),
    ("/control/console/deliveries.js", JAVASCRIPT, include_str!("console/deliveries.js")),
    ("/control/console/stack.js", JAVASCRIPT, include_str!("console/stack.js")),
];
const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The headers of every file. No other page can frame or embed the console, and the console runs and calls nothing but
/// its own files and routes.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // The next version of the emulator has other files.
    (header::CACHE_CONTROL, "no-cache"),
];

/// The console of an instance, and what it shows beside the instance.
#[derive(Debug, Clone, Default)]
pub struct Console {
    /// The URL of the app in which the console signs users in, as in `http://localhost:3002/sign-in`. The page there
    /// must accept Clerk's parameter `__clerk_ticket`, as `<SignIn/>` does.
    pub app_url: Option<String>,
    /// Further control routes of a stack that has a table and WebSockets: `/control/rows` and `/control/connections`.
    pub stack_routes: Option<Router>,
}

impl Clerk {
    /// Returns all routes with the check of their callers: those of [`Clerk::router`] for programs of this machine, those
    /// of [`Clerk::frontend_router`] also for pages of this machine, and, if there is a console, the control routes for
    /// programs and the page of the console. Serve them with [`Pages::AsCorsAllows`], because each part has a check of
    /// its own.
    pub fn guarded_router(&self, console: Option<Console>, hosts: &Hosts) -> Router {
        let router = guarded(SERVICE, self.router(), hosts, Pages::None);
        let router = router.merge(guarded(SERVICE, self.frontend_router(), hosts, Pages::OfThisMachine));
        let Some(console) = console else { return router };
        let settings = json!({
            "object": "console",
            "app_url": console.app_url,
            "has_stack": console.stack_routes.is_some(),
        });
        let control = self
            .control_router()
            .merge(Router::new().route("/control/console", get(settings_of)).with_state(settings))
            .merge(console.stack_routes.unwrap_or_default());
        router.merge(guarded(SERVICE, control, hosts, Pages::Own)).merge(files())
    }
}

async fn settings_of(State(settings): State<Value>) -> Json<Value> {
    Json(settings)
}

fn files() -> Router {
    let add = |router: Router, (path, media_type, content): (&'static str, &'static str, &'static str)| {
        router.route(path, get(async move || ([(header::CONTENT_TYPE, media_type)], content)))
    };
    FILES.into_iter().fold(Router::new(), add).layer(map_response(secure))
}

async fn secure(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
