//! Why a token is not accepted.

use crate::jwks::KeysError;

/// Why a token is refused. The message is safe to show: it tells nothing of the token's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message says it")]
pub enum TokenError {
    #[error("the token is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the token is not a JWT of three parts")]
    Malformed,
    #[error("the token must be signed with RS256 (alg)")]
    Algorithm,
    #[error("the token is of another type (typ)")]
    Type,
    #[error("the token demands an extension that is not known here (crit)")]
    Critical,
    #[error("the token is not a session token (cat)")]
    Category,
    #[error("the token is signed by a key this instance does not have (kid)")]
    UnknownKey,
    #[error("the signature does not fit")]
    Signature,
    #[error("the token is from another issuer (iss)")]
    Issuer,
    #[error("the token is not for a user (sub)")]
    Subject,
    #[error("the token belongs to no session (sid)")]
    NoSession,
    #[error("the token has expired or does not say when (exp)")]
    Expired,
    #[error("the token is not valid yet (nbf)")]
    NotYetValid,
    #[error("the token was issued in the future (iat)")]
    IssuedAhead,
    #[error(
        "the token of a JWT template lives longer than is allowed here, or does not say when it was issued (exp, iat)"
    )]
    TemplateLife,
    #[error("the token was issued to an origin that is not authorized (azp)")]
    AuthorizedParty,
    #[error("the token is for another audience (aud)")]
    Audience,
    #[error("the session is pending: the user has not finished signing in (sts)")]
    Pending,
}

/// A token that was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VerifyError {
    /// It was judged and refused; another try ends the same.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// It could not be judged; worth another try.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

impl VerifyError {
    /// The reason in a word, to be counted.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Keys(_) => "keys-unavailable",
            Self::Refused(refusal) => refusal.reason(),
        }
    }
}

impl TokenError {
    /// The part of the token that is wrong.
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
