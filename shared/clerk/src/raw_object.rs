//! A JSON object whose values are kept as text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The members of a JSON object, in their order. Values are not parsed, so no number is rewritten and any depth is
/// accepted. If a name is repeated, the last value counts, as in JavaScript.
pub(crate) struct RawObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> RawObject<'a> {
    /// Returns the JSON of a member. Returns `None` if the member is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().rev().find(|(key, _)| key == name)?;
        Some(value.get()).filter(|text| *text != "null")
    }

    /// Returns a member that is a string. Returns `None` if it is absent or has another type.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }

    /// Returns a member that is a whole number, also if it is written as `1.7e12`.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        let text = self.get(name)?;
        serde_json::from_str(text).ok().or_else(|| {
            let number: f64 = serde_json::from_str(text).ok()?;
            (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
        })
    }

    /// Writes the object again, with each value replaced by the result of `rewrite`. A member is left out if `rewrite`
    /// returns `None`.
    pub(crate) fn rewritten(&self, rewrite: impl Fn(&str, &'a str) -> Option<Cow<'a, str>>) -> String {
        let mut text = String::from("{");
        for (name, value) in &self.0 {
            let Some(value) = rewrite(name, value.get()) else {
                continue;
            };
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&serde_json::Value::from(name.as_ref()).to_string());
            text.push(':');
            text.push_str(&value);
        }
        text.push('}');
        text
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(RawObject(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exact_whole_number_is_an_integer() {
        let integer = |number: &str| {
            let text = format!(r#"{{"n":{number}}}"#);
            serde_json::from_str::<RawObject>(&text).unwrap().integer("n")
        };
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer("8.999e15"), Some(8_999_000_000_000_000));
        assert_eq!(integer("-1.0"), Some(-1));
        // Near 9e15, an f64 begins to skip whole numbers.
        for number in ["1.5", "9e15", "-9e15", "1e300", "\"1\""] {
            assert_eq!(integer(number), None, "{number}");
        }
    }
}
