//! The caller's settings.

use reqwest::Method;
use serde_json::{Map, Value};
use usher_contract::header;

use crate::{
    client::Client,
    error::{Error, Unreadable},
    repeat::Repeat,
    reply::Reply,
};

/// The caller's settings, and their version.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The settings. Empty if they were never changed.
    pub values: Map<String, Value>,
    /// The version, for a change that must not overwrite another.
    pub version: SettingsVersion,
}

/// The version of the caller's settings: their `ETag`. Versions of different users cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SettingsVersion(String);

/// Settings.
impl Client {
    /// Returns the caller's settings: `GET /settings`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_settings(&self) -> Result<Settings, Error> {
        let reply = self.send::<Reply>(Repeat::Safe, || self.request(Method::GET, &["settings"])).await?;
        Settings::from_reply(&reply)
    }

    /// Changes the caller's settings by a merge patch (RFC 7396), and returns all settings: `PATCH /settings`. A value
    /// of null removes a setting.
    ///
    /// With a version, the change applies only to that version (`If-Match`). Such a change is repeated only after an
    /// error that certainly had no effect. After another error, read the settings to see whether they have changed.
    ///
    /// # Errors
    /// See [`Error`]. `version-mismatch`: the settings have another version. `settings-too-large`: they would have more
    /// than 16 KB.
    pub async fn update_settings(
        &self,
        patch: &Map<String, Value>,
        version: Option<&SettingsVersion>,
    ) -> Result<Settings, Error> {
        let request = || {
            let request = self.request(Method::PATCH, &["settings"]).json(patch);
            if let Some(version) = version { request.header(header::IF_MATCH, version.as_str()) } else { request }
        };
        let repeat = if version.is_some() { Repeat::IfNoEffect } else { Repeat::Safe };
        Settings::from_reply(&self.send(repeat, request).await?)
    }
}

impl Settings {
    fn from_reply(reply: &Reply) -> Result<Self, Error> {
        let version = reply.etag().and_then(|tag| SettingsVersion::parse(tag).ok());
        let version = version.ok_or_else(|| reply.unreadable(Unreadable::NoVersion))?;
        Ok(Self { values: reply.json()?, version })
    }
}

impl SettingsVersion {
    /// Parses a version that [`SettingsVersion::as_str`] returned, perhaps in another process.
    ///
    /// # Errors
    /// The text is not a strong entity tag (RFC 9110 §8.8.3).
    pub fn parse(text: &str) -> Result<Self, InvalidVersion> {
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or(InvalidVersion)?;
        let is_tag = inner.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        is_tag.then(|| Self(text.to_owned())).ok_or(InvalidVersion)
    }

    /// Returns the version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The error for a text that is not a version of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a version of settings")]
pub struct InvalidVersion;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_strong_entity_tag() {
        assert_eq!(SettingsVersion::parse("\"7\"").unwrap().as_str(), "\"7\"");
        for text in ["", "7", "\"", "W/\"7\"", "\"7\", \"8\"", "\"\n\"", "*"] {
            assert_eq!(SettingsVersion::parse(text), Err(InvalidVersion), "{text}");
        }
    }
}
