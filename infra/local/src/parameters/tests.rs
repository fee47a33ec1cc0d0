use tokio::net::TcpListener;

use super::*;

const NAME: &str = "/usher/secret";

/// A Parameter Store on a free port, and a client of it.
struct ParameterServer {
    parameters: Parameters,
    url: String,
}

impl ParameterServer {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let parameters = Parameters::default();
        tokio::spawn(axum::serve(listener, parameters.router()).into_future());
        Self { parameters, url }
    }

    async fn ask(&self, target: &str, body: String) -> (u16, Value) {
        let request = reqwest::Client::new().post(&self.url).header("x-amz-target", target);
        let request = request.header("user-agent", "aws-sdk-rust/1 os/linux app/get-user lang/rust/1");
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn get(&self, name: &str) -> (u16, Value) {
        self.ask(TARGET, json!({"Name": name, "WithDecryption": true}).to_string()).await
    }
}

#[tokio::test]
async fn a_parameter_has_its_newest_value_and_version() {
    let store = ParameterServer::new().await;
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    store.parameters.put(NAME, "first");
    let (status, first) = store.get(NAME).await;
    assert_eq!(status, 200, "{first}");
    store.parameters.put(NAME, "second");
    let (_, mut second) = store.get(NAME).await;
    let [first_modified, modified] = [&first, &second].map(|answer| answer["Parameter"]["LastModifiedDate"].as_f64());
    assert!(before <= first_modified.unwrap() && first_modified <= modified, "{first} {second}");
    second["Parameter"].as_object_mut().unwrap().remove("LastModifiedDate");
    let expected = json!({
        "ARN": "arn:aws:ssm:us-east-1:000000000000:parameter/usher/secret",
        "DataType": "text",
        "Name": NAME,
        "Type": "SecureString",
        "Value": "second",
        "Version": 2,
    });
    assert_eq!(second["Parameter"], expected);
    assert_eq!((&first["Parameter"]["Value"], &first["Parameter"]["Version"]), (&json!("first"), &json!(1)));
}

#[tokio::test]
async fn a_value_that_is_not_decrypted_is_ciphertext() {
    let store = ParameterServer::new().await;
    store.parameters.put(NAME, "secret");
    for body in [json!({"Name": NAME}), json!({"Name": NAME, "WithDecryption": false})] {
        let (status, answer) = store.ask(TARGET, body.to_string()).await;
        let value = answer["Parameter"]["Value"].as_str().unwrap();
        assert!(status == 200 && !value.is_empty() && !value.contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn a_missing_parameter_or_unknown_request_is_an_error() {
    let store = ParameterServer::new().await;
    let (status, answer) = store.get(NAME).await;
    assert_eq!((status, &answer["__type"]), (400, &json!("ParameterNotFound")));
    for (target, body, kind) in [
        ("AmazonSSM.PutParameter", "{}", "UnknownOperationException"),
        ("", "{}", "UnknownOperationException"),
        (TARGET, "{}", "SerializationException"),
        (TARGET, "Name", "SerializationException"),
    ] {
        let (status, answer) = store.ask(target, body.to_owned()).await;
        assert_eq!((status, &answer["__type"]), (400, &json!(kind)), "{target} {body}");
    }
}

#[tokio::test]
async fn requests_are_counted_for_each_parameter() {
    let store = ParameterServer::new().await;
    store.parameters.put(NAME, "secret");
    store.get(NAME).await;
    store.parameters.set_available(false);
    let (status, answer) = store.get(NAME).await;
    assert_eq!((status, &answer["__type"]), (500, &json!("InternalServerError")));
    store.get("/usher/other").await;
    store.parameters.set_available(true);
    assert_eq!(store.get(NAME).await.1["Parameter"]["Value"], "secret");
    let counts = [NAME, "/usher/other", "/usher/nobody"].map(|name| store.parameters.requests(name));
    assert_eq!(counts, [3, 1, 0]);
    assert_eq!(store.parameters.readers(NAME), BTreeSet::from(["get-user".to_owned()]));
}
