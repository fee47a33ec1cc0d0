//! Replies: messages that a language model writes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, FromFields, InvalidField},
    id::MessageId,
    message::{Content, MessageParts, Model},
};

/// The media type of a streamed reply: server-sent events.
pub const EVENT_STREAM: &str = "text/event-stream";
/// The data of the event after the last chunk.
pub const LAST_EVENT: &str = "[DONE]";

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

/// The data of an event of a streamed reply: a chunk of the AI SDK's UI message stream, version 1 (AI SDK docs, "Stream
/// protocols"). The last event has the data `[DONE]` instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ReplyChunk {
    /// The first chunk.
    Start {
        /// The id of the reply.
        message_id: MessageId,
        /// What is known of the reply.
        message_metadata: ReplyMetadata,
    },
    /// The text begins.
    TextStart {
        /// The id of the text.
        id: String,
    },
    /// More text.
    TextDelta {
        /// The id of the text.
        id: String,
        /// The text.
        delta: String,
    },
    /// The text has ended.
    TextEnd {
        /// The id of the text.
        id: String,
    },
    /// The last status.
    MessageMetadata {
        /// What is known of the reply.
        message_metadata: ReplyMetadata,
    },
    /// The reply is complete.
    Finish {
        /// `stop`.
        finish_reason: String,
    },
    /// The user has stopped the reply.
    Abort {
        /// The reason, for people.
        reason: String,
    },
    /// The reply has failed or was interrupted.
    Error {
        /// The reason, for people.
        error_text: String,
    },
    /// A chunk of a later version of the API.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// What is known of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyMetadata {
    /// The status of the reply.
    pub status: MessageStatus,
    /// The user's message, in the first chunk of the request that has added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_message_id: Option<MessageId>,
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
