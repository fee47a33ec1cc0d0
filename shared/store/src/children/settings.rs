//! Settings: one JSON object for each user, changed by merge patches.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::try_join;
use usher_clerk::ClerkUserId;

use crate::{
    children::child::check_user,
    error::{Error, ErrorDetail},
    strict::StrictValue,
    table::{
        Store,
        item::{Item, get_number, get_text, number, text},
        retry::Backoff,
        row::Key,
        transaction::Outcome,
    },
    users::liveness::{STATE, admitted},
};

/// The largest settings, in bytes of JSON.
pub const MAX_SETTINGS_BYTES: usize = 16 * 1024;

/// The settings of a user. Who never changed any has an empty object of version 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserSettings {
    /// The object.
    pub values: Map<String, Value>,
    /// Counts the changes.
    pub version: u64,
}

/// A change of settings (RFC 7396): an object, since settings stay one; null removes a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "StrictValue")]
pub struct MergePatch(Value);

/// A value that is no change of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a JSON object")]
pub struct InvalidMergePatch;

impl TryFrom<StrictValue> for MergePatch {
    type Error = InvalidMergePatch;

    fn try_from(StrictValue(value): StrictValue) -> Result<Self, InvalidMergePatch> {
        value.is_object().then_some(Self(value)).ok_or(InvalidMergePatch)
    }
}

/// Which version a change may be made to (RFC 9110 §13.1.1, `If-Match`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever is there.
    Any,
    /// One of these.
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
    fn from_item(item: Option<&Item>) -> Result<Self, Error> {
        let Some(item) = item else {
            return Ok(Self::default());
        };
        let text = get_text(item, "settings");
        Ok(Self {
            values: text.and_then(|text| serde_json::from_str(text).ok()).ok_or(Error::Unreadable("settings"))?,
            version: u64::try_from(get_number(item, "version")?).map_err(|_| Error::Unreadable("version"))?,
        })
    }

    /// RFC 7396.
    fn patched(self, patch: &MergePatch) -> Result<Self, Error> {
        let mut values = Value::Object(self.values);
        json_patch::merge(&mut values, &patch.0);
        match values {
            Value::Object(values) => Ok(Self { values, version: self.version + 1 }),
            _ => Err(Error::Unreadable("settings")),
        }
    }
}

impl Store {
    /// The user's settings.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn get_settings(&self, user: &ClerkUserId) -> Result<UserSettings, Error> {
        let (user_key, key) = (Key::user(user), Key::settings(user));
        let (user, settings) = try_join!(self.get(&user_key, Some(STATE)), self.get(&key, None))?;
        admitted(user)?;
        UserSettings::from_item(settings.as_ref())
    }

    /// Changes settings by a merge patch (RFC 7396). Takes two round trips, for a merge has to know what is there; a
    /// change that came between is found in the answer of the refused write, so that no change is lost.
    ///
    /// # Errors
    /// The version is not one that may be changed; the result is too large; the user is not synced, deleted or banned; or
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
            let patched = settings.patched(patch)?;
            let write = self.settings_write(user, &patched, before)?;
            let Outcome::Refused(mut refusal) = self.transact(vec![self.user_fence(user)?, write]).await? else {
                return Ok(patched);
            };
            check_user(&mut refusal)?;
            settings = UserSettings::from_item(refusal.failed(1).flatten().as_ref())?;
            if !backoff.wait().await {
                return Err(Error::Contended(ErrorDetail {
                    code: "contention".into(),
                    message: "other changes of these settings kept coming first".into(),
                }));
            }
        }
    }

    fn settings_write(
        &self,
        user: &ClerkUserId,
        settings: &UserSettings,
        before: u64,
    ) -> Result<TransactWriteItem, Error> {
        let json = serde_json::to_string(&settings.values).map_err(|_| Error::Unreadable("settings"))?;
        if json.len() > MAX_SETTINGS_BYTES {
            return Err(Error::SettingsTooLarge);
        }
        let mut item = Key::settings(user).item();
        item.insert("settings".into(), text(json));
        item.insert("version".into(), number(settings.version));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if before == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :before").expression_attribute_values(":before", number(before))
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }
}
