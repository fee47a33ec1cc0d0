//! The SAM template: functions, routes, streams, schedules, CORS, the REST API, the WebSocket API and the table.
//!
//! The template is the only list of routes, variables and filters, so the emulator reads the file that `sam deploy`
//! sends to AWS. It reads only the properties that change how functions behave here. Permissions, alarms and logs are
//! not read. But the names in them are checked too: a misspelt one would be ignored here in silence, and found only by
//! the deployment.
//!
//! `node` is the YAML tree, `scope` resolves references in it, and `property` is a value with its place in the file, so
//! that every error names the line, the resource and the property. `known` lists the names of properties, `keys` checks
//! them, and `references` checks what refers to a name. The other modules read one kind of resource each.

mod cors;
mod error;
mod event;
mod function;
mod keys;
mod known;
mod names;
mod node;
mod property;
mod references;
mod rest_api;
mod scope;
mod suggestion;
mod table;
mod websocket_api;

use std::path::Path;

use saphyr::{LoadableYamlNode, MarkedYaml};

use crate::template::{node::Node, property::Property, scope::Scope};

pub use cors::Cors;
pub use error::TemplateError;
pub use event::{Filter, Route, RouteApi, ScheduleEvent, StreamEvent};
pub use function::Function;
pub use rest_api::RestApi;
pub use table::{Key, KeyKind, SecondaryIndex, Table};
pub use websocket_api::{WebSocketApi, WebSocketRoute};

/// The parts of a SAM template that the emulator uses.
#[derive(Debug, Clone)]
pub struct Template {
    /// All resources of type `AWS::Serverless::Function`, in the order of the template.
    pub functions: Vec<Function>,
    /// The `CorsConfiguration` of the `AWS::Serverless::HttpApi`, if it has one.
    pub cors: Option<Cors>,
    /// The `AWS::Serverless::Api`, if there is one.
    pub rest_api: Option<RestApi>,
    /// The `AWS::Serverless::WebSocketApi`, if there is one.
    pub websocket_api: Option<WebSocketApi>,
    /// The `AWS::DynamoDB::Table`. There must be exactly one.
    pub table: Table,
}

impl Template {
    /// Reads the template at `path`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or if [`Template::parse`] returns one.
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Read { path: path.display().to_string(), source })?;
        Self::read(&text, &path.display().to_string())
    }

    /// Reads a template from its text. Errors call the file `template.yaml`.
    ///
    /// # Errors
    /// Returns an error if the text is not YAML, or if a property is unknown, is missing, has the wrong type, or uses
    /// an intrinsic function that the emulator does not resolve.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::read(text, "template.yaml")
    }

    fn read(text: &str, file: &str) -> Result<Self, TemplateError> {
        let documents = MarkedYaml::load_from_str(text).map_err(|error| TemplateError::At {
            place: format!("{file}:{}", error.marker().line()),
            error: Box::new(TemplateError::Yaml(error.info().to_owned())),
        })?;
        let root = documents.first().map_or(Node::Null, Node::from_yaml);
        let scope = Scope::new(&root, file);
        let of_type = |kind: &'static str| {
            let resources = scope.resources().iter();
            let resources =
                resources.filter(|resource| resource.node.get("Type").is_some_and(|value| value.is_text(kind)));
            resources.map(|entry| Property::new(&scope, &entry.key, entry.line, &entry.node)).collect::<Vec<_>>()
        };
        let whole = Property::new(&scope, "the template", 1, &root);
        known::check(&scope, &whole)?;
        references::check(&scope, &whole)?;

        let globals = |section: &str, name: &'static str| {
            let globals = root.get("Globals").and_then(|globals| globals.entry(section));
            let (line, globals) = globals.map_or((1, &Node::Null), |entry| (entry.line, &entry.node));
            Property::new(&scope, name, line, globals)
        };
        let of_functions = globals("Function", "Globals.Function");
        let tables = of_type("AWS::DynamoDB::Table");
        let [table] = tables.as_slice() else {
            return Err(TemplateError::Count {
                file: file.to_owned(),
                kind: "AWS::DynamoDB::Table",
                count: tables.len(),
            });
        };
        let at_most_one = |kind: &'static str| {
            let mut resources = of_type(kind);
            let count = resources.len();
            let error = || TemplateError::Count { file: file.to_owned(), kind, count };
            if count > 1 { Err(error()) } else { Ok(resources.pop()) }
        };
        let rest_api = at_most_one("AWS::Serverless::Api")?.map(|api| RestApi::read(&api)).transpose()?;
        let stage = rest_api.as_ref().map(|api| api.stage.as_str());
        let functions = of_type("AWS::Serverless::Function")
            .iter()
            .map(|resource| Function::read(resource, &of_functions, stage))
            .collect::<Result<Vec<_>, _>>()?;
        let cors = match at_most_one("AWS::Serverless::HttpApi")? {
            Some(api) => api.path(&["Properties", "CorsConfiguration"])?.map(|cors| Cors::read(&cors)).transpose()?,
            None => None,
        };
        let responses = of_type("AWS::ApiGatewayV2::RouteResponse");
        let websocket_api = at_most_one("AWS::Serverless::WebSocketApi")?;
        let websocket_api = websocket_api
            .map(|api| {
                WebSocketApi::read(&api, &globals("WebSocketApi", "Globals.WebSocketApi"), &responses, &functions)
            })
            .transpose()?;
        Ok(Self { functions, cors, rest_api, websocket_api, table: Table::read(table)? })
    }
}

#[cfg(test)]
mod tests;
