//! The title of a thread after its first reply.

use std::time::Duration;

use usher_contract::{ClerkUserId, Role, ThreadId, Title, limits::MAX_GENERATED_TITLE_CHARS};
use usher_model::{ModelError, ModelSettings};
use usher_store::{PastMessage, Store};

use crate::prompt::title_request;

/// The maximum time for a title. The response of the reply stays open until then.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum length of an answer that is read, in characters: a title with quotation marks and white space around it.
const MAX_ANSWER_CHARS: usize = 4 * MAX_GENERATED_TITLE_CHARS;

/// Gives a thread a title after its first reply, unless it has one. A failure is only logged, because the reply is
/// complete without a title.
pub(crate) async fn give_title(
    store: &Store,
    model: &ModelSettings,
    (user, thread): (&ClerkUserId, ThreadId),
    past: &[PastMessage],
    reply: &str,
) {
    let is_first = past.iter().all(|message| message.role == Role::User);
    if !model.makes_titles || !is_first {
        return;
    }
    match store.get_thread(user, thread).await {
        Ok(found) if found.title.is_none() => {}
        Ok(_) => return,
        Err(error) => return tracing::warn!(%error, "thread not read for a title"),
    }
    let answer = tokio::time::timeout(TIMEOUT, ask(model, past, reply)).await;
    match answer.unwrap_or(Err(ModelError::TimedOut(TIMEOUT))) {
        Ok(answer) => {
            let Some(title) = title_of(&answer) else { return };
            if let Err(error) = store.title_thread(user, thread, &title).await {
                tracing::warn!(%error, "title not stored");
            }
        }
        Err(error) => tracing::warn!(%error, "no title from the model"),
    }
}

async fn ask(model: &ModelSettings, past: &[PastMessage], reply: &str) -> Result<String, ModelError> {
    let stream = model.client.ask(&model.name, &title_request(past, reply)).await?;
    stream.collect(MAX_ANSWER_CHARS).await
}

/// Returns the title in an answer: its first line, without quotation marks, and shortened at a word.
fn title_of(answer: &str) -> Option<Title> {
    let is_around = |char: char| char.is_whitespace() || "\"'“”„‚‘’«»*#`.".contains(char);
    let line = answer.trim().lines().next()?.trim_matches(is_around);
    let shown = if line.chars().count() <= MAX_GENERATED_TITLE_CHARS {
        line
    } else {
        let end = line.char_indices().nth(MAX_GENERATED_TITLE_CHARS).map_or(line.len(), |(at, _)| at);
        let cut = &line[..end];
        cut.rsplit_once(' ').map_or(cut, |(words, _)| words)
    };
    Title::try_from(shown.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_short_line_without_quotation_marks() {
        let title = |answer: &str| title_of(answer).map(String::from);
        assert_eq!(title("\n\"Engines and music.\"\nMore").as_deref(), Some("Engines and music"));
        assert_eq!(title("**Überschrift**").as_deref(), Some("Überschrift"));
        let long = title(&"word ".repeat(40)).unwrap();
        assert!(long.chars().count() <= MAX_GENERATED_TITLE_CHARS && long.ends_with("word"), "{long}");
        assert_eq!(title(&"ä".repeat(80)).unwrap().chars().count(), MAX_GENERATED_TITLE_CHARS);
        assert_eq!(title(" \" "), None);
        assert_eq!(title(""), None);
    }
}
