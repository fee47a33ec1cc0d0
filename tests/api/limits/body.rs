//! Bodies: 256 KB on every route that takes one.

use harness::Usher;

use super::{SECRET, caller_with_thread};
use crate::routes;

const BYTES: usize = 256 * 1024;

#[tokio::test]
async fn a_body_has_256_kb_at_most_on_every_route() {
    // As text, and as API Gateway hands over what it takes for binary.
    let encoding = Usher::with_options(|options| options.base64_bodies = true).await;
    for usher in [Usher::shared().await, encoding] {
        let (ada, thread) = caller_with_thread(&usher).await;
        let thread = thread.trim_start_matches("/threads/");
        let routes = routes::all().into_iter().filter(|route| route.path != "/webhooks/clerk");
        for route in routes.filter(|route| !route.body().is_empty()) {
            let path = route.path_of(thread, &ada.id);
            // White space after a value is JSON.
            let padded = |bytes: usize| [route.body(), vec![b' '; bytes - route.body().len()]].concat();
            for past in [BYTES + 1, BYTES + 2, BYTES + 3, 4 * BYTES] {
                let refused = ada.expect_refused(SECRET, ada.ask(route.method.clone(), &path, padded(past))).await;
                let detail = refused.labeled(&route.name()).expect_problem(413, "too-large");
                assert!(detail.contains("262144 bytes"), "{detail}");
            }
            let taken = ada.ask(route.method.clone(), &path, padded(BYTES)).await;
            assert!(taken.status.is_success(), "{}: {} {}", route.name(), taken.status, taken.body);
        }
    }
}
