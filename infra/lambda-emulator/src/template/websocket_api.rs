//! `AWS::Serverless::WebSocketApi`, with the `AWS::ApiGatewayV2::RouteResponse` of its routes.

use std::time::Duration;

use crate::template::{error::TemplateError, function::Function, property::Property};

/// The name that SAM gives to the stage if the template does not.
const DEFAULT_STAGE: &str = "default";
/// The maximum integration timeout of a WebSocket API, which is also the default.
const MAX_INTEGRATION_TIMEOUT_MS: u64 = 29_000;

/// A WebSocket API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSocketApi {
    /// The name of the stage. It is the path of the API: `wss://<host>/<stage>`.
    pub stage: String,
    /// The path in a message's body that names its route: `["action"]` for `$request.body.action`. Empty if the API has
    /// only routes whose names begin with `$`.
    pub selection: Vec<String>,
    /// `$connect`, `$default`, and any others.
    pub routes: Vec<WebSocketRoute>,
}

/// A route of a WebSocket API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSocketRoute {
    /// `$connect`, `$disconnect`, `$default`, or the value that selects the route.
    pub key: String,
    /// The name of the function's binary.
    pub function: String,
    /// The time for which the API waits for the function.
    pub timeout: Duration,
    /// `true` if the function's response is sent to the client. This takes a `RouteResponseSelectionExpression` and an
    /// `AWS::ApiGatewayV2::RouteResponse`.
    pub responds: bool,
}

impl WebSocketApi {
    /// Reads the API. `responses` are all resources of type `AWS::ApiGatewayV2::RouteResponse`.
    pub(super) fn read(
        api: &Property<'_>,
        globals: &Property<'_>,
        responses: &[Property<'_>],
        functions: &[Function],
    ) -> Result<Self, TemplateError> {
        let properties = api.require("Properties")?;
        let stage = match properties.get("StageName")? {
            None => DEFAULT_STAGE.to_owned(),
            Some(name) => {
                let stage = name.text()?;
                let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if stage.is_empty() || !stage.chars().all(is_valid) {
                    return Err(name.invalid("a name of letters, digits, hyphens and underscores"));
                }
                stage
            }
        };
        let all = properties.require("Routes")?;
        for key in ["$connect", "$default"] {
            all.require(key)?;
        }
        let answered: Vec<&str> =
            responses.iter().map(|response| answered_route(response)).collect::<Result<_, _>>()?;
        let mut routes = Vec::new();
        for (key, route) in all.entries()? {
            let selection = route.get("RouteResponseSelectionExpression")?;
            routes.push(WebSocketRoute {
                key: key.to_owned(),
                function: function_of(&route.require("FunctionArn")?, functions)?,
                timeout: Duration::from_millis(match route.get("IntegrationTimeout")? {
                    Some(timeout) => timeout.integer_in(
                        50..=MAX_INTEGRATION_TIMEOUT_MS,
                        "a whole number of milliseconds from 50 to 29000",
                    )?,
                    None => MAX_INTEGRATION_TIMEOUT_MS,
                }),
                responds: selection.is_some() && answered.contains(&route_id(api.resource(), key).as_str()),
            });
        }
        let expression = match globals.get("RouteSelectionExpression")? {
            Some(global) => properties.get("RouteSelectionExpression")?.unwrap_or(global),
            None => properties.require("RouteSelectionExpression")?,
        };
        // The expression is not evaluated if no route depends on it.
        let selection = match routes.iter().all(|route| route.key.starts_with('$')) {
            true => Vec::new(),
            false => {
                let path = expression.text()?;
                let path =
                    path.strip_prefix("$request.body.").ok_or_else(|| expression.invalid("$request.body.<name>"))?;
                path.split('.').map(str::to_owned).collect()
            }
        };
        Ok(Self { stage, selection, routes })
    }

    /// Returns the route of this key.
    pub(crate) fn route(&self, key: &str) -> Option<&WebSocketRoute> {
        self.routes.iter().find(|route| route.key == key)
    }
}

/// Returns the logical id that SAM gives to a route, for example `LiveApiDefaultRoute`.
fn route_id(api: &str, key: &str) -> String {
    format!("{api}{}Route", capitalized(key))
}

/// Returns a route's key as SAM writes it in logical ids: without `$`, and only the first letter in upper case.
pub(super) fn capitalized(key: &str) -> String {
    let key = key.trim_start_matches('$').to_ascii_lowercase();
    let mut letters = key.chars();
    letters.next().map(|first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str())).unwrap_or_default()
}

/// Returns the logical id of the route that a route response belongs to.
fn answered_route<'a>(response: &Property<'a>) -> Result<&'a str, TemplateError> {
    let route = response.require("Properties")?.require("RouteId")?;
    route.reference().ok_or_else(|| route.invalid("!Ref <API><route>Route"))
}

/// Returns the name of the function that a `FunctionArn` refers to. `!Ref <function>` is refused, because it is a name
/// and not an ARN, and the deployment of the API would fail.
fn function_of(arn: &Property<'_>, functions: &[Function]) -> Result<String, TemplateError> {
    let expected = "!Ref <function>.Alias or !GetAtt <function>.Arn";
    let id = match arn.reference() {
        Some(target) => target.strip_suffix(".Alias").ok_or_else(|| arn.invalid(expected))?.to_owned(),
        None => match arn.attribute()? {
            (id, attribute) if attribute == "Arn" => id,
            _ => return Err(arn.invalid(expected)),
        },
    };
    let function = functions.iter().find(|function| function.logical_id == id);
    let function = function.ok_or_else(|| arn.invalid("the ARN or the alias of a function of the template"))?;
    Ok(function.name.clone())
}
