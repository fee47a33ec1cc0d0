//! An operation of the store, in flight as a task, whose calls to DynamoDB are held until they are let go.
//!
//! The SDK's HTTP client holds them (`Gate`). A call belongs to the operation in whose task it is made.

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use harness::now_ms;
use serde_json::{Value, json};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::JoinHandle,
};

/// The number of rows in a page of the store, and in a page of the model.
const PAGES: [(u64, u64); 2] = [(99, 1), (400, 2)];

/// The values of a request that are the time at which it was made. A held request is made when it is let go: otherwise
/// a lease that another pass took in the meantime, and that has expired at once, would count as held.
const NOW: [&str; 2] = [":now", ":until"];

tokio::task_local! {
    /// Where the calls of this task are announced.
    static CALLS: UnboundedSender<Call>;
}

/// A held call.
#[derive(Debug)]
struct Call {
    /// `GetItem`, `Query`, …
    name: String,
    request: Value,
    /// Lets the call go, with this request.
    permit: oneshot::Sender<Value>,
}

/// An operation. It holds a call, or has ended.
#[derive(Debug)]
pub(crate) struct Operation<T> {
    task: JoinHandle<T>,
    calls: UnboundedReceiver<Call>,
    held: Option<Call>,
}

impl<T: Send + 'static> Operation<T> {
    /// Starts an operation, and waits for its first call.
    pub(crate) async fn start(operation: impl Future<Output = T> + Send + 'static) -> Self {
        let (sender, calls) = unbounded_channel();
        let task = tokio::spawn(CALLS.scope(sender, operation));
        let mut operation = Self { task, calls, held: None };
        operation.held = operation.calls.recv().await;
        operation
    }

    /// Returns the name of the held call. `None` if the operation has ended.
    pub(crate) fn held(&self) -> Option<&str> {
        self.held.as_ref().map(|call| call.name.as_str())
    }

    /// Returns the request of the held call.
    pub(crate) fn request(&self) -> &Value {
        self.held.as_ref().map_or(&Value::Null, |call| &call.request)
    }

    /// Lets the held call go, which has to have this name. Waits for the next call or the end.
    pub(crate) async fn release(&mut self, name: &str) {
        assert_eq!(self.held(), Some(name));
        let call = self.held.take().unwrap();
        call.permit.send(call.request).unwrap();
        self.held = self.calls.recv().await;
    }

    /// Lets only the first write of the held `BatchWriteItem` go. Waits until it is done.
    pub(crate) async fn release_first_write(&mut self) {
        let call = self.held.as_mut().unwrap();
        for writes in call.request["RequestItems"].as_object_mut().unwrap().values_mut() {
            writes.as_array_mut().unwrap().truncate(1);
        }
        self.release("BatchWriteItem").await;
    }

    /// Lets all further calls go, and returns the result.
    pub(crate) async fn finish(mut self) -> T {
        while let Some(call) = self.held.take() {
            call.permit.send(call.request).unwrap();
            self.held = self.calls.recv().await;
        }
        self.task.await.unwrap()
    }

    /// Kills the process before the held call.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// Makes a client that holds the calls of operations. It does not retry.
pub(crate) fn client(client: &Client) -> Client {
    let config = client
        .config()
        .to_builder()
        .http_client(Gate(aws_smithy_http_client::Builder::new().build_http()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled());
    Client::from_conf(config.build())
}

#[derive(Debug, Clone)]
struct Gate(SharedHttpClient);

impl HttpClient for Gate {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug, Clone)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, mut http: HttpRequest) -> HttpConnectorFuture {
        let next = self.0.clone();
        let target = http.headers().get("x-amz-target").unwrap();
        let name = target.rsplit('.').next().unwrap().to_owned();
        let mut request: Value = serde_json::from_slice(http.body().bytes().unwrap()).unwrap();
        for (page, rows) in PAGES {
            if request["Limit"] == page {
                request["Limit"] = rows.into();
            }
        }
        let (permit, permitted) = oneshot::channel();
        CALLS.with(|calls| calls.send(Call { name, request, permit })).unwrap();
        HttpConnectorFuture::new(async move {
            let mut request = permitted.await.map_err(|error| ConnectorError::other(error.into(), None))?;
            for name in NOW {
                if let Some(time) = request["ExpressionAttributeValues"].get_mut(name) {
                    *time = json!({ "N": now_ms().to_string() });
                }
            }
            // The embedded engine does not verify the signature, which a changed request breaks.
            let body = request.to_string();
            http.headers_mut().insert("content-length", body.len().to_string());
            *http.body_mut() = SdkBody::from(body);
            next.call(http).await
        })
    }
}
