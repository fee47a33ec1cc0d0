//! The schemas of the contract's types, as components of the description.

use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value};

/// The place of the schemas in a description.
const PLACE: &str = "/components/schemas";

/// Makes schemas and collects those that they refer to.
///
/// A type may have two schemas, because a field with a default may be missing in a request and is always there in an
/// answer. So there is one generator for each direction.
pub(crate) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

/// The error for a type that looks different in requests and in answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} differs between requests and answers; give it two types")]
pub struct TwoSchemas(pub String);

impl Schemas {
    pub(crate) fn new() -> Self {
        Self { requests: generator(Contract::Deserialize), answers: generator(Contract::Serialize) }
    }

    /// Returns the schema of a type that the server reads.
    pub(crate) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// Returns the schema of a type that the server writes.
    pub(crate) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// Returns the schema of a type that the server writes, itself and not a reference. It does not become a component.
    pub(crate) fn inline<T: JsonSchema>(&mut self) -> Value {
        T::json_schema(&mut self.answers).to_value()
    }

    /// Returns all schemas that others refer to, by name.
    ///
    /// # Errors
    /// Two schemas have the same name.
    pub(crate) fn into_components(mut self) -> Result<Map<String, Value>, TwoSchemas> {
        let mut components = self.requests.take_definitions(true);
        for (name, schema) in self.answers.take_definitions(true) {
            if components.get(&name).is_some_and(|other| *other != schema) {
                return Err(TwoSchemas(name));
            }
            components.insert(name, schema);
        }
        Ok(components)
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = PLACE.into();
        settings.meta_schema = None;
        settings.contract = contract;
    });
    settings.into_generator()
}
