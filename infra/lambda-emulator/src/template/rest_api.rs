//! `AWS::Serverless::Api`: a REST API whose functions stream.

use axum::http::{HeaderName, HeaderValue, header};

use crate::template::{error::TemplateError, property::Property};

/// A REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestApi {
    /// The name of the stage. It is the first segment of every path: `https://<host>/<stage>/<path>`.
    pub stage: String,
    /// The headers with which the API answers a preflight of each of its paths (`Cors`). `None` if it answers none.
    pub(crate) preflight: Option<Vec<(HeaderName, HeaderValue)>>,
    /// The headers of the API's own responses with a status of 4xx (`DEFAULT_4XX` of `GatewayResponses`).
    pub(crate) of_client_errors: Vec<(HeaderName, HeaderValue)>,
    /// The headers of the API's own responses with a status of 5xx (`DEFAULT_5XX` of `GatewayResponses`).
    pub(crate) of_server_errors: Vec<(HeaderName, HeaderValue)>,
}

impl RestApi {
    pub(super) fn read(api: &Property<'_>) -> Result<Self, TemplateError> {
        let properties = api.require("Properties")?;
        let name = properties.require("StageName")?;
        let stage = name.text()?;
        if stage.is_empty() || !stage.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err(name.invalid("a name of letters, digits, hyphens and underscores"));
        }
        let of_errors =
            |kind: &str| match properties.path(&["GatewayResponses", kind, "ResponseParameters", "Headers"])? {
                Some(headers) => headers.entries()?.iter().map(|(name, value)| header_of(name, value)).collect(),
                None => Ok(Vec::new()),
            };
        let preflight = properties.get("Cors")?.map(|cors| preflight(&cors)).transpose()?;
        Ok(Self {
            stage,
            preflight,
            of_client_errors: of_errors("DEFAULT_4XX")?,
            of_server_errors: of_errors("DEFAULT_5XX")?,
        })
    }
}

fn preflight(cors: &Property<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, TemplateError> {
    let names = [
        ("AllowOrigin", header::ACCESS_CONTROL_ALLOW_ORIGIN),
        ("AllowMethods", header::ACCESS_CONTROL_ALLOW_METHODS),
        ("AllowHeaders", header::ACCESS_CONTROL_ALLOW_HEADERS),
        ("MaxAge", header::ACCESS_CONTROL_MAX_AGE),
    ];
    let mut headers = Vec::new();
    for (property, name) in names {
        if let Some(value) = cors.get(property)? {
            headers.push((name, quoted(&value)?));
        }
    }
    Ok(headers)
}

fn header_of(name: &str, value: &Property<'_>) -> Result<(HeaderName, HeaderValue), TemplateError> {
    let name = HeaderName::try_from(name).map_err(|_| value.invalid("of a header, which has another name"))?;
    Ok((name, quoted(value)?))
}

/// Reads a static value, which API Gateway wants in single quotes: `"'*'"`.
fn quoted(property: &Property<'_>) -> Result<HeaderValue, TemplateError> {
    let text = property.text()?;
    let value = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let value = value.and_then(|value| HeaderValue::from_str(value).ok());
    value.ok_or_else(|| property.invalid("a text in single quotes, for example \"'*'\""))
}
