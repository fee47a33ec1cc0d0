//! The examples of the documents. Another test checks that the documents have exactly these lines.

use futures_util::TryStreamExt as _;
use harness::Usher;
use usher_client::{
    Client, Error, TokenSource,
    contract::{Content, CreateMessage, CreateThread, Message, ProblemCode, Role, Thread, Title, UpdateThread},
};

use crate::caller::Caller;

/// The example of `README.md`.
async fn say_hello(api_url: &str, token: String) -> Result<Vec<Message>, Box<dyn std::error::Error>> {
    let client = Client::new(api_url, TokenSource::fixed(token))?;
    let title = Title::try_from("Plans".to_owned())?;
    let thread = client.create_thread(&CreateThread { title: Some(title) }, None).await?;
    let content = Content::try_from("Hello".to_owned())?;
    let message = CreateMessage { role: Role::User, content, parts: None, model: None };
    client.create_message(thread.id, &message, None).await?;
    let messages: Vec<Message> = client.messages(thread.id).try_collect().await?;
    Ok(messages)
}

/// Removes the titles of all threads. Returns how many had one.
async fn remove_titles(client: &Client) -> Result<usize, Error> {
    let mut removed = 0;
    let mut threads = client.threads(); // Requests the next page when it is needed.
    while let Some(Thread { id, title, .. }) = threads.try_next().await? {
        if title.is_none() {
            continue;
        }
        match client.update_thread(id, &UpdateThread { title: None }).await {
            Ok(_) => removed += 1,
            Err(error) if error.code() == Some(ProblemCode::NotFound) => {} // Somebody has just deleted the thread.
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}

#[tokio::test]
async fn the_examples_of_the_documents_work() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let token = usher.session_token(&ada.id);
    let messages = say_hello(usher.api_url(), token.clone()).await.unwrap();
    assert_eq!(messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>(), ["Hello"]);
    let client = Client::new(usher.api_url(), TokenSource::fixed(token)).unwrap();
    assert_eq!(remove_titles(&client).await.unwrap(), 1);
    assert_eq!(remove_titles(&client).await.unwrap(), 0);
}
