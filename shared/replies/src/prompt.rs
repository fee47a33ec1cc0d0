//! What a model is asked.

use usher_contract::Role;
use usher_model::{ChatMessage, ChatRole};
use usher_store::PastMessage;

/// The maximum number of characters of earlier messages that a model gets, about 15,000 tokens. The newest message is
/// sent whatever its length.
pub(crate) const MAX_PAST_CHARS: usize = 60_000;

/// Asks a model to go on with a message that broke off.
const CONTINUE: &str =
    "Your last message broke off. Continue it exactly where it ends. Do not repeat any of it and do not comment on it.";
/// Asks a model for a title.
const TITLE: &str = "Write a title for this conversation, of at most 60 characters and in its language. Answer with the title \
                     alone, without quotation marks.";

/// Returns the conversation that a model continues. `partial` is what it has already written of its answer.
pub(crate) fn conversation(system_prompt: Option<&str>, past: &[PastMessage], partial: &str) -> Vec<ChatMessage> {
    let system = system_prompt.map(|prompt| ChatMessage::new(ChatRole::System, prompt));
    let mut messages: Vec<_> = system.into_iter().chain(past.iter().map(chat_message)).collect();
    if !partial.is_empty() {
        messages.push(ChatMessage::new(ChatRole::Assistant, partial));
        messages.push(ChatMessage::new(ChatRole::System, CONTINUE));
    }
    messages
}

/// Returns the request for a title of a conversation that begins with `past` and `reply`.
pub(crate) fn title_request(past: &[PastMessage], reply: &str) -> Vec<ChatMessage> {
    let system = ChatMessage::new(ChatRole::System, TITLE);
    let reply = ChatMessage::new(ChatRole::Assistant, reply);
    [system].into_iter().chain(past.iter().map(chat_message)).chain([reply]).collect()
}

fn chat_message(message: &PastMessage) -> ChatMessage {
    let role = match message.role {
        Role::User => ChatRole::User,
        Role::Assistant => ChatRole::Assistant,
    };
    ChatMessage::new(role, message.content.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_gets_its_own_beginning_back() {
        let past = [PastMessage { role: Role::User, content: "Why?".into() }];
        let roles = |partial: &str| {
            let messages = conversation(Some("Be brief."), &past, partial);
            messages.into_iter().map(|message| (message.role, message.content)).collect::<Vec<_>>()
        };
        let begin = [(ChatRole::System, "Be brief.".to_owned()), (ChatRole::User, "Why?".to_owned())];
        assert_eq!(roles(""), begin);
        let continued = [(ChatRole::Assistant, "Because".to_owned()), (ChatRole::System, CONTINUE.to_owned())];
        assert_eq!(roles("Because"), [begin, continued].concat());
    }
}
