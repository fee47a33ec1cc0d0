//! The page of the console, and who may read and act through it.

use axum::Router;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use usher_loopback::Hosts;

use crate::{Clerk, Console, Options};

/// A console on a port of its own.
struct Page {
    clerk: Clerk,
    origin: String,
    client: reqwest::Client,
}

impl Page {
    async fn open(console: Option<Console>) -> Self {
        Self::open_for(console, &Hosts::default()).await
    }

    async fn open_for(console: Option<Console>, hosts: &Hosts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let webhook_url = "http://127.0.0.1:9".to_owned();
        let clerk = Clerk::new(Options { webhook_url, retry_delays: Vec::new(), ..Options::default() }).unwrap();
        let router = clerk.guarded_router(console, hosts);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { clerk, origin, client: reqwest::Client::new() }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(Method::GET, path, headers, None).await
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }
}

#[tokio::test]
async fn the_page_and_all_that_it_loads_are_served() {
    let page = Page::open(Some(Console::default())).await;
    let html = page.get("/", &[]).await;
    assert_eq!(html.headers()["content-type"], "text/html; charset=utf-8");
    let policy = html.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for directive in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert_eq!(html.headers()["cross-origin-resource-policy"], "same-origin");
    let html = html.text().await.unwrap();
    assert!(html.starts_with("<!doctype html>"));
    let mut waiting: Vec<String> =
        html.split('"').filter(|text| text.starts_with("/control/console/")).map(str::to_owned).collect();
    let mut loaded = Vec::new();
    while let Some(path) = waiting.pop() {
        let file = page.get(&path, &[]).await;
        assert_eq!(file.status(), 200, "{path}");
        let media_type = file.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(media_type.starts_with("text/css"), path.ends_with(".css"), "{path}");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
        let text = file.text().await.unwrap();
        loaded.push(path);
        for import in text.split("from './").skip(1).filter_map(|rest| rest.split('\'').next()) {
            let path = format!("/control/console/{import}");
            if !loaded.contains(&path) && !waiting.contains(&path) {
                waiting.push(path);
            }
        }
        // The page shows texts of webhooks, which anybody may write. So no text becomes markup.
        for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
    }
    assert_eq!(loaded.len(), 8, "{loaded:?}");
}

#[tokio::test]
async fn the_console_may_read_and_act() {
    let page = Page::open(Some(Console::default())).await;
    let own = [("origin", page.origin.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(page.get("/control/state", &own[1..]).await.status(), 200);
    assert_eq!(page.get("/control/events", &own[1..]).await.status(), 200);
    let added = page.send(Method::POST, "/control/v1/users", &own, Some(json!({"first_name": "Ada"}))).await;
    assert_eq!(added.status(), 200);
    let user = added.json::<Value>().await.unwrap();
    assert_eq!(page.clerk.user_object(user["id"].as_str().unwrap()), Some(user));
}

#[tokio::test]
async fn a_page_of_another_origin_can_neither_read_nor_act() {
    let page = Page::open(Some(Console::default())).await;
    let other_name = page.origin.replace("127.0.0.1", "localhost");
    let other_port = "http://127.0.0.1:1";
    let foreign = [
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        [("origin", other_port), ("sec-fetch-site", "same-site")],
        [("origin", &other_name), ("sec-fetch-site", "same-site")],
        [("origin", "null"), ("sec-fetch-site", "cross-site")],
        // As old browsers, which have only one of the two.
        [("origin", other_port), ("x", "")],
        [("x", ""), ("sec-fetch-site", "same-site")],
    ];
    for headers in &foreign {
        for path in
            ["/control/state", "/control/events", "/control/v1/users", "/control/deliveries", "/control/console"]
        {
            let response = page.get(path, headers).await;
            assert_eq!(response.status(), 403, "{path} {headers:?}");
            assert_eq!(response.headers().get("access-control-allow-origin"), None);
        }
        for (method, path) in [
            (Method::POST, "/control/v1/users"),
            (Method::PUT, "/control/webhooks"),
            (Method::POST, "/control/keys/rotate"),
            (Method::OPTIONS, "/control/v1/users"),
        ] {
            let response = page.send(method, path, headers, Some(json!({"delivery": "drop"}))).await;
            assert_eq!(response.status(), 403, "{path} {headers:?}");
        }
    }
    let state: Value = page.get("/control/state", &[]).await.json().await.unwrap();
    assert_eq!((&state["users"], &state["webhooks"]["delivery"]), (&json!(0), &json!("send")));
}

#[tokio::test]
async fn the_controls_are_closed_to_an_allowed_host() {
    let hosts = Hosts::new(["tunnel.example".to_owned()]);
    let page = Page::open_for(Some(Console::default()), &hosts).await;
    let tunnel = [("host", "tunnel.example")];
    for path in ["/control/state", "/control/v1/users", "/control/console"] {
        let refused = page.get(path, &tunnel).await;
        assert_eq!(refused.status(), 403, "{path}");
        // The option that allows the host does not help here, so the reason does not name it.
        assert_eq!(refused.text().await.unwrap(), "The control routes may be called by a name of loopback only.\n");
    }
    assert_eq!(page.get("/.well-known/jwks.json", &tunnel).await.status(), 200);
    assert_eq!(page.get("/control/state", &[("host", "localhost")]).await.status(), 200);
}

#[tokio::test]
async fn the_backend_api_takes_no_page_not_even_the_console() {
    let page = Page::open(Some(Console::default())).await;
    let key = format!("Bearer {}", page.clerk.secret_key());
    let own = [("sec-fetch-site", "same-origin"), ("authorization", &*key)];
    assert_eq!(page.get("/v1/users", &own).await.status(), 403);
    assert_eq!(page.get("/v1/users", &own[1..]).await.status(), 200);
}

#[tokio::test]
async fn any_page_may_link_to_the_console_but_not_frame_it() {
    let page = Page::open(Some(Console::default())).await;
    let link = page.get("/", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]).await;
    assert_eq!((link.status(), &link.headers()["x-frame-options"]), (StatusCode::OK, &"DENY".parse().unwrap()));
}

#[tokio::test]
async fn a_console_without_a_stack_says_so() {
    let settings = async |console: Console| {
        let page = Page::open(Some(console)).await;
        page.get("/control/console", &[]).await.json::<Value>().await.unwrap()
    };
    let alone = json!({"object": "console", "app_url": null, "has_stack": false});
    assert_eq!(settings(Console::default()).await, alone);
    let rows = Router::new().route("/control/rows", axum::routing::get(async || "rows"));
    let app_url = Some("http://localhost:3002".to_owned());
    let with_stack = settings(Console { app_url, stack_routes: Some(rows) }).await;
    assert_eq!((&with_stack["app_url"], &with_stack["has_stack"]), (&json!("http://localhost:3002"), &json!(true)));
}

#[tokio::test]
async fn without_controls_there_is_no_console() {
    let page = Page::open(None).await;
    for path in ["/", "/control/console", "/control/state", "/control/console/main.js"] {
        assert_eq!(page.get(path, &[]).await.status(), 404, "{path}");
    }
}
