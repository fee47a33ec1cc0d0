//! `/npm/@clerk/…`: Clerk's scripts for the browser, from the `node_modules` of an app.

use std::path::PathBuf;

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::http::api_error::ApiError;

/// The packages that have a script for the browser.
const PACKAGES: [&str; 2] = ["clerk-js", "ui"];

/// Serves `/npm/@clerk/<package>@<version>/dist/<file>` from `<folder>/@clerk/<package>/dist/<file>`. The version is not
/// compared, because the app has installed one. Other paths are not found.
pub(super) async fn serve_script(folder: Option<PathBuf>, request: Request) -> Response {
    let file = folder.zip(request.uri().path().strip_prefix("/npm/@clerk/").and_then(file_of));
    let Some((folder, file)) = file else { return ApiError::route_not_found().into_response() };
    let (mut parts, _) = request.into_parts();
    let Ok(uri) = Uri::try_from(file) else { return ApiError::route_not_found().into_response() };
    parts.uri = uri;
    // The service refuses paths that leave the folder, also encoded ones.
    let served = ServeDir::new(folder.join("@clerk")).append_index_html_on_directories(false);
    match served.oneshot(Request::from_parts(parts, Body::empty())).await {
        Ok(response) if response.status() != StatusCode::NOT_FOUND => response.map(Body::new),
        _ => ApiError::route_not_found().into_response(),
    }
}

/// Returns the path of a file inside the folder `@clerk`, without the version.
fn file_of(path: &str) -> Option<String> {
    let (package, rest) = path.split_once('@')?;
    let (_version, file) = rest.split_once('/')?;
    let is_script = PACKAGES.contains(&package) && file.starts_with("dist/");
    is_script.then(|| format!("/{package}/{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_two_packages_have_a_path() {
        let file = |path: &str| file_of(path);
        assert_eq!(file("clerk-js@6/dist/clerk.browser.js").as_deref(), Some("/clerk-js/dist/clerk.browser.js"));
        assert_eq!(file("ui@1.36.0/dist/a.js").as_deref(), Some("/ui/dist/a.js"));
        for other in ["react@6/dist/index.js", "ui@1/package.json", "ui/dist/a.js", "ui@1", "../ui@1/dist/a.js"] {
            assert_eq!(file(other), None, "{other}");
        }
    }
}
