//! Replies: messages that a language model writes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, FromFields, InvalidField},
    message::{Content, MessageParts, Model},
};

/// Whether a message is finished. Only a reply can have another status than `complete`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// The model is writing it.
    Streaming,
    /// It is finished.
    #[default]
    Complete,
    /// The user has stopped it.
    Stopped,
    /// The function that wrote it has died. The content is as far as it was stored.
    Interrupted,
    /// The model refused, failed or took too long. The content is as far as it was written.
    Failed,
}

/// The request of `POST /stream/threads/{thread_id}/replies`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CreateReply {
    /// The text of the user's message.
    pub content: Content,
    /// The same message as an AI library structures it.
    #[schemars(default)]
    pub parts: Option<MessageParts>,
    /// The model that shall answer, one of those that the operator allows. The operator's first if it is left out.
    #[schemars(default)]
    pub model: Option<Model>,
}

impl FromFields for CreateReply {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let content = fields.required("content");
        let parts = fields.or_default("parts");
        let model = fields.or_default("model");
        Ok(Self { content: content?, parts: parts?, model: model? })
    }
}

impl MessageStatus {
    /// Returns the status as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// Returns the status that this text names.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Streaming, Self::Complete, Self::Stopped, Self::Interrupted, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}
