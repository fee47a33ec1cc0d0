//! The template reader.

use arbitrary::Arbitrary;
use lambda_emulator::template::Template;

use crate::input::input;

/// A small template with each kind of resource that the reader reads.
const TEMPLATE: &str = include_str!("template.yaml");

/// A change of the text.
#[derive(Debug, Clone, Arbitrary)]
struct Edit {
    line: u8,
    change: Change,
}

#[derive(Debug, Clone, Arbitrary)]
enum Change {
    Remove,
    Repeat,
    Indent,
    Outdent,
    /// Removes what follows this line.
    Cut,
    /// Swaps the line with another.
    Swap(u8),
    /// Replaces the value after the colon.
    Value(u8),
    /// Inserts text into the line.
    Insert(u8, String),
}

const VALUES: [&str; 16] = [
    "",
    "null",
    "[]",
    "{}",
    "- a",
    "!Ref Missing",
    "!GetAtt Table.Arn",
    "!Sub \"${Table}${\"",
    "!If [a]",
    "*a",
    "&a b",
    "| ",
    "-1",
    "1e99",
    "\"\\u0000\"",
    "!Unknown x",
];

fn edited(edits: &[Edit]) -> String {
    let mut lines: Vec<String> = TEMPLATE.lines().map(str::to_owned).collect();
    for Edit { line, change } in edits {
        if lines.is_empty() {
            break;
        }
        let count = lines.len();
        let at = usize::from(*line) % count;
        match change {
            Change::Remove => drop(lines.remove(at)),
            Change::Repeat => lines.insert(at, lines[at].clone()),
            Change::Indent => lines[at].insert_str(0, "  "),
            Change::Outdent => lines[at] = lines[at].strip_prefix("  ").unwrap_or(&lines[at]).to_owned(),
            Change::Cut => lines.truncate(at),
            Change::Swap(other) => lines.swap(at, usize::from(*other) % count),
            Change::Value(value) => {
                let name = lines[at].split(':').next().unwrap_or_default().to_owned();
                lines[at] = format!("{name}: {}", VALUES[usize::from(*value) % VALUES.len()]);
            }
            Change::Insert(column, text) => {
                let column = lines[at].floor_char_boundary(usize::from(*column) % (lines[at].len() + 1));
                lines[at].insert_str(column, text);
            }
        }
    }
    lines.join("\n")
}

pub(crate) fn a_template_is_read_or_its_error_has_a_line(bytes: &[u8]) {
    let valid = Template::parse(TEMPLATE).unwrap_or_else(|error| panic!("{error}"));
    assert!(valid.rest_api.is_some() && valid.websocket_api.is_some() && valid.cors.is_some());
    let Some(edits) = input::<Vec<Edit>>(bytes) else { return };
    let text = edited(&edits);
    match Template::parse(&text) {
        Ok(template) => {
            let routes = template.functions.iter().flat_map(|function| &function.routes);
            assert!(routes.into_iter().all(|route| route.path.starts_with('/') || route.path == "$default"));
            assert_eq!(format!("{template:?}"), format!("{:?}", Template::parse(&format!("{text}\n")).unwrap()));
        }
        Err(error) => assert!(error.to_string().starts_with("template.yaml"), "{error}"),
    }
}
