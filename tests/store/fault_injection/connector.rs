//! The injector's side towards the SDK: an HTTP client.

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::{Value, json};

use crate::fault_injection::{
    FaultInjector, Step,
    call::Call,
    fault::{Fault, respond, timeout},
};

impl HttpClient for FaultInjector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let next = self.0.http.http_connector(settings, components);
        SharedHttpConnector::new(Connector { injector: self.clone(), next })
    }
}

#[derive(Debug, Clone)]
struct Connector {
    injector: FaultInjector,
    next: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        let call = connector.injector.begin(&request);
        HttpConnectorFuture::new(async move {
            let result = connector.perform(request, &call).await;
            connector.injector.end(&call);
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
            response: None,
            began: self.tick(),
            ended: None,
        };
        calls.push(call.clone());
        call
    }

    fn update(&self, call: &Call, update: impl FnOnce(&mut Call)) {
        let mut calls = self.0.calls.lock().unwrap();
        // The test may have forgotten the call in the meantime.
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

impl Connector {
    async fn perform(&self, request: HttpRequest, call: &Call) -> Result<HttpResponse, ConnectorError> {
        let script = self.injector.0.script.lock().unwrap().clone();
        match script(call) {
            Step::Forward => self.forward(request, call, call.request.clone()).await,
            Step::Fail(fault) => fault.response(call),
            Step::Die(calls) => {
                self.injector.ended(calls).await;
                Fault::Connection.response(call)
            }
            Step::LoseResponse => {
                self.forward(request, call, call.request.clone()).await?;
                Err(timeout())
            }
            Step::Part(items) => self.forward_part(request, call, items).await,
            Step::Before(first) => {
                first.await;
                self.forward(request, call, call.request.clone()).await
            }
            Step::After(then) => {
                let response = self.forward(request, call, call.request.clone()).await;
                then.await;
                response
            }
        }
    }

    /// Forwards a call and asks for its consumed capacity. The engines of the tests do not verify the signature, which
    /// the change breaks.
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
            self.injector.update(call, |call| call.response = serde_json::from_slice(&body).ok());
        }
        *response.body_mut() = SdkBody::from(body);
        Ok(response)
    }

    async fn forward_part(
        &self,
        request: HttpRequest,
        call: &Call,
        items: usize,
    ) -> Result<HttpResponse, ConnectorError> {
        let (path, unprocessed) =
            if call.is("BatchGetItem") { ("/Keys", "UnprocessedKeys") } else { ("", "UnprocessedItems") };
        let mut performed = call.request.clone();
        let (table, requests) = performed["RequestItems"].as_object_mut().unwrap().iter_mut().next().unwrap();
        let (table, mut rest) = (table.clone(), requests.clone());
        let batch = requests.pointer_mut(path).unwrap().as_array_mut().unwrap();
        let left = batch.split_off(items.min(batch.len()));
        let mut answer = json!({});
        if !batch.is_empty() {
            let response = self.forward(request, call, performed).await?;
            answer = serde_json::from_slice(response.body().bytes().unwrap()).unwrap();
        }
        if !left.is_empty() {
            *rest.pointer_mut(path).unwrap() = Value::from(left);
            answer[unprocessed] = json!({ table: rest });
        }
        Ok(respond(200, &answer))
    }
}
