//! The codes of problems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// The code of a problem: the last part of its `type`. Each has one status and one title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl ProblemCode {
            /// All codes, in the order of their statuses.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the code as text, for example `not-found`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// Returns the HTTP status.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                }
            }

            /// Returns the title (RFC 9457 §3.1.3): the same for every problem with this code.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

problem_codes! {
    /// The request cannot be parsed.
    Malformed = "malformed", 400, "Bad request";
    /// A query parameter is unknown, repeated, missing or invalid. `errors` lists them.
    InvalidQuery = "invalid-query", 400, "Bad request";
    /// `limit` is not a whole number from 1 to 100.
    InvalidLimit = "invalid-limit", 400, "Bad request";
    /// `cursor` does not belong to this caller and this list.
    InvalidCursor = "invalid-cursor", 400, "Bad request";
    /// `Idempotency-Key` is not 1 to 64 printable ASCII characters.
    InvalidIdempotencyKey = "invalid-idempotency-key", 400, "Bad request";
    /// The signature of a webhook is missing, too old or invalid.
    InvalidSignature = "invalid-signature", 400, "Bad request";
    /// The request has no token.
    NoToken = "no-token", 401, "Authentication required";
    /// The token is invalid.
    InvalidToken = "invalid-token", 401, "Invalid token";
    /// The account of the token's user is deleted.
    UserDeleted = "user-deleted", 401, "Account deleted";
    /// Clerk has banned the token's user.
    UserBanned = "user-banned", 403, "Forbidden";
    /// The webhook does not name the configured Clerk instance.
    ForeignInstance = "foreign-instance", 403, "Forbidden";
    /// Clerk does not let this user delete the account.
    DeleteSelfDisabled = "delete-self-disabled", 403, "Forbidden";
    /// An actor impersonates the user, and only the user may do this.
    Impersonated = "impersonated", 403, "Forbidden";
    /// The user must verify a factor again. The problem has a `clerk_error`.
    ReverificationRequired = "reverification-required", 403, "Forbidden";
    /// There is nothing with this id, or it is deleted or another user's.
    NotFound = "not-found", 404, "Not found";
    /// The webhook of the token's user has not arrived yet. Has `Retry-After`.
    UserNotSynced = "user-not-synced", 404, "User not synced";
    /// Other requests kept changing the same rows. Has `Retry-After`.
    Conflict = "conflict", 409, "Conflict";
    /// `If-Match` does not match the current version.
    VersionMismatch = "version-mismatch", 412, "Version mismatch";
    /// A part of the request, or the whole body, is too large.
    TooLarge = "too-large", 413, "Request too large";
    /// The body is not declared as JSON.
    UnsupportedMediaType = "unsupported-media-type", 415, "Unsupported content type";
    /// Fields are missing, invalid or unknown. `errors` lists them.
    InvalidField = "invalid-field", 422, "Unprocessable request";
    /// The settings would be larger than 16 KB.
    SettingsTooLarge = "settings-too-large", 422, "Unprocessable request";
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused = "idempotency-key-reused", 422, "Unprocessable request";
    /// The event of a signed webhook cannot be read.
    UnreadableEvent = "unreadable-event", 422, "Unprocessable request";
    /// Four replies are being written for the user. Has `Retry-After`.
    TooManyReplies = "too-many-replies", 429, "Too many replies";
    /// The server failed. Report the `request_id`.
    Internal = "internal", 500, "Internal error";
    /// The database does not respond, or is overloaded. Has `Retry-After`.
    Unavailable = "unavailable", 503, "Service unavailable";
    /// The keys that verify tokens could not be fetched. Has `Retry-After`.
    KeysUnavailable = "keys-unavailable", 503, "Service unavailable";
    /// Clerk's Backend API does not respond. Has `Retry-After`.
    ClerkUnavailable = "clerk-unavailable", 503, "Service unavailable";
    /// The webhook's secret could not be read. Has `Retry-After`.
    SecretUnavailable = "secret-unavailable", 503, "Service unavailable";
    /// The operator must set or correct Clerk's secret key. Has `Retry-After`.
    ClerkNotConfigured = "clerk-not-configured", 503, "Service unavailable";
    /// The operator must set the model that writes replies. Has `Retry-After`.
    ModelNotConfigured = "model-not-configured", 503, "Service unavailable";
    /// The operator must set the webhook's secret. Has `Retry-After`.
    WebhookNotConfigured = "webhook-not-configured", 503, "Service unavailable";
}

/// The beginning of a problem's `type`. The code follows.
const TYPE_PREFIX: &str = "urn:usher:problem:";

impl ProblemCode {
    /// Returns the `type` of a problem with this code.
    pub fn type_uri(self) -> String {
        format!("{TYPE_PREFIX}{}", self.as_str())
    }

    /// Returns the code of a problem's `type`. Returns `None` for a code of a later version of the API.
    pub fn from_type(type_uri: &str) -> Option<Self> {
        let code = type_uri.strip_prefix(TYPE_PREFIX)?;
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_from_its_type() {
        for code in ProblemCode::ALL {
            assert_eq!(ProblemCode::from_type(&code.type_uri()), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(ProblemCode::from_type("urn:usher:problem:new"), None);
        assert_eq!(ProblemCode::from_type("about:blank"), None);
    }
}
