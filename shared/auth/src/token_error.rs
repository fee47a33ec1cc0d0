//! Errors of session tokens.

use crate::key_set::KeysError;

/// The reason that a token is rejected. The message may be shown to the caller, because it does not quote the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages document the variants")]
pub enum TokenError {
    #[error("the token is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the token is not a JWT of three parts")]
    Malformed,
    #[error("the token must be signed with RS256 (alg)")]
    Algorithm,
    #[error("the token is of another type (typ)")]
    Type,
    #[error("the token requires an unknown extension (crit)")]
    Critical,
    #[error("the token is not a session token (cat)")]
    Category,
    #[error("the token names a key that the instance does not have (kid)")]
    UnknownKey,
    #[error("the signature is not valid")]
    Signature,
    #[error("the token is from another issuer (iss)")]
    Issuer,
    #[error("the token is not for a user (sub)")]
    Subject,
    #[error("the token does not belong to a session (sid)")]
    NoSession,
    #[error("the token has expired or has no expiry (exp)")]
    Expired,
    #[error("the token is not valid yet (nbf)")]
    NotYetValid,
    #[error("the token was issued in the future (iat)")]
    IssuedAhead,
    #[error("the token of a JWT template has a longer lifetime than is allowed, or no time of issue (exp, iat)")]
    TemplateLife,
    #[error("the token was issued to an origin that is not authorized (azp)")]
    AuthorizedParty,
    #[error("the token is for another audience (aud)")]
    Audience,
    #[error("the session is pending: the user has not finished signing in (sts)")]
    Pending,
}

/// The reason that a token was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VerifyError {
    /// The token is invalid. A repeated request gets the same answer.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// The keys are missing, so the token could not be verified. A later attempt may succeed.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

impl VerifyError {
    /// Returns the reason in a word, for a metric.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Keys(_) => "keys-unavailable",
            Self::Refused(error) => error.reason(),
        }
    }
}

impl TokenError {
    /// Returns the name of the invalid part of the token.
    const fn reason(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "length",
            Self::Malformed => "malformed",
            Self::Algorithm => "alg",
            Self::Type => "typ",
            Self::Critical => "crit",
            Self::Category => "cat",
            Self::UnknownKey => "kid",
            Self::Signature => "signature",
            Self::Issuer => "iss",
            Self::Subject => "sub",
            Self::NoSession => "sid",
            Self::Expired => "exp",
            Self::NotYetValid => "nbf",
            Self::IssuedAhead => "iat",
            Self::TemplateLife => "life",
            Self::AuthorizedParty => "azp",
            Self::Audience => "aud",
            Self::Pending => "sts",
        }
    }
}
