//! An HTTP proxy between the functions and a DynamoDB: it records what each function asks for, and a test can make it
//! fail.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, OnceLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use local::{
    dynamodb::{Engine, Storage},
    find_template,
    template::Template,
};
use reqwest::Client;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
};

use crate::{call_fault::CallFault, right::Right};

/// The state of the link to DynamoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Every call reaches DynamoDB.
    Connected,
    /// Every call gets DynamoDB's `ThrottlingException`.
    Throttling,
    /// Every connection is closed at once.
    Cut,
    /// Connections are accepted, and no byte comes back.
    Silent,
}

/// The rights that each function has used, by the function's name.
type UsedRights = BTreeMap<String, BTreeSet<Right>>;

/// A DynamoDB with the template's table, and a proxy in front of it. The engine cannot throttle or be out of reach; the
/// proxy does it in its place.
///
/// The proxy runs until the runtime that started it ends.
pub struct FaultProxy {
    _engine: Option<Engine>,
    url: String,
    link: watch::Sender<LinkState>,
    proxy_state: Arc<ProxyState>,
}

/// Everything that the handler of a call needs.
struct ProxyState {
    http: Client,
    dynamodb: String,
    link: watch::Receiver<LinkState>,
    throttled: Mutex<Option<&'static str>>,
    used: Mutex<UsedRights>,
    calls: Mutex<BTreeMap<String, Vec<String>>>,
    fault_of_call: OnceLock<FaultOfCall>,
    /// Closes the connection of a function, by the address from which the relay has connected for it.
    closers: Mutex<HashMap<SocketAddr, oneshot::Sender<()>>>,
}

/// Chooses the fault of a call from the names of the function and of the operation.
type FaultOfCall = Box<dyn Fn(&str, &str) -> Option<CallFault> + Send + Sync>;

impl FaultProxy {
    /// Starts an engine and a connected proxy.
    pub async fn start() -> Self {
        Self::with_template(&find_template()).await
    }

    /// Starts an engine with the table of another template, and a connected proxy.
    pub async fn with_template(template: &Path) -> Self {
        let engine = Engine::start(Storage::Memory, &Template::load(template).unwrap()).unwrap();
        let endpoint = engine.endpoint().to_owned();
        Self { _engine: Some(engine), ..Self::in_front_of(endpoint).await }
    }

    /// Starts a connected proxy in front of a DynamoDB that another program runs.
    pub async fn in_front_of(endpoint: String) -> Self {
        let (link, state) = watch::channel(LinkState::Connected);
        let proxy_state = Arc::new(ProxyState {
            http: Client::builder().no_proxy().build().unwrap(),
            dynamodb: endpoint,
            link: state.clone(),
            throttled: Mutex::default(),
            used: Mutex::default(),
            calls: Mutex::default(),
            fault_of_call: OnceLock::new(),
            closers: Mutex::default(),
        });
        let handler = serve(Router::new().fallback(handle).with_state(Arc::clone(&proxy_state))).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let of_relay = Arc::clone(&proxy_state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, state.clone(), handler, Arc::clone(&of_relay)));
            }
        });
        Self { _engine: None, url, link, proxy_state }
    }

    /// The storage option of a stack that uses this DynamoDB.
    pub fn storage(&self) -> Storage {
        Storage::External(self.url.clone())
    }

    /// Changes the state of the link and ends the open connections.
    pub fn set_link(&self, link: LinkState) {
        self.link.send_replace(link);
    }

    /// Throttles the calls of one function, or with `None` those of no function.
    pub fn throttle_function(&self, function: Option<&'static str>) {
        *self.proxy_state.throttled.lock().unwrap() = function;
    }

    /// Lets `choose` choose a fault for each call of a function, from the names of the function and the operation. Can be
    /// set once.
    pub fn choose_faults(&self, choose: impl Fn(&str, &str) -> Option<CallFault> + Send + Sync + 'static) {
        assert!(self.proxy_state.fault_of_call.set(Box::new(choose)).is_ok(), "the faults are already chosen");
    }

    /// Throws away what [`Self::take_calls`] would return, so that a long run keeps its memory.
    pub fn forget_calls(&self) {
        self.proxy_state.calls.lock().unwrap().clear();
    }

    /// The rights that the functions have used so far.
    pub fn used_rights(&self) -> UsedRights {
        self.proxy_state.used.lock().unwrap().clone()
    }

    /// Returns the operations that a function has called since the last look, in their order.
    pub fn take_calls(&self, function: &str) -> Vec<String> {
        self.proxy_state.calls.lock().unwrap().get_mut(function).map(mem::take).unwrap_or_default()
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Connects a client with the handler. This works on bytes, because no HTTP server can close a connection without an
/// answer.
async fn relay(
    mut client: TcpStream,
    mut state: watch::Receiver<LinkState>,
    handler: SocketAddr,
    proxy_state: Arc<ProxyState>,
) {
    let link = *state.borrow_and_update();
    let relay = async {
        match link {
            LinkState::Cut => {}
            LinkState::Silent => std::future::pending().await,
            LinkState::Connected | LinkState::Throttling => {
                if let Ok(mut server) = TcpStream::connect(handler).await {
                    let (closer, closed) = oneshot::channel();
                    let address = server.local_addr().unwrap();
                    proxy_state.closers.lock().unwrap().insert(address, closer);
                    tokio::select! {
                        copied = copy_bidirectional(&mut client, &mut server) => drop(copied),
                        _ = closed => {}
                    }
                    proxy_state.closers.lock().unwrap().remove(&address);
                }
            }
        }
    };
    tokio::select! {
        () = relay => {}
        _ = state.changed() => {}
    }
}

async fn handle(
    State(proxy_state): State<Arc<ProxyState>>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    // The SDK of a function sends the function's name. The stack and the test send none.
    let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let function = agent.split(' ').find_map(|word| word.strip_prefix("app/"));
    if let (Some(function), Some(operation)) = (function, target.strip_prefix("DynamoDB_20120810.")) {
        let rights = Right::needed_by(operation, &serde_json::from_slice(&body).unwrap());
        proxy_state.used.lock().unwrap().entry(function.to_owned()).or_default().extend(rights);
        proxy_state.calls.lock().unwrap().entry(function.to_owned()).or_default().push(operation.to_owned());
    }
    let is_throttled = function.is_some() && *proxy_state.throttled.lock().unwrap() == function;
    if is_throttled || *proxy_state.link.borrow() == LinkState::Throttling {
        return CallFault::Throttled.answer().unwrap();
    }
    let fault = match (function, target.split_once('.'), proxy_state.fault_of_call.get()) {
        (Some(function), Some((_, operation)), Some(choose)) => choose(function, operation),
        _ => None,
    };
    if let Some(answer) = fault.as_ref().and_then(CallFault::answer) {
        return answer;
    }
    let close = async || {
        // The relay closes the connection, so no answer is needed.
        if let Some(closer) = proxy_state.closers.lock().unwrap().remove(&caller) {
            let _ = closer.send(());
        }
        std::future::pending().await
    };
    if fault == Some(CallFault::Cut) {
        return close().await;
    }
    let request = proxy_state.http.post(&proxy_state.dynamodb).headers(headers).body(body);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let answer = (status, headers, response.bytes().await.unwrap()).into_response();
    match fault {
        Some(CallFault::LostAnswer) => return close().await,
        // The caller closes the connection after its time-out, which ends this task.
        Some(CallFault::Silent) => return std::future::pending().await,
        Some(CallFault::LateAnswer(delay)) => tokio::time::sleep(delay).await,
        _ => {}
    }
    answer
}
