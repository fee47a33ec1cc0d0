//! The stream events of the template.

use serde_json::Value;

use crate::{
    streams::filter::{FilterError, Pattern},
    template::{Function, StreamEvent},
};

/// The maximum number of retries, unless they are endless. Lambda retries by default until the records expire after a
/// day; here a function that always fails must not block the stream that long.
const MAX_RETRIES: u32 = 10;
/// The number of retries if the template has no maximum.
const DEFAULT_RETRIES: u32 = 5;

/// A function's stream event, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) function: String,
    pub(crate) event: StreamEvent,
    /// The number of retries of a batch.
    pub(crate) retries: u32,
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
                let retries = event.maximum_retry_attempts.unwrap_or(DEFAULT_RETRIES).min(MAX_RETRIES);
                mappings.push(Self { function: function.name.clone(), event: event.clone(), retries, filters });
            }
        }
        Ok(mappings)
    }

    /// Retries without an end, if the template has no maximum.
    pub(crate) fn retry_endlessly(&mut self) {
        if self.event.maximum_retry_attempts.is_none() {
            self.retries = u32::MAX;
        }
    }

    /// Returns whether the function gets this record.
    pub(crate) fn passes(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;

    #[test]
    fn only_a_mapping_without_a_maximum_is_retried_endlessly() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let mut mappings = Mapping::all(&Template::load(&path).unwrap().functions).unwrap();
        let retries = |mappings: &[Mapping]| {
            let of_mapping = mappings.iter().map(|mapping| (mapping.event.maximum_retry_attempts, mapping.retries));
            of_mapping.collect::<Vec<_>>()
        };
        let by_default = retries(&mappings);
        assert!(by_default.contains(&(None, DEFAULT_RETRIES)) && by_default.contains(&(Some(10), 10)));
        mappings.iter_mut().for_each(Mapping::retry_endlessly);
        let endless = retries(&mappings);
        assert!(endless.contains(&(None, u32::MAX)) && endless.contains(&(Some(10), 10)));
    }
}
