//! The injector as the SDK sees it.

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::{Value, json};

use super::{
    Call, Fault, FaultInjector, Step,
    fault::{respond, timeout},
};

impl HttpClient for FaultInjector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let next = self.0.http.http_connector(settings, components);
        SharedHttpConnector::new(Line { injector: self.clone(), next })
    }
}

#[derive(Debug, Clone)]
struct Line {
    injector: FaultInjector,
    next: SharedHttpConnector,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let line = self.clone();
        let call = line.injector.begin(&request);
        HttpConnectorFuture::new(async move {
            let result = line.perform(request, &call).await;
            line.injector.end(&call);
            result
        })
    }
}

impl FaultInjector {
    fn begin(&self, request: &HttpRequest) -> Call {
        let target = request.headers().get("x-amz-target").unwrap();
        let mut calls = self.0.calls.lock().unwrap();
        let call = Call {
            number: calls.len() + 1,
            operation: target.rsplit('.').next().unwrap().to_owned(),
            request: serde_json::from_slice(request.body().bytes().unwrap()).unwrap(),
            answer: None,
            began: self.tick(),
            ended: None,
        };
        calls.push(call.clone());
        call
    }

    fn update(&self, call: &Call, update: impl FnOnce(&mut Call)) {
        let mut calls = self.0.calls.lock().unwrap();
        // It may be forgotten by now.
        if let Some(call) = calls.iter_mut().find(|known| known.began == call.began) {
            update(call);
        }
    }

    fn end(&self, call: &Call) {
        let now = self.tick();
        self.update(call, |call| call.ended = Some(now));
        self.0.ended.notify_waiters();
    }
}

impl Line {
    async fn perform(&self, request: HttpRequest, call: &Call) -> Result<HttpResponse, ConnectorError> {
        let script = self.injector.0.script.lock().unwrap().clone();
        match script(call) {
            Step::Forward => self.forward(request, call, call.request.clone()).await,
            Step::Fail(fault) => fault.answer(call),
            Step::Die(calls) => {
                self.injector.ended(calls).await;
                Fault::Connection.answer(call)
            }
            Step::LoseAnswer => {
                self.forward(request, call, call.request.clone()).await?;
                Err(timeout())
            }
            Step::Part(writes) => self.forward_part(request, call, writes).await,
            Step::Before(first) => {
                first.await;
                self.forward(request, call, call.request.clone()).await
            }
            Step::After(then) => {
                let answer = self.forward(request, call, call.request.clone()).await;
                then.await;
                answer
            }
        }
    }

    /// Asks DynamoDB, and for the capacity consumed on top. (The engines of the tests verify no signature.)
    async fn forward(
        &self,
        mut request: HttpRequest,
        call: &Call,
        mut body: Value,
    ) -> Result<HttpResponse, ConnectorError> {
        body["ReturnConsumedCapacity"] = json!("TOTAL");
        let body = body.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        let mut response = self.next.call(request).await?;
        let body = ByteStream::new(response.take_body()).collect().await;
        let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
        if response.status().is_success() {
            self.injector.update(call, |call| call.answer = serde_json::from_slice(&body).ok());
        }
        *response.body_mut() = SdkBody::from(body);
        Ok(response)
    }

    async fn forward_part(
        &self,
        request: HttpRequest,
        call: &Call,
        writes: usize,
    ) -> Result<HttpResponse, ConnectorError> {
        let mut done = call.request.clone();
        let tables = done["RequestItems"].as_object_mut().unwrap();
        let (table, requests) = tables.iter_mut().next().unwrap();
        let table = table.clone();
        let requests = requests.as_array_mut().unwrap();
        let left = requests.split_off(writes.min(requests.len()));
        if !requests.is_empty() {
            self.forward(request, call, done).await?;
        }
        let unprocessed = if left.is_empty() { json!({}) } else { json!({ table: left }) };
        Ok(respond(200, &json!({ "UnprocessedItems": unprocessed })))
    }
}
