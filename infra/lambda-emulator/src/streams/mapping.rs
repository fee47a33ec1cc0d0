//! The stream events of the template.

use serde_json::Value;

use crate::{
    streams::filter::{FilterError, Pattern},
    template::{Function, StreamEvent},
};

/// A function's stream event, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) function: String,
    pub(crate) event: StreamEvent,
    /// A record passes if it matches any of them, or if there are none.
    filters: Vec<Pattern>,
}

impl Mapping {
    /// Returns the mappings of all functions.
    ///
    /// # Errors
    /// A filter cannot be evaluated.
    pub(crate) fn all(functions: &[Function]) -> Result<Vec<Self>, FilterError> {
        let mut mappings = Vec::new();
        for function in functions {
            for event in &function.streams {
                let filters = event
                    .filters
                    .iter()
                    .map(|filter| Pattern::parse(&function.logical_id, filter))
                    .collect::<Result<_, _>>()?;
                mappings.push(Self { function: function.name.clone(), event: event.clone(), filters });
            }
        }
        Ok(mappings)
    }

    /// Returns whether the function gets this record.
    pub(crate) fn passes(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }
}
