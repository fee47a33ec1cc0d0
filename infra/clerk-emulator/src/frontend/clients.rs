//! The clients of an instance, and how a request names one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{frontend::client::BrowserClient, ids};

/// The maximum number of clients. The one that was changed longest ago makes room for a new one.
const MAXIMUM_CLIENTS: usize = 10_000;
/// The maximum number of dev browsers, and of handshakes that no server has fetched. If there are more, those without a
/// client and those not fetched are forgotten. Their browsers get new ones.
const MAXIMUM_UNUSED: usize = 10_000;

/// Clients by id, and the dev browsers that stand for them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Clients {
    by_id: HashMap<String, BrowserClient>,
    /// The client of each dev browser. A new one has none.
    dev_browsers: HashMap<String, Option<String>>,
    /// The cookies of handshakes that a server has still to fetch, by nonce.
    #[serde(skip)]
    handshakes: HashMap<String, Vec<String>>,
}

impl Clients {
    pub(super) fn get(&self, id: &str) -> Option<&BrowserClient> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut BrowserClient> {
        self.by_id.get_mut(id)
    }

    /// Creates a client for a browser, and returns its id.
    pub(super) fn create(&mut self, dev_browser: Option<&str>) -> String {
        if self.by_id.len() >= MAXIMUM_CLIENTS {
            let oldest = self.by_id.values().min_by_key(|client| client.updated_at).map(|client| client.id.clone());
            self.remove(&oldest.unwrap_or_default());
        }
        let client = BrowserClient::new();
        let id = client.id.clone();
        self.by_id.insert(id.clone(), client);
        self.bind(dev_browser, &id);
        id
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.by_id.remove(id);
        self.dev_browsers.values_mut().for_each(|client_id| {
            client_id.take_if(|client_id| client_id == id);
        });
    }

    /// Creates a dev browser, and returns its token.
    pub(super) fn create_dev_browser(&mut self, client_id: Option<String>) -> String {
        if self.dev_browsers.len() >= MAXIMUM_UNUSED {
            self.dev_browsers.retain(|_, client_id| client_id.is_some());
        }
        let token = ids::id("dvb");
        self.dev_browsers.insert(token.clone(), client_id);
        token
    }

    pub(super) fn has_dev_browser(&self, token: &str) -> bool {
        self.dev_browsers.contains_key(token)
    }

    /// Lets a dev browser stand for a client, unless it stands for another one.
    pub(super) fn bind(&mut self, dev_browser: Option<&str>, client_id: &str) {
        if let Some(bound) = dev_browser.and_then(|token| self.dev_browsers.get_mut(token)) {
            bound.get_or_insert_with(|| client_id.to_owned());
        }
    }

    pub(super) fn of_dev_browser(&self, token: &str) -> Option<&BrowserClient> {
        self.dev_browsers.get(token)?.as_ref().and_then(|id| self.by_id.get(id))
    }

    /// Keeps the cookies of a handshake, and returns the nonce for which they are given out once.
    pub(super) fn keep_handshake(&mut self, cookies: Vec<String>) -> String {
        if self.handshakes.len() >= MAXIMUM_UNUSED {
            self.handshakes.clear();
        }
        let nonce = ids::base62(40);
        self.handshakes.insert(nonce.clone(), cookies);
        nonce
    }

    pub(super) fn take_handshake(&mut self, nonce: &str) -> Option<Vec<String>> {
        self.handshakes.remove(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_that_was_changed_longest_ago_makes_room() {
        let mut clients = Clients::default();
        let dev_browser = clients.create_dev_browser(None);
        let first = clients.create(Some(&dev_browser));
        let second = clients.create(None);
        if let Some(client) = clients.get_mut(&first) {
            client.updated_at = 0;
        }
        for _ in 2..=MAXIMUM_CLIENTS {
            clients.create(None);
        }
        assert!(clients.get(&first).is_none() && clients.get(&second).is_some());
        assert!(clients.has_dev_browser(&dev_browser) && clients.of_dev_browser(&dev_browser).is_none());
        assert_eq!(clients.by_id.len(), MAXIMUM_CLIENTS);
    }

    #[test]
    fn dev_browsers_without_a_client_and_old_handshakes_are_forgotten() {
        let mut clients = Clients::default();
        let id = clients.create(None);
        let (used, unused) = (clients.create_dev_browser(Some(id)), clients.create_dev_browser(None));
        let nonce = clients.keep_handshake(Vec::new());
        for _ in 0..MAXIMUM_UNUSED {
            clients.create_dev_browser(None);
            clients.keep_handshake(Vec::new());
        }
        assert!(clients.has_dev_browser(&used) && !clients.has_dev_browser(&unused));
        assert_eq!(clients.take_handshake(&nonce), None);
        assert!(clients.dev_browsers.len() <= MAXIMUM_UNUSED && clients.handshakes.len() <= MAXIMUM_UNUSED);
    }
}
