//! What an operator has configured.

use crate::client::ModelClient;

/// A model, and what it is asked to do.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// The endpoint.
    pub client: ModelClient,
    /// The name of the model, as the endpoint knows it.
    pub name: String,
    /// The instructions before each conversation.
    pub system_prompt: Option<String>,
    /// Whether the model gives a title to a thread after its first reply.
    pub makes_titles: bool,
}
