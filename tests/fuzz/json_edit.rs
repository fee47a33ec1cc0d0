//! JSON texts that differ from a valid one in a few places: what a parser must expect of others.

use arbitrary::Arbitrary;
use serde_json::Value;

/// Names that mean something to one of the parsers.
const NAMES: [&str; 32] = [
    "alg",
    "aud",
    "azp",
    "banned",
    "cat",
    "crit",
    "data",
    "deleted_at",
    "dynamodb",
    "exp",
    "iat",
    "id",
    "iss",
    "Keys",
    "kid",
    "nbf",
    "NewImage",
    "organization",
    "organization_memberships",
    "pk",
    "private_metadata",
    "public_metadata",
    "S",
    "sid",
    "sk",
    "sts",
    "sub",
    "timestamp",
    "token",
    "typ",
    "type",
    "updated_at",
];

/// Values at the edge of what JSON, or one of the parsers, allows.
const VALUES: [&str; 20] = [
    "null",
    "true",
    "false",
    "0",
    "-0.0",
    "1e400",
    "9223372036854775808",
    "1.7e12",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"user_1\"",
    "\"user_#\"",
    "\"pending\"",
    "\"RS256\"",
    "\"none\"",
    "{}",
    "[]",
    "[{}]",
    " [ null ] ",
];

/// A change of a JSON text.
#[derive(Debug, Clone, Arbitrary)]
pub(crate) struct Edit {
    /// The changed member or element, as its position in the text. Counts around.
    place: u8,
    change: Change,
}

#[derive(Debug, Clone, Arbitrary)]
enum Change {
    Remove,
    Repeat,
    /// Writes a character of the name as an escape.
    Escape(u8),
    Rename(u8),
    Replace(u8),
    /// Adds a member before this one.
    Insert(u8, u8),
    /// Makes the value an element of an array in an array and so on.
    Nest(u8),
    /// Moves a copy of the value into a new member, which stands at another place.
    CopyTo(u8, u8),
    /// Replaces the value by any text, which may not be JSON.
    Write(String),
}

/// A JSON text whose objects may repeat names. The names are written with their quotation marks.
#[derive(Debug, Clone)]
enum Json {
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Returns the text of `base` after these edits.
pub(crate) fn edited(base: &Value, edits: &[Edit]) -> String {
    let mut json = Json::from(base);
    for Edit { place, change } in edits {
        let places = json.places();
        let position = |place: u8| usize::from(place) % places.max(1);
        match change {
            Change::CopyTo(target, name) => {
                let copied = json.value(&mut position(*target)).cloned();
                if let Some(copied) = copied {
                    json.edit(&mut position(target.wrapping_add(*name)), &mut |object, at| {
                        object.insert(at, (quoted(*name), copied.clone()));
                    });
                }
            }
            change => drop(json.edit(&mut position(*place), &mut |members, at| apply(change, members, at))),
        }
    }
    json.to_text()
}

fn apply(change: &Change, members: &mut Vec<(String, Json)>, at: usize) {
    let (name, value) = &mut members[at];
    match change {
        Change::Remove => drop(members.remove(at)),
        Change::Repeat => {
            let copy = members[at].clone();
            members.push(copy);
        }
        Change::Escape(position) => *name = escaped(name, usize::from(*position)),
        Change::Rename(new) => *name = quoted(*new),
        Change::Replace(new) => *value = edge_value(*new),
        Change::Insert(new, value) => members.insert(at, (quoted(*new), edge_value(*value))),
        Change::Nest(levels) => {
            let levels = usize::from(*levels);
            *value = Json::Text(format!("{}{}{}", "[".repeat(levels), value.to_text(), "]".repeat(levels)));
        }
        Change::Write(text) => *value = Json::Text(text.clone()),
        Change::CopyTo(..) => {}
    }
}

fn quoted(name: u8) -> String {
    format!("\"{}\"", NAMES[usize::from(name) % NAMES.len()])
}

fn edge_value(value: u8) -> Json {
    Json::Text(VALUES[usize::from(value) % VALUES.len()].to_owned())
}

/// Writes one character of a quoted name as `\uXXXX`, if it is not part of an escape already.
fn escaped(quoted: &str, position: usize) -> String {
    let name = quoted.trim_matches('"');
    if name.is_empty() || name.contains('\\') || !name.is_ascii() {
        return quoted.to_owned();
    }
    let position = position % name.len();
    let (before, rest) = name.split_at(position);
    let character = rest.as_bytes()[0];
    format!("\"{before}\\u{character:04x}{}\"", &rest[1..])
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Array(values) => Self::Array(values.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (format!("\"{name}\""), value.into())).collect())
            }
            value => Self::Text(value.to_string()),
        }
    }
}

impl Json {
    /// Returns the number of members and elements, at every depth.
    fn places(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Array(values) => values.iter().map(|value| 1 + value.places()).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| 1 + value.places()).sum(),
        }
    }

    /// Returns the value at a place.
    fn value(&self, place: &mut usize) -> Option<&Self> {
        let values: Vec<&Self> = match self {
            Self::Text(_) => Vec::new(),
            Self::Array(values) => values.iter().collect(),
            Self::Object(members) => members.iter().map(|(_, value)| value).collect(),
        };
        for value in values {
            if *place == 0 {
                return Some(value);
            }
            *place -= 1;
            if let Some(found) = value.value(place) {
                return Some(found);
            }
        }
        None
    }

    /// Calls `change` with the members around a place, and its position among them. The elements of an array are members
    /// whose names are not written.
    fn edit(&mut self, place: &mut usize, change: &mut impl FnMut(&mut Vec<(String, Self)>, usize)) -> bool {
        let is_array = matches!(self, Self::Array(_));
        let mut members = match self {
            Self::Text(_) => return false,
            Self::Array(values) => values.drain(..).map(|value| ("\"\"".to_owned(), value)).collect(),
            Self::Object(members) => std::mem::take(members),
        };
        let mut is_done = false;
        for at in 0..members.len() {
            if *place == 0 {
                change(&mut members, at);
                is_done = true;
            } else {
                *place -= 1;
                is_done = members[at].1.edit(place, change);
            }
            if is_done {
                break;
            }
        }
        *self = if is_array {
            Self::Array(members.into_iter().map(|(_, value)| value).collect())
        } else {
            Self::Object(members)
        };
        is_done
    }

    fn to_text(&self) -> String {
        let list = |values: Vec<String>| values.join(",");
        match self {
            Self::Text(text) => text.clone(),
            Self::Array(values) => format!("[{}]", list(values.iter().map(Self::to_text).collect())),
            Self::Object(members) => {
                let members = members.iter().map(|(name, value)| format!("{name}:{}", value.to_text()));
                format!("{{{}}}", list(members.collect()))
            }
        }
    }
}
