//! The settings: one JSON object for each user, changed by merge patches.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, builders::PutBuilder};
use serde_json::{Map, Value};
use usher_contract::{ClerkUserId, limits::MAX_SETTINGS_BYTES};

use crate::{
    error::{Error, ErrorDetail},
    error_code::CONDITION_FAILED,
    table::{
        Store,
        attribute::{SETTINGS, VERSION},
        item::{Item, get_count, get_text, number, text},
        retry::Backoff,
        row::Key,
        write::has_version,
    },
};

/// The settings of a user. A user without a row has an empty object of version 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserSettings {
    /// The JSON object.
    pub values: Map<String, Value>,
    /// The number of changes.
    pub version: u64,
}

/// A change of settings (RFC 7396). It is an object, so that the settings stay an object. Null removes a value.
#[derive(Debug, Clone)]
pub struct MergePatch(Map<String, Value>);

impl From<Map<String, Value>> for MergePatch {
    fn from(values: Map<String, Value>) -> Self {
        Self(values)
    }
}

/// The versions that a change may apply to (RFC 9110 §13.1.1, `If-Match`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Any version.
    Any,
    /// One of these versions.
    Versions(Vec<u64>),
}

impl IfMatch {
    fn allows(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

impl UserSettings {
    fn from_row(row: Option<&Item>) -> Result<Self, Error> {
        let Some(row) = row else {
            return Ok(Self::default());
        };
        let values = get_text(row, SETTINGS).and_then(|text| serde_json::from_str(text).ok());
        Ok(Self { values: values.ok_or(Error::Unreadable(SETTINGS))?, version: get_count(row, VERSION)? })
    }

    /// Returns the settings after a merge patch (RFC 7396), with the next version. Merges each member separately, because
    /// the result of `json_patch` may be any value, and the settings stay an object.
    #[must_use]
    pub fn patched(mut self, patch: &MergePatch) -> Self {
        for (name, change) in &patch.0 {
            if change.is_null() {
                self.values.remove(name);
            } else {
                json_patch::merge(self.values.entry(name.as_str()).or_insert(Value::Null), change);
            }
        }
        Self { version: self.version + 1, ..self }
    }

    /// Returns the write of these settings over the version `before`.
    fn put(&self, user: &ClerkUserId, before: u64) -> Result<PutBuilder, Error> {
        let json = serde_json::to_string(&self.values).map_err(Error::construction)?;
        if json.len() > MAX_SETTINGS_BYTES {
            return Err(Error::SettingsTooLarge);
        }
        let mut row = Key::settings(user).item();
        row.insert(SETTINGS.into(), text(json));
        row.insert(VERSION.into(), number(self.version));
        let (condition, values) = has_version(before);
        Ok(PutBuilder::default()
            .set_item(Some(row))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }
}

impl Store {
    /// Returns the user's settings.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn get_settings(&self, user: &ClerkUserId) -> Result<UserSettings, Error> {
        let key = Key::settings(user);
        UserSettings::from_row(self.read_for(user, self.get(&key)).await?.as_ref())
    }

    /// Changes settings by a merge patch (RFC 7396). Takes two round trips: read, then conditional write. If another
    /// write came first, the condition fails and returns the new row, and the patch is applied to that.
    ///
    /// # Errors
    /// `if_match` does not allow the version. The result is too large. The user is not synced, deleted or banned. Or
    /// DynamoDB is unavailable or refuses.
    pub async fn update_settings(
        &self,
        user: &ClerkUserId,
        patch: &MergePatch,
        if_match: &IfMatch,
    ) -> Result<UserSettings, Error> {
        let mut settings = self.get_settings(user).await?;
        let mut backoff = Backoff::default();
        loop {
            if !if_match.allows(settings.version) {
                return Err(Error::VersionMismatch);
            }
            let before = settings.version;
            let patched = settings.patched(patch);
            let mut transaction = self.fenced_transaction(user)?;
            let put = transaction.put(patched.put(user, before)?)?;
            let Err(mut cancellation) = transaction.commit().await? else {
                return Ok(patched);
            };
            let failed = cancellation.failed(put).ok_or_else(|| cancellation.unexplained())?;
            settings = UserSettings::from_row(failed.row.as_ref())?;
            if !backoff.wait().await {
                return Err(Error::Contended(ErrorDetail {
                    code: CONDITION_FAILED.into(),
                    message: "other requests kept changing these settings".into(),
                }));
            }
        }
    }
}
