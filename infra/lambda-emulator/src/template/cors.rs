//! `CorsConfiguration` of the HTTP API.

use crate::template::{error::TemplateError, property::Property};

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
    /// The seconds that a browser keeps the response to a preflight.
    pub max_age: Option<u64>,
    /// `true` if cookies may be sent.
    pub allow_credentials: bool,
}

impl Cors {
    pub(super) fn read(cors: &Property<'_>) -> Result<Self, TemplateError> {
        let any = || vec!["*".to_owned()];
        // The short form of SAM: `CorsConfiguration: true` allows everything.
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
