//! `cargo dev`, as a developer uses it on a fresh clone.

use std::process::Stdio;

use harness::{Api, Key, Logs, Token, Usher, binaries, new_secret, new_user_id, now_ms, user_object};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// The JSON objects in the output of the tour. Some lines hold two of them.
fn json_documents(output: &str) -> Vec<Value> {
    output
        .replace("}{", "}\n{")
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(Value::is_object)
        .collect()
}

/// Runs the tour and returns its output. Returns `None` on a machine without `curl`.
pub(crate) async fn run_tour(tour: &str) -> Option<String> {
    Command::new("curl").arg("--version").output().await.ok()?;
    let output = Command::new("sh").arg("-c").arg(tour).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Asserts that each line of the tour printed the documented result.
pub(crate) fn assert_tour_output(output: &str) {
    let id = output.lines().next().unwrap();
    assert!(id.starts_with("user_"), "{output}");

    let mut documents = json_documents(output);
    // The answer to the change of the settings, which live updates tell of.
    let settings = json!({"theme": "dark"});
    let is_live = documents.contains(&settings);
    documents.retain(|document| *document != settings);
    // The end of the export, which is missing where responses cannot be streamed.
    documents.retain(|document| {
        let is_end = document["type"] == "end";
        let counts = json!({"users": 1, "settings": 1, "threads": 1, "messages": 8});
        assert!(!is_end || document["outcome"] == "complete" && document["counts"] == counts, "{output}");
        !is_end
    });
    let [me, changed, card, exchange, messages, found, deletion, refused] = &documents[..] else { panic!("{output}") };
    assert_eq!((&me["id"], &me["first_name"], &me["last_name"]), (&json!(id), &json!("Ada"), &json!("Lovelace")));
    assert_eq!((&changed["id"], &changed["first_name"]), (&json!(id), &json!("Augusta Ada")));
    assert_eq!((me.get("private_metadata"), changed.get("private_metadata")), (None, None));
    let image = &me["image_url"];
    assert!(image.is_string());
    assert_eq!((&card["id"], &card["name"]), (&json!(id), &json!("Augusta Ada Lovelace")));
    assert_eq!(card.as_object().unwrap().len(), 4, "{card}");
    assert_eq!((&exchange["user"]["role"], &exchange["assistant"]["role"]), (&json!("user"), &json!("assistant")));
    assert_eq!(messages, &json!({"items": [exchange["user"], exchange["assistant"]], "next_cursor": null}));
    let hits = found["items"].as_array().unwrap();
    assert_eq!((hits.len(), &hits[0]["message"]["id"]), (1, &exchange["user"]["id"]), "{found}");
    assert_eq!(deletion, &json!({"object": "user", "id": id, "deleted": true}));
    assert_eq!(refused["type"], "urn:usher:problem:user-deleted");
    let statuses: Vec<_> = output.lines().filter(|line| line.starts_with("HTTP/")).map(str::trim).collect();
    assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 401 Unauthorized"]);
    if is_live {
        let heard: Vec<_> = output.lines().skip_while(|line| *line != "ready").skip(1).collect();
        assert_eq!(heard[0], settings.to_string());
        assert!(heard[1..].iter().any(|line| line.starts_with("changed ") && line.ends_with("settings")), "{output}");
    }
}

#[tokio::test]
async fn every_line_of_the_tour_works_when_pasted_twice() {
    let usher = Usher::with_options(|_| {}).await;
    for _ in 0..2 {
        let Some(output) = run_tour(&usher.tour()).await else { return };
        assert_tour_output(&output);
        assert!(output.contains("\nready\n") && output.contains(r#""outcome":"complete""#), "{output}");
        let chunks = output.lines().filter_map(|line| line.strip_prefix("data: "));
        let chunks = chunks.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        let reply: String = chunks.filter_map(|chunk| chunk["delta"].as_str().map(str::to_owned)).collect();
        // Whole, and then from an offset.
        assert_eq!(reply, "You wrote: And paint?wrote: And paint?");
    }
}

#[tokio::test]
async fn listening_fails_at_once_without_a_stack() {
    let mut listen = Command::new(binaries().join("local"));
    listen.args(["listen", "a.b.c", "--url", "http://127.0.0.1:9", "--until", "settings"]);
    let output = listen.output().await.unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: ") && !error.contains("a.b.c"), "{error}");
}

/// A running `cargo dev` and its output.
pub(crate) struct CargoDev {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl CargoDev {
    fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(binaries().join("local"));
        command.args(arguments).envs(environment.iter().copied()).kill_on_drop(true);
        command.current_dir(local::find_template().parent().unwrap());
        // `cargo dev` builds before it starts. It shares the build folder of the tests and needs no network.
        command.env("CARGO_TARGET_DIR", binaries().parent().unwrap()).env("CARGO_NET_OFFLINE", "true");
        command
    }

    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Self::command(arguments, environment);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(crate) async fn read_line(&mut self) -> String {
        self.lines.next_line().await.unwrap().expect("a line")
    }

    /// Reads the output up to the line that contains `last`.
    pub(crate) async fn read_until(&mut self, last: &str) -> String {
        let mut text = String::new();
        while !text.contains(last) {
            text += &self.read_line().await;
            text.push('\n');
        }
        text
    }

    /// Stops the process as Ctrl-C does, and asserts that it ends with success.
    pub(crate) async fn interrupt(mut self) {
        let interrupt = format!("kill -INT {}", self.child.id().unwrap());
        assert!(Command::new("sh").args(["-c", &interrupt]).status().await.unwrap().success());
        // Read the rest of the output, so that the process does not block on a full pipe.
        while let Ok(Some(_)) = self.lines.next_line().await {}
        assert!(self.child.wait().await.unwrap().success());
    }
}

/// Returns the URLs of a ready line. Asserts that the line has exactly these names.
pub(crate) fn parse_ready_line<'a>(ready: &'a str, names: &[&str]) -> Vec<&'a str> {
    let mut words = ready.split(' ');
    assert_eq!(words.next(), Some("ready:"), "{ready}");
    let url = |name: &&str| {
        assert_eq!(words.next(), Some(*name), "{ready}");
        let url = words.next().unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{ready}");
        url
    };
    let urls = names.iter().map(url).collect();
    assert_eq!(words.next(), None, "{ready}");
    urls
}

#[tokio::test]
async fn environment_variables_override_the_emulator() {
    const ISSUER: &str = "https://clerk.example.com";
    let (key, secret) = (Key::generate(), new_secret());
    let variables = [
        ("CLERK_ISSUER", ISSUER),
        ("CLERK_JWT_KEY", &key.public_pem()),
        ("CLERK_WEBHOOK_SECRET", &secret),
        ("CLERK_AUTHORIZED_PARTIES", "https://app.example.com"),
        ("CLERK_INSTANCE_ID", "ins_own"),
    ];
    let mut dev = CargoDev::start(&["--port", "0"], &variables);
    let ready = dev.read_line().await;
    let url = parse_ready_line(&ready, &["api", "clerk", "dynamodb"])[0];
    assert_eq!(dev.read_line().await, format!("# {url}/openapi.json describes the API as OpenAPI 3.1"));
    let api = Api::new(url, Logs::default());
    let (ada, now) = (new_user_id(), now_ms());
    let event = |kind: &str, data: &str, instance: &str| {
        format!(r#"{{"type":"{kind}","data":{data},"timestamp":{now},"instance_id":"{instance}"}}"#)
    };
    let token = Token::of_instance(ISSUER, &ada).claim("azp", "https://app.example.com");

    let created = event("user.created", &user_object(&ada, now), "ins_own");
    api.deliver_signed(&new_secret(), created.clone()).await.expect_problem(400, "invalid-signature");
    api.deliver_signed(&secret, created).await.assert_outcome("created");
    let foreign = event("user.updated", &user_object(&ada, now + 1), "ins_other");
    api.deliver_signed(&secret, foreign).await.expect_problem(403, "foreign-instance");
    assert_eq!(api.get("/users/me", &token.signed_by(&key)).await.expect_json()["id"], ada);
    api.get("/users/me", &token.signed_by(&Key::generate())).await.expect_unauthorized("invalid-token");
    let other_origin = token.clone().claim("azp", "https://evil.example.com").signed_by(&key);
    api.get("/users/me", &other_origin).await.expect_unauthorized("invalid-token");
    let deleted = event("user.deleted", &format!(r#"{{"id":"{ada}","deleted":true}}"#), "ins_own");
    api.deliver_signed(&secret, deleted).await.assert_outcome("deleted");
    api.get("/users/me", &token.signed_by(&key)).await.expect_unauthorized("user-deleted");

    dev.interrupt().await;
    let address = url.trim_start_matches("http://");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

/// Runs `cargo dev` until it ends by itself. Returns what it wrote to standard output and standard error.
async fn run_to_end(arguments: &[&str], environment: &[(&str, &str)]) -> (String, String) {
    let mut command = CargoDev::command(arguments, environment);
    let output = command.stderr(Stdio::piped()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_stack_that_cannot_work_is_never_ready() {
    let (output, errors) = run_to_end(&["--port", "0"], &[("CLERK_ISSUER", "clerk.example.com/private")]).await;
    assert_eq!(output, "");
    let last = errors.lines().last().unwrap();
    assert!(last.starts_with("error: a function does not start: "), "{last}");
    assert!(last.contains(": init failed (exit status: 1): CLERK_ISSUER must be https://<host>"), "{last}");
    assert!(last.ends_with("; CLERK_ISSUER comes from the environment"), "{last}");
    assert!(!errors.contains("private") && !errors.contains(r#"Error: ""#), "{errors}");
}

#[tokio::test]
async fn a_mistake_in_the_template_is_named_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let template = directory.path().join("template.yaml");
    let text = std::fs::read_to_string(local::find_template()).unwrap();
    for (right, wrong, message) in [
        ("      Environment:", "      Enviroment:", "ClerkWebhook: Properties.Enviroment is not a property of"),
        (
            "            - Effect: Allow",
            "            - Efect: Allow",
            "ClerkWebhook: Properties.Policies.0.Statement.0.Efect",
        ),
        ("            Path: /users/me", "            Path: users/me", "GetCurrentUser: users/me is not a path"),
        ("        TABLE_NAME: !Ref UsherTable", "        TABLE_NAME: !Ref UserTable", "Globals: "),
    ] {
        let line = text.lines().position(|line| line == right).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[line] = wrong;
        std::fs::write(&template, lines.join("\n")).unwrap();
        let (output, errors) = run_to_end(&["--port", "0", "--template", template.to_str().unwrap()], &[]).await;
        assert_eq!(output, "");
        let expected = format!("error: {}:{}: {message}", template.display(), line + 1);
        assert!(errors.starts_with(&expected), "{errors}");
    }
}

/// Returns the secret key of the Clerk emulator from the tour.
async fn read_secret_key(dev: &mut CargoDev) -> String {
    let tour = dev.read_until("so that the tour can be taken again").await;
    tour.split_once(" KEY=").unwrap().1.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_data_directory_keeps_users_sessions_and_keys() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut arguments = vec!["--port", "0", "--data", data.to_str().unwrap()];
    let mut dev = CargoDev::start(&arguments, &[]);
    let ready = dev.read_line().await;
    let clerk = parse_ready_line(&ready, &["api", "clerk", "dynamodb"])[1].to_owned();
    let key = read_secret_key(&mut dev).await;
    let client = reqwest::Client::new();
    let post = async |path: &str, body: Value| -> Value {
        let request = client.post(format!("{clerk}{path}")).bearer_auth(&key).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    };
    let ada = post("/v1/users", json!({"first_name": "Ada"})).await;
    let session = post("/v1/sessions", json!({"user_id": ada["id"]})).await;
    let tokens = format!("/v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    let token = post(&tokens, json!({"expires_in_seconds": 600})).await["jwt"].as_str().unwrap().to_owned();

    let (output, errors) = run_to_end(&arguments, &[]).await;
    assert_eq!(output, "");
    let expected =
        format!("error: {}: another cargo dev uses this directory; --data DIR takes another", data.display());
    assert!(errors.contains(&expected), "{errors}");
    dev.interrupt().await;

    // The issuer of a token has the emulator's port.
    let port = clerk.rsplit(':').next().unwrap().to_owned();
    arguments.extend(["--clerk-port", &port]);
    let mut dev = CargoDev::start(&arguments, &[]);
    let ready = dev.read_line().await;
    let url = parse_ready_line(&ready, &["api", "clerk", "dynamodb"])[0];
    assert_eq!(read_secret_key(&mut dev).await, key);
    let api = Api::new(url, Logs::default());
    let later = post(&tokens, json!({})).await["jwt"].as_str().unwrap().to_owned();
    for token in [&token, &later] {
        assert_eq!(api.get("/users/me", token).await.expect_json()["id"], ada["id"]);
    }
    dev.interrupt().await;
}

#[tokio::test]
async fn a_file_in_place_of_a_directory_is_named_with_its_option() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    for (options, path) in [
        (&["--data"][..], file.clone()),
        (&["--data"], file.join("usher")),
        (&["--services", "--env-files"], file.clone()),
    ] {
        let option = options.last().unwrap();
        let arguments = [&["--port", "0"], options, &[path.to_str().unwrap()]].concat();
        let (output, errors) = run_to_end(&arguments, &[]).await;
        let expected = format!("{option} {}: {} is a file; name a directory\n", path.display(), file.display());
        assert!(output.is_empty() && errors.ends_with(&expected), "{output}{errors}");
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
}

#[tokio::test]
async fn a_refused_request_leaves_a_line_that_says_why() {
    let mut command = CargoDev::command(&["--port", "0"], &[]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Kept, because `cargo dev` ends if nobody can read the rest of its output.
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = output.next_line().await.unwrap().unwrap();
    let [api, clerk, _] = parse_ready_line(&ready, &["api", "clerk", "dynamodb"])[..] else { panic!("{ready}") };
    let client = reqwest::Client::new();
    let get = |url: &str, path: &str| client.get(format!("{url}{path}"));
    for (request, status) in [
        (get(api, "/nothing?secret"), 404),
        (get(api, "/users/me").bearer_auth("secret"), 401),
        (get(api, "/a/ada@example.com?secret").header("host", "evil.example"), 403),
        (get(clerk, "/b?secret").header("origin", "https://evil.example"), 403),
        (get(clerk, "/v1/nothing/ada@example.com?secret"), 404),
        (get(clerk, "/v1/users?secret").bearer_auth("secret"), 401),
    ] {
        assert_eq!(request.send().await.unwrap().status(), status);
    }

    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut log = String::new();
    for expected in [
        " GET /nothing 404 no route",
        " invalid-token: the token is not a JWT of three parts",
        " GET /a/… 403 The Host of the request is not a name of this machine.",
        " clerk: GET /b 403 Web pages may not call this service.",
        " clerk: GET /v1/nothing/… 404 resource_not_found",
        " clerk: GET /v1/users 401 clerk_key_invalid",
    ] {
        while !log.contains(expected) {
            let line = tokio::time::timeout(std::time::Duration::from_secs(20), lines.next_line()).await;
            log += &line.unwrap_or_else(|_| panic!("{expected} is not in {log}")).unwrap().unwrap();
            log.push('\n');
        }
    }
    assert!(!log.contains("secret") && !log.contains("example"), "{log}");
}

#[tokio::test]
async fn a_given_secret_key_is_never_printed() {
    const KEY: &str = "sk_test_of_somebody";
    let mut dev = CargoDev::start(&["--port", "0"], &[("CLERK_SECRET_KEY", KEY)]);
    let tour = dev.read_until("so that the tour can be taken again").await;
    assert!(tour.contains("KEY=$CLERK_SECRET_KEY"), "{tour}");
    assert!(!tour.contains(KEY), "{tour}");
    dev.interrupt().await;
}
