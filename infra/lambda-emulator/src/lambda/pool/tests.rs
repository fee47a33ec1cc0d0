use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::testing;

struct Function {
    pool: Pool,
    logs: Arc<Mutex<Vec<String>>>,
}

impl Function {
    async fn new(change: impl FnOnce(&mut Program, &mut Options)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let logs = Arc::default();
        let mut options = Options { logs: LogSink::Capture(Arc::clone(&logs)), ..Options::default() };
        let mut program = Program {
            function: "f".to_owned(),
            binary: testing::executable(),
            arguments: testing::ARGUMENTS.map(str::to_owned).to_vec(),
            environment: [("DECLARED".to_owned(), "yes".to_owned())].into(),
            timeout: Duration::from_secs(20),
            init_timeout: Duration::from_secs(20),
        };
        change(&mut program, &mut options);
        let runtime_api = RuntimeApi::new(listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, runtime_api.router()).into_future());
        Self { pool: Pool::new(program, &options, runtime_api), logs }
    }

    async fn ready() -> Self {
        Self::new(|_, _| {}).await
    }

    /// A function whose process is a shell command.
    async fn shell(command: &'static str, init_timeout: Duration) -> Self {
        Self::new(|program, _| {
            program.binary = "/bin/sh".into();
            program.arguments = vec!["-c".to_owned(), command.to_owned()];
            program.init_timeout = init_timeout;
        })
        .await
    }

    async fn invoke(&self, event: Value) -> Result<Value, InvokeError> {
        let answer = self.pool.invoke(event.to_string().into(), None).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    async fn pid(&self) -> u64 {
        self.invoke(json!({})).await.unwrap()["pid"].as_u64().unwrap()
    }

    fn logged(&self, text: &str) -> bool {
        self.logs.lock().unwrap().iter().any(|line| line.starts_with("f: ") && line.contains(text))
    }
}

#[tokio::test]
async fn a_process_is_used_again() {
    let function = Function::ready().await;
    let answer = function.invoke(json!({"a": 1})).await.unwrap();
    assert_eq!(answer["event"], json!({"a": 1}));
    assert_eq!(answer["pid"].as_u64().unwrap(), function.pid().await);
    assert!(function.logged(r#"event {"a":1}"#), "standard output goes to the log");
}

#[tokio::test]
async fn concurrent_invocations_have_their_own_processes() {
    let function = Function::ready().await;
    let (first, second) = tokio::join!(function.pid(), function.pid());
    assert_ne!(first, second);
    assert_eq!(function.pool.idle().len(), 2);
}

#[tokio::test]
async fn invocations_beyond_the_concurrency_wait() {
    let function = Function::new(|_, options| options.concurrency = 1).await;
    let (first, second) = tokio::join!(function.pid(), function.pid());
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_crash_is_an_error_and_the_next_process_is_fresh() {
    let function = Function::ready().await;
    let before = function.pid().await;
    let error = function.invoke(json!({"do": "exit"})).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Crash { reason, .. } if reason.contains("exit status: 3")), "{error}");
    assert!(function.logged("the process ended during an invocation: exit status: 3"));
    assert_ne!(before, function.pid().await);
}

#[tokio::test]
async fn a_process_is_killed_after_its_timeout() {
    let function = Function::new(|program, _| program.timeout = Duration::from_millis(300)).await;
    let before = function.pid().await;
    let error = function.invoke(json!({"do": "hang"})).await.unwrap_err();
    assert_eq!(error, InvokeError::Timeout { function: "f".to_owned(), after: Duration::from_millis(300) });
    assert!(function.logged("timed out after 300 ms"));
    assert_ne!(before, function.pid().await);
}

#[tokio::test]
async fn a_handler_error_keeps_the_process() {
    let function = Function::ready().await;
    let before = function.pid().await;
    let error = function.invoke(json!({"do": "error"})).await.unwrap_err();
    assert!(
        matches!(&error, InvokeError::Handler { kind, message, .. } if kind == "Store" && message == "the table is gone"),
        "{error}"
    );
    assert_eq!(before, function.pid().await);
}

#[tokio::test]
async fn a_process_that_ended_while_idle_is_replaced() {
    let function = Function::ready().await;
    let before = function.invoke(json!({"then": "exit"})).await.unwrap()["pid"].as_u64().unwrap();
    assert_ne!(before, function.pid().await);
}

#[tokio::test]
async fn a_response_over_the_limit_is_an_error() {
    let function = Function::ready().await;
    let error = function.invoke(json!({"do": "large"})).await.unwrap_err();
    assert!(matches!(error, InvokeError::ResponseTooLarge { bytes, .. } if bytes > 7_000_000), "{error}");
    function.pid().await;
}

#[tokio::test]
async fn an_init_that_exits_reports_or_hangs_is_an_error() {
    let exits = Function::shell("echo no configuration >&2; exit 3", Duration::from_secs(20)).await;
    let error = exits.invoke(json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "f: init failed (exit status: 3): no configuration");

    let hangs = Function::shell("exec sleep 60", Duration::from_millis(200)).await;
    let error = hangs.invoke(json!({})).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Init { reason, .. } if reason.contains("200 ms")), "{error}");

    let reports =
        Function::new(|program, _| drop(program.environment.insert("INIT_ERROR".to_owned(), "1".to_owned()))).await;
    let error = reports.invoke(json!({})).await.unwrap_err();
    assert!(
        matches!(&error, InvokeError::Init { reason, .. } if reason.contains("CLERK_ISSUER is not set")),
        "{error}"
    );
    assert!(reports.logged("init failed: Configuration: CLERK_ISSUER is not set"));

    let missing = Function::new(|program, _| program.binary = "/nowhere/f".into()).await;
    let error = missing.invoke(json!({})).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Init { reason, .. } if reason.contains("/nowhere/f")), "{error}");
}

#[tokio::test]
async fn the_environment_is_what_the_template_declares() {
    let function = Function::ready().await;
    let environment = function.invoke(json!({"do": "environment"})).await.unwrap();
    let names: Vec<&String> = environment.as_object().unwrap().keys().collect();
    assert_eq!(names, ["AWS_LAMBDA_RUNTIME_API", "DECLARED"]);
}

#[tokio::test]
async fn the_deadline_is_the_timeout_from_now() {
    let function = Function::ready().await;
    let deadline = u128::from(function.invoke(json!({"do": "deadline"})).await.unwrap().as_u64().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert!((now + 10_000..=now + 20_000).contains(&deadline), "{deadline} {now}");
}

#[tokio::test]
async fn an_unregistered_process_is_refused() {
    let function = Function::ready().await;
    let (registration, _) = function.pool.runtime_api.register();
    let url = format!("{}/2018-06-01/runtime/invocation/next", registration.url());
    drop(registration);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 403);
}
