//! Bodies: at most 256 KB on every route that takes one.

use harness::Usher;

use super::{SECRET, create_caller_with_thread};
use crate::routes;

const BYTES: usize = 256 * 1024;

#[tokio::test]
async fn a_body_is_limited_to_256_kb_on_every_route() {
    // Bodies arrive as text, or in base64 if API Gateway takes them for binary data.
    let encoding = Usher::with_options(|options| options.base64_bodies = true).await;
    for usher in [Usher::shared().await, encoding] {
        let (ada, thread) = create_caller_with_thread(&usher).await;
        let thread = thread.trim_start_matches("/threads/");
        let routes = routes::all().into_iter().filter(|route| route.path != "/webhooks/clerk");
        for route in routes.filter(|route| !route.body().is_empty()) {
            let path = route.path_of(thread, &ada.id);
            // JSON allows white space after a value.
            let padded = |bytes: usize| [route.body(), vec![b' '; bytes - route.body().len()]].concat();
            for past in [BYTES + 1, BYTES + 2, BYTES + 3, 4 * BYTES] {
                let refused =
                    ada.expect_refused(SECRET, ada.send_json(route.method.clone(), &path, padded(past))).await;
                let detail = refused.labeled(&route.name()).expect_problem(413, "too-large");
                assert!(detail.contains("262144 bytes"), "{detail}");
            }
            let accepted = ada.send_json(route.method.clone(), &path, padded(BYTES)).await;
            assert!(accepted.status.is_success(), "{}: {} {}", route.name(), accepted.status, accepted.body);
        }
    }
}
