//! An exchange: a user's message and the assistant's answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, FromFields, InvalidField},
    message::{Content, CreateMessage, Message, MessageParts, Model, Role},
};

/// The request of `POST /threads/{thread_id}/exchanges`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CreateExchange {
    /// The user's message.
    pub user: ExchangeMessage,
    /// The assistant's answer.
    pub assistant: ExchangeMessage,
}

/// A message without a role: the name of its field in [`CreateExchange`] decides it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ExchangeMessage {
    /// The text.
    pub content: Content,
    /// The same message as an AI library structures it.
    #[schemars(default)]
    pub parts: Option<MessageParts>,
    /// The client's name for the model that wrote the message.
    #[schemars(default)]
    pub model: Option<Model>,
}

/// The response of `POST /threads/{thread_id}/exchanges`. Both messages are stored.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// The user's message.
    pub user: Message,
    /// The assistant's answer.
    pub assistant: Message,
}

impl FromFields for CreateExchange {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let user = fields.object("user");
        let assistant = fields.object("assistant");
        Ok(Self { user: user?, assistant: assistant? })
    }
}

impl FromFields for ExchangeMessage {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let content = fields.required("content");
        let parts = fields.or_default("parts");
        let model = fields.or_default("model");
        Ok(Self { content: content?, parts: parts?, model: model? })
    }
}

impl CreateExchange {
    /// Returns the messages of the user and of the assistant, in this order.
    pub fn into_messages(self) -> [CreateMessage; 2] {
        [self.user.with_role(Role::User), self.assistant.with_role(Role::Assistant)]
    }
}

impl ExchangeMessage {
    fn with_role(self, role: Role) -> CreateMessage {
        CreateMessage { role, content: self.content, parts: self.parts, model: self.model }
    }
}
