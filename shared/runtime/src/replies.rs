//! The state of the function that writes replies, and the response with a reply.

use futures_util::StreamExt as _;
use http::{HeaderName, HeaderValue};
use tokio::try_join;
use usher_contract::{EVENT_STREAM, FieldErrors, Model, ProblemCode};
use usher_model::ModelSettings;
use usher_replies::{Event, Events, PROTOCOL_HEADER, PROTOCOL_VERSION};

use crate::{
    backend::Backend,
    config::{ConfiguredModel, InitError},
    http::problem::Problem,
    secrets::secret::NoSecret,
    streamed::response::StreamedResponse,
};

/// A [`Backend`] with the language model that the operator has configured.
pub struct ReplyBackend {
    /// The rest of the state.
    pub backend: Backend,
    model: Option<ConfiguredModel>,
}

impl ReplyBackend {
    /// As [`Backend::init`], and reads the configuration of the model.
    ///
    /// # Errors
    /// The configuration is wrong. It is not an error if there is no model.
    pub async fn init() -> Result<Self, InitError> {
        let (backend, model) = try_join!(Backend::init(), ConfiguredModel::read())?;
        Ok(Self { backend, model })
    }

    /// Returns the model of this name, or the operator's first one.
    ///
    /// # Errors
    /// 503: no model is configured, or its key could not be read. 422: the operator does not allow the model.
    pub async fn model(&self, name: Option<&Model>) -> Result<ModelSettings, Problem> {
        let not_configured = |variable| Problem::not_configured(ProblemCode::ModelNotConfigured, variable);
        let model = self.model.as_ref().ok_or_else(|| not_configured("MODEL_URL"))?;
        let settings = model.settings(name).await.map_err(|reason| match reason {
            NoSecret::NotConfigured => not_configured("MODEL_KEY"),
            NoSecret::Unread => {
                Problem::unavailable(ProblemCode::SecretUnavailable, "the model's key could not be read; try again")
            }
        })?;
        settings.ok_or_else(|| {
            let errors = FieldErrors::one("model", "is not a model that this API offers");
            Problem::of_fields(ProblemCode::InvalidField, errors)
        })
    }
}

impl AsRef<Backend> for ReplyBackend {
    fn as_ref(&self) -> &Backend {
        &self.backend
    }
}

impl StreamedResponse {
    /// Returns a 200 with the events of a reply. `observe` sees each event.
    pub fn of_reply(events: Events, observe: impl Fn(&Event) + 'static) -> Self {
        Self::new(EVENT_STREAM, events.into_body(observe).map(Ok))
            .header(HeaderName::from_static(PROTOCOL_HEADER), HeaderValue::from_static(PROTOCOL_VERSION))
    }
}
