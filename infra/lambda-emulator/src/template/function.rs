//! `AWS::Serverless::Function`, with what `Globals.Function` adds to it.

use std::{collections::BTreeMap, time::Duration};

use crate::template::{
    error::TemplateError,
    event::{Route, ScheduleEvent, StreamEvent},
    property::Property,
};

/// The default `Timeout` of Lambda.
const DEFAULT_TIMEOUT_SECONDS: u64 = 3;
/// The default `MemorySize` of Lambda.
const DEFAULT_MEMORY_MB: u32 = 128;

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its logical id in the template, for example `CreateOrder`.
    pub logical_id: String,
    /// The place of its `CodeUri`, for example `template.yaml:120`.
    pub place: String,
    /// The name of its package and binary: the last segment of `CodeUri`, for example `create-order`.
    pub name: String,
    /// The maximum duration of one invocation.
    pub timeout: Duration,
    /// `MemorySize` in MB. The process can read it; it is not enforced here.
    pub memory_mb: u32,
    /// Environment variables, including those of `Globals`. Parameters are resolved to their `Default`. A function
    /// drops a variable of `Globals` by setting it to `!Ref AWS::NoValue`.
    pub environment: BTreeMap<String, String>,
    /// The place of each variable's value, `<file>:<line>`: of a parameter's `Default`, or of the variable.
    pub variable_places: BTreeMap<String, String>,
    /// The routes of the HTTP API and of the REST API that invoke it.
    pub routes: Vec<Route>,
    /// The streams that invoke it.
    pub streams: Vec<StreamEvent>,
    /// The schedules that invoke it.
    pub schedules: Vec<ScheduleEvent>,
}

impl Function {
    /// Reads the function. `stage` is that of the REST API, if the template has one.
    pub(super) fn read(
        resource: &Property<'_>,
        globals: &Property<'_>,
        stage: Option<&str>,
    ) -> Result<Self, TemplateError> {
        let own = resource.require("Properties")?;
        let property = |key: &str| own.get(key)?.map_or_else(|| globals.get(key), |found| Ok(Some(found)));

        let code_uri = own.require("CodeUri")?;
        let path = code_uri.text()?;
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        if matches!(name.as_str(), "" | "." | "..") {
            return Err(code_uri.invalid("the folder of a package, functions/<name>"));
        }

        let (mut environment, mut variable_places) = (BTreeMap::new(), BTreeMap::new());
        for source in [globals, &own] {
            if let Some(variables) = source.path(&["Environment", "Variables"])? {
                for (name, value) in variables.entries()? {
                    if value.is_no_value() {
                        environment.remove(name);
                        variable_places.remove(name);
                    } else {
                        variable_places.insert(name.to_owned(), value.origin());
                        environment.insert(name.to_owned(), value.text()?);
                    }
                }
            }
        }

        let mut function = Self {
            logical_id: resource.resource().to_owned(),
            place: code_uri.place(),
            name,
            timeout: Duration::from_secs(match property("Timeout")? {
                Some(value) => value.integer_in(1..=900, "a whole number of seconds from 1 to 900")?,
                None => DEFAULT_TIMEOUT_SECONDS,
            }),
            memory_mb: match property("MemorySize")? {
                Some(value) => value.integer_in(128..=10_240, "a whole number of MB from 128 to 10240")?,
                None => DEFAULT_MEMORY_MB,
            },
            environment,
            variable_places,
            routes: Vec::new(),
            streams: Vec::new(),
            schedules: Vec::new(),
        };
        if let Some(events) = own.get("Events")? {
            for (_, event) in events.entries()? {
                match event.require("Type")?.text()?.as_str() {
                    "HttpApi" => function.routes.push(Route::read(&event)?),
                    "Api" => function.routes.push(Route::read_rest(&event, stage)?),
                    "DynamoDB" => function.streams.push(StreamEvent::read(&event)?),
                    "Schedule" | "ScheduleV2" => function.schedules.extend(ScheduleEvent::read(&event)?),
                    other => return Err(event.unsupported_event(other.to_owned())),
                }
            }
        }
        Ok(function)
    }
}
