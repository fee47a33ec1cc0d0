//! What surrounds the routes of the Frontend API.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    extract::{Query, Request},
    http::{HeaderName, HeaderValue, Method, Uri, request::Parts},
    middleware::from_fn_with_state,
    response::Response,
};
use tower::{ServiceBuilder, util::BoxCloneSyncService};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};
use usher_loopback::is_loopback_origin;

use crate::{
    clerk::Clerk,
    http::{
        api_error::ApiError,
        interceptor::intercept,
        query::{Pairs, take},
    },
};

/// The response headers that Clerk's script reads beside those that every page may read.
const EXPOSED: [HeaderName; 3] = [
    HeaderName::from_static("authorization"),
    HeaderName::from_static("clerk-db-jwt"),
    HeaderName::from_static("retry-after"),
];

/// Adds the layers to the routes: CORS with credentials for pages of this machine, the faults of a test, and the method
/// that is named in the query.
pub(super) fn frontend_service(
    clerk: &Clerk,
    routes: Router<Clerk>,
) -> BoxCloneSyncService<Request, Response, Infallible> {
    let router = routes
        .fallback(async || ApiError::route_not_found())
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(clerk.interceptor().without_rate_limit(), intercept))
        .with_state(clerk.clone());
    // The method and the path must be final before the router looks at them, so this is around it.
    let service = ServiceBuilder::new().layer(cors()).map_request(normalize).service(router);
    BoxCloneSyncService::new(service)
}

fn cors() -> CorsLayer {
    let is_local = |origin: &HeaderValue, _: &Parts| origin.to_str().is_ok_and(is_loopback_origin);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_local))
        .allow_credentials(true)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
}

/// Takes the method from the query, where Clerk's script puts it to avoid a preflight request, and removes a slash at
/// the end of the path.
fn normalize(mut request: Request<Body>) -> Request<Body> {
    // The router outside has matched a part of the path, which would count as a parameter of the route inside.
    request.extensions_mut().clear();
    if request.method() == Method::POST
        && let Some(method) = method_in_query(request.uri())
    {
        *request.method_mut() = method;
    }
    if let Some(uri) = without_trailing_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn method_in_query(uri: &Uri) -> Option<Method> {
    let Query(mut query) = Query::<Pairs>::try_from_uri(uri).ok()?;
    let method = take(&mut query, "_method")?;
    [Method::PATCH, Method::PUT, Method::DELETE].into_iter().find(|known| known.as_str() == method)
}

fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{path}{query}").parse().ok()
}
