//! What a request shows of a reply.

use tokio::sync::mpsc::UnboundedSender;
use usher_contract::MessageStatus;

use crate::events::Event;

/// Sends the events of one response. It never waits for the client, and it holds at most the text of one reply.
pub(crate) struct Output {
    events: UnboundedSender<Event>,
    /// The number of characters that the client has already.
    offset: usize,
    /// The number of bytes that the client has. `None` until the reply has more than the first `offset` characters.
    shown_bytes: Option<usize>,
}

impl Output {
    pub(crate) fn new(events: UnboundedSender<Event>, offset: usize) -> Self {
        Self { events, offset, shown_bytes: None }
    }

    /// Shows what the client does not have of the text of the reply.
    pub(crate) fn show(&mut self, content: &str) {
        let from = self.shown_bytes.or_else(|| {
            let mut ends = content.char_indices().map(|(at, _)| at).chain([content.len()]);
            ends.nth(self.offset)
        });
        self.shown_bytes = from;
        let Some(text) = from.and_then(|from| content.get(from..)).filter(|text| !text.is_empty()) else { return };
        self.shown_bytes = Some(content.len());
        self.send(Event::Text(text.to_owned()));
    }

    pub(crate) fn end(&self, status: MessageStatus) {
        self.send(Event::End(status));
    }

    /// Returns whether the client has left.
    pub(crate) fn is_closed(&self) -> bool {
        self.events.is_closed()
    }

    fn send(&self, event: Event) {
        // If the client has left, there is nobody to show it to.
        let _ = self.events.send(event);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    /// Shows these states of a text one after another, and returns what a client with `offset` characters gets.
    fn shown(offset: usize, states: &[&str]) -> Vec<String> {
        let (events, mut receiver) = unbounded_channel();
        let mut output = Output::new(events, offset);
        states.iter().for_each(|state| output.show(state));
        drop(output);
        let mut texts = Vec::new();
        while let Ok(Event::Text(text)) = receiver.try_recv() {
            texts.push(text);
        }
        texts
    }

    #[test]
    fn a_client_gets_each_character_once() {
        let states = ["", "äb", "äb", "äbc d", "äbc dé"];
        assert_eq!(shown(0, &states), ["äb", "c d", "é"]);
        assert_eq!(shown(1, &states), ["b", "c d", "é"]);
        assert_eq!(shown(3, &states), [" d", "é"]);
        assert_eq!(shown(6, &states), Vec::<String>::new());
        assert_eq!(shown(9, &states), Vec::<String>::new());
    }
}
