//! Clerk's scripts from an app's `node_modules`.

use std::fs;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use usher_loopback::Hosts;

use crate::{Clerk, Options, tests::serve};

/// Sends a path as it is. An HTTP client would resolve its dots.
async fn get(base: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.to_lowercase()
}

#[tokio::test]
async fn scripts_are_served_and_nothing_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("@clerk/clerk-js");
    fs::create_dir_all(package.join("dist/chunks")).unwrap();
    fs::write(package.join("dist/clerk.browser.js"), "script").unwrap();
    fs::write(package.join("dist/style.css"), "style").unwrap();
    fs::write(package.join("dist/clerk.mjs"), "module").unwrap();
    for secret in [package.join("package.json"), folder.path().join("secret"), folder.path().join("@clerk/secret")] {
        fs::write(secret, "secret").unwrap();
    }
    let clerk = Clerk::new(Options { scripts: Some(folder.path().to_owned()), ..Options::default() }).unwrap();
    let base = serve(clerk.guarded_router(None, &Hosts::default())).await;

    for (file, kind) in
        [("clerk.browser.js", "text/javascript"), ("style.css", "text/css"), ("clerk.mjs", "application/javascript")]
    {
        for version in ["6", "6.40.0"] {
            let answer = get(&base, &format!("/npm/@clerk/clerk-js@{version}/dist/{file}")).await;
            assert!(
                answer.starts_with("http/1.1 200") && answer.contains(&format!("content-type: {kind}")),
                "{answer}"
            );
        }
    }
    for path in [
        "/npm/@clerk/clerk-js@6/package.json",
        "/npm/@clerk/clerk-js@6/dist/../package.json",
        "/npm/@clerk/clerk-js@6/dist/%2e%2e/package.json",
        "/npm/@clerk/clerk-js@6/dist/..%2fpackage.json",
        "/npm/@clerk/clerk-js@6/dist/..%5cpackage.json",
        "/npm/@clerk/clerk-js@6/dist/../../../secret",
        "/npm/@clerk/clerk-js@6/dist//etc/passwd",
        "/npm/@clerk/clerk-js@6/dist/%2fetc%2fpasswd",
        "/npm/@clerk/../secret@6/dist/x",
        "/npm/@clerk/clerk-js/../secret@6/dist/x",
        "/npm/@clerk/secret",
        "/npm/secret",
        "/npm/@clerk/clerk-js@6/dist/",
        "/npm/@clerk/clerk-js@6/dist/chunks",
    ] {
        let answer = get(&base, path).await;
        assert!(!answer.starts_with("http/1.1 200") && !answer.ends_with("secret"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn without_a_folder_there_are_no_scripts() {
    let clerk = Clerk::new(Options::default()).unwrap();
    let base = serve(clerk.guarded_router(None, &Hosts::default())).await;
    assert!(get(&base, "/npm/@clerk/clerk-js@6/dist/clerk.browser.js").await.starts_with("http/1.1 404"));
}
