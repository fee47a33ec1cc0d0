//! The latest messages and their attempts, for tests that look at deliveries.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use crate::{
    changes::{Change, Changes},
    webhooks::message::{Attempt, Delivery, Message, MessageState},
};

/// The maximum number of messages. The oldest one is forgotten first, also if it is held: it is then sent all the same.
const MAX_MESSAGES: usize = 1000;

/// The latest messages, and the readers of their changes.
pub(crate) struct Journal {
    /// The oldest is the first.
    deliveries: Mutex<VecDeque<Delivery>>,
    changes: Changes,
}

impl Journal {
    pub(crate) fn new(changes: Changes) -> Self {
        Self { deliveries: Mutex::default(), changes }
    }

    pub(crate) fn add(&self, message: &Message, state: MessageState) {
        self.add_delivery(Delivery::new(message.clone(), state));
    }

    pub(crate) fn add_delivery(&self, delivery: Delivery) {
        let id = delivery.message.id.clone();
        {
            let mut deliveries = self.deliveries();
            if deliveries.len() == MAX_MESSAGES {
                deliveries.pop_front();
            }
            deliveries.push_back(delivery);
        }
        self.changes.announce(Change::Delivery(id));
    }

    pub(crate) fn set_state(&self, id: &str, state: MessageState) {
        self.change(id, |delivery| delivery.state = state);
    }

    pub(crate) fn add_attempt(&self, id: &str, attempt: Attempt) {
        self.change(id, |delivery| delivery.attempts.push(attempt));
    }

    pub(crate) fn get(&self, id: &str) -> Option<Value> {
        self.deliveries().iter().find(|delivery| delivery.message.id == id).map(Delivery::object)
    }

    pub(crate) fn message(&self, id: &str) -> Option<Message> {
        self.deliveries().iter().find(|delivery| delivery.message.id == id).map(|delivery| delivery.message.clone())
    }

    /// Returns a page of the messages of a type, newest first, and their number. `None` is every type.
    pub(crate) fn list(&self, kind: Option<&str>, limit: usize, offset: usize) -> (Vec<Value>, usize) {
        let deliveries = self.deliveries();
        let found = || deliveries.iter().rev().filter(|delivery| kind.is_none_or(|kind| kind == delivery.message.kind));
        (found().skip(offset).take(limit).map(Delivery::object).collect(), found().count())
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Delivery)) {
        if let Some(delivery) = self.deliveries().iter_mut().rev().find(|delivery| delivery.message.id == id) {
            change(delivery);
        }
        self.changes.announce(Change::Delivery(id.to_owned()));
    }

    fn deliveries(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_messages_are_kept() {
        let journal = Journal::new(Changes::default());
        let messages: Vec<_> = (0..=MAX_MESSAGES).map(|_| Message::new("user.created", b"{}".to_vec())).collect();
        messages.iter().for_each(|message| journal.add(message, MessageState::Sending));
        assert_eq!(journal.get(&messages[0].id), None);
        let (page, total) = journal.list(None, 1, MAX_MESSAGES - 1);
        assert_eq!((page[0]["id"].as_str(), total), (Some(&*messages[1].id), MAX_MESSAGES));
        assert_eq!(journal.list(Some("user.deleted"), 1, 0), (Vec::new(), 0));
    }
}
