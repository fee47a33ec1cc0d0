//! What `template.yaml` says: functions, routes, streams, schedules, CORS and the table.
//!
//! The template is the only list of routes, variables and filters, so the local stack reads the same file that `sam deploy`
//! sends to AWS. Only properties that change how the stack behaves locally are read; permissions, alarms and logs are not.

mod event;
mod function;
mod node;
mod table;

use std::path::Path;

use saphyr::{LoadableYamlNode, Yaml};

pub use event::{Route, ScheduleEvent, StreamEvent};
pub use function::Function;
pub use table::{Key, KeyKind, SecondaryIndex, Table};

use node::{Node, Property, Scope};

/// Everything the local stack takes from a SAM template.
#[derive(Debug, Clone)]
pub struct Template {
    /// Every `AWS::Serverless::Function`, in the order of the template.
    pub functions: Vec<Function>,
    /// `CorsConfiguration` of the `AWS::Serverless::HttpApi`; `None` when the API has none.
    pub cors: Option<Cors>,
    /// The one `AWS::DynamoDB::Table`.
    pub table: Table,
}

/// `CorsConfiguration` of an HTTP API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins that may call; `*` means any.
    pub allow_origins: Vec<String>,
    /// Methods a preflight may ask for; `*` means any.
    pub allow_methods: Vec<String>,
    /// Request headers a preflight may ask for; `*` means any.
    pub allow_headers: Vec<String>,
    /// Response headers a browser shows to scripts.
    pub expose_headers: Vec<String>,
    /// Seconds a browser keeps the answer of a preflight.
    pub max_age: Option<u64>,
    /// Whether cookies may be sent.
    pub allow_credentials: bool,
}

/// What is wrong with a template, by resource and property.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("the template is not valid YAML: {0}")]
    Yaml(String),
    /// A property that the local stack needs is not there.
    #[error("{resource}: {property} is missing")]
    Missing {
        /// Logical id.
        resource: String,
        /// Path of the property inside the resource.
        property: String,
    },
    /// A property holds something else than it should.
    #[error("{resource}: {property} should be {expected}")]
    Invalid {
        /// Logical id.
        resource: String,
        /// Path of the property inside the resource.
        property: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A property uses an intrinsic function (or an argument of one) that the local stack cannot resolve.
    #[error("{resource}: {property} uses {intrinsic}, which the local stack does not resolve")]
    Intrinsic {
        /// Logical id.
        resource: String,
        /// Path of the property inside the resource.
        property: String,
        /// The function as written, `!Sub ${A.B}`.
        intrinsic: String,
    },
    /// A function has an event that the local stack cannot send.
    #[error("{resource}: {property} is a {kind} event, which the local stack does not send")]
    Event {
        /// Logical id.
        resource: String,
        /// Path of the event inside the resource.
        property: String,
        /// Its `Type`.
        kind: String,
    },
    /// The local stack wants exactly one resource of this type.
    #[error("the template should hold one {kind}, and holds {count}")]
    Count {
        /// Resource type.
        kind: &'static str,
        /// How many there are.
        count: usize,
    },
}

impl Template {
    /// Reads the template at `path`.
    ///
    /// # Errors
    /// The file cannot be read, is not YAML, or [`Template::parse`] refuses it.
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Read { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }

    /// Reads a template from its text.
    ///
    /// # Errors
    /// Names the resource and property that is missing, of the wrong shape, or uses an intrinsic function the local stack
    /// does not resolve.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::Yaml(error.to_string()))?;
        let root = documents.first().map_or(Node::Null, Node::from_yaml);
        let scope = Scope::new(&root);
        let of_type = |kind: &str| {
            scope
                .resources()
                .filter(move |(_, resource)| resource.get("Type").is_some_and(|value| value.is_text(kind)))
                .map(|(id, resource)| Property::new(&scope, id, resource))
                .collect::<Vec<_>>()
        };

        let globals = root.get("Globals").and_then(|globals| globals.get("Function")).unwrap_or(&Node::Null);
        let globals = Property::new(&scope, "Globals.Function", globals);
        let functions = of_type("AWS::Serverless::Function")
            .iter()
            .map(|resource| Function::read(resource, &globals))
            .collect::<Result<_, _>>()?;

        let tables = of_type("AWS::DynamoDB::Table");
        let [table] = tables.as_slice() else {
            return Err(TemplateError::Count { kind: "AWS::DynamoDB::Table", count: tables.len() });
        };
        let apis = of_type("AWS::Serverless::HttpApi");
        let cors = match apis.as_slice() {
            [] => None,
            [api] => api.path(&["Properties", "CorsConfiguration"])?.map(|cors| Cors::read(&cors)).transpose()?,
            _ => return Err(TemplateError::Count { kind: "AWS::Serverless::HttpApi", count: apis.len() }),
        };
        Ok(Self { functions, cors, table: Table::read(table)? })
    }
}

impl Cors {
    fn read(cors: &Property<'_>) -> Result<Self, TemplateError> {
        let any = || vec!["*".to_owned()];
        // SAM's short form: `CorsConfiguration: true` allows everything.
        if let Ok(allowed) = cors.boolean() {
            let list = || if allowed { any() } else { Vec::new() };
            return Ok(Self { allow_origins: list(), allow_methods: list(), allow_headers: list(), ..Self::default() });
        }
        let texts = |name: &str| cors.get(name)?.map_or(Ok(Vec::new()), |list| list.texts());
        Ok(Self {
            allow_origins: texts("AllowOrigins")?,
            allow_methods: texts("AllowMethods")?,
            allow_headers: texts("AllowHeaders")?,
            expose_headers: texts("ExposeHeaders")?,
            max_age: cors.get("MaxAge")?.map(|age| age.integer()).transpose()?,
            allow_credentials: cors.get("AllowCredentials")?.map_or(Ok(false), |allow| allow.boolean())?,
        })
    }
}

#[cfg(test)]
mod tests;
