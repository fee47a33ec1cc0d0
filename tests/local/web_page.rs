//! A web page signs a user up at the Clerk emulator, and Usher knows the user.

use harness::{Logs, options};
use local::Stack;
use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};

const ORIGIN: &str = "http://localhost:3002";

/// A page in a browser, which has the cookie of its client after the first request.
struct Page {
    client: Client,
    clerk: String,
    cookie: String,
}

impl Page {
    async fn post(&mut self, path: &str, form: &str) -> Value {
        let request = self.client.post(format!("{}{path}", self.clerk)).header(header::ORIGIN, ORIGIN);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.to_owned());
        let response = request.header(header::COOKIE, &self.cookie).send().await.unwrap().error_for_status().unwrap();
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        response.json().await.unwrap()
    }

    async fn token(&mut self, session: &str) -> String {
        let token = self.post(&format!("/v1/client/sessions/{session}/tokens"), "").await;
        token["jwt"].as_str().unwrap().to_owned()
    }
}

async fn send(request: RequestBuilder) -> (u16, Value) {
    let response: Response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_user_who_signs_up_in_a_page_is_a_user_of_usher() {
    let mut options = options(&Logs::default());
    // As in production, only tokens of this page are accepted.
    options.environment.insert("CLERK_AUTHORIZED_PARTIES".to_owned(), Some(ORIGIN.to_owned()));
    let stack = Stack::start_async(options).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let mut page = Page { client: client.clone(), clerk: stack.clerk_url().to_owned(), cookie: String::new() };
    let form = "email_address=ada%40example.com&password=correct+horse&first_name=Ada";
    let sign_up = page.post("/v1/client/sign_ups", form).await["response"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/client/sign_ups/{sign_up}");
    page.post(&format!("{path}/prepare_verification"), "strategy=email_code").await;
    let body = page.post(&format!("{path}/attempt_verification"), "strategy=email_code&code=424242").await;
    let (user, session) = (&body["response"]["created_user_id"], &body["response"]["created_session_id"]);

    // The webhook has arrived, because the page's request has ended.
    let session = session.as_str().unwrap();
    let (token, me) = (page.token(session).await, format!("{}/users/me", stack.api_url()));
    let (status, stored) = send(client.get(&me).bearer_auth(&token)).await;
    assert_eq!((status, &stored["id"], &stored["first_name"]), (200, user, &json!("Ada")), "{stored}");

    page.post("/v1/me?_method=PATCH", "first_name=Augusta").await;
    assert_eq!(send(client.get(&me).bearer_auth(&token)).await.1["first_name"], "Augusta");

    // A token of the Backend API has no page.
    let tokens = format!("{}/v1/sessions/{session}/tokens", stack.clerk_url());
    let (_, of_backend) = send(client.post(tokens).bearer_auth(stack.clerk().secret_key())).await;
    let (status, problem) = send(client.get(&me).bearer_auth(of_backend["jwt"].as_str().unwrap())).await;
    assert_eq!(status, 401, "{problem}");

    page.post("/v1/me?_method=DELETE", "").await;
    let (status, problem) = send(client.get(&me).bearer_auth(&token)).await;
    assert_eq!((status, problem["title"].as_str()), (401, Some("Account deleted")), "{problem}");
}
