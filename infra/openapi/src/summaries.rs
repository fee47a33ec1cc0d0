//! The summaries of operations: the first sentence of each function's documentation.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use lambda_emulator::template::Function;

/// The error of reading a function's documentation.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The documentation does not begin with the route in backticks and a colon.
    #[error("{}: the first line must be //! `{route}`: and what the function does", .path.display())]
    NoRoute {
        /// The file.
        path: PathBuf,
        /// Method and path of the template.
        route: String,
    },
}

/// Reads the summaries of all functions with a route, by function name. `root` is the directory of the template.
///
/// # Errors
/// See [`SummaryError`].
pub fn read_summaries(root: &Path, functions: &[Function]) -> Result<BTreeMap<String, String>, SummaryError> {
    let mut summaries = BTreeMap::new();
    for function in functions {
        for route in &function.routes {
            let path = root.join("functions").join(&function.name).join("src/main.rs");
            let source = match fs::read_to_string(&path) {
                Ok(source) => source,
                Err(source) => return Err(SummaryError::Read { path, source }),
            };
            let route = format!("{} {}", route.method, route.path);
            let Some(summary) = summary(&source, &route) else { return Err(SummaryError::NoRoute { path, route }) };
            summaries.insert(function.name.clone(), summary);
        }
    }
    Ok(summaries)
}

/// Returns the first sentence of a source file's documentation, without the route before it.
fn summary(source: &str, route: &str) -> Option<String> {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let paragraph = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let text = paragraph.strip_prefix(&format!("`{route}`: "))?;
    let sentence = text.split(". ").next().unwrap_or(text).trim_end_matches('.');
    let mut characters = sentence.chars();
    let first = characters.next()?;
    Some(first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_sentence_of_the_documentation() {
        let source = "//! `GET /a`: reads an\n//! entry. Nothing else.\n//!\n//! More.\nfn main() {}\n";
        assert_eq!(summary(source, "GET /a").as_deref(), Some("Reads an entry"));
        assert_eq!(summary("//! `GET /a`: reads.\n", "GET /a").as_deref(), Some("Reads"));
        assert_eq!(summary(source, "GET /b"), None);
        assert_eq!(summary("fn main() {}\n", "GET /a"), None);
    }
}
