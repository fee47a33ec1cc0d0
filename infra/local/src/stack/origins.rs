//! The places from which the functions' variables come.

use std::collections::BTreeMap;

use lambda_emulator::template::Template;

/// The origin of each variable's value, for the error of a function that does not accept the value.
pub(crate) struct Origins(BTreeMap<String, String>);

impl Origins {
    /// `given` are the variables of the stack's options, and `values` all that replace those of the template.
    pub(super) fn new(
        template: &Template,
        given: &BTreeMap<String, Option<String>>,
        values: &BTreeMap<String, Option<String>>,
    ) -> Self {
        let declared = template.functions.iter().flat_map(|function| &function.variable_places);
        let origin = |name: &String, place: &String| match (given.get(name), values.get(name)) {
            (Some(_), _) => "the environment".to_owned(),
            (None, Some(_)) => "the Clerk emulator".to_owned(),
            (None, None) => place.clone(),
        };
        Self(declared.map(|(name, place)| (name.clone(), origin(name, place))).collect())
    }

    /// Returns the first variable that a text names, and its origin.
    pub(super) fn find<'a>(&'a self, text: &str) -> Option<(&'a str, &'a str)> {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.find_map(|word| self.0.get_key_value(word)).map(|(name, origin)| (name.as_str(), origin.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_an_error_is_traced_to_its_origin() {
        let template = Template::parse(
            "Parameters:
  Audience:
    Type: String
    Default: ''
Resources:
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
      Environment:
        Variables:
          CLERK_ISSUER: ''
          CLERK_SECRET_KEY: ''
          CLERK_AUDIENCE: !Ref Audience
          LIMIT: 5
",
        )
        .unwrap();
        let value = |name: &str| (name.to_owned(), Some("x".to_owned()));
        let given = [value("CLERK_ISSUER")].into();
        let origins = Origins::new(&template, &given, &[value("CLERK_ISSUER"), value("CLERK_SECRET_KEY")].into());
        for (text, expected) in [
            ("f: init failed: CLERK_ISSUER must be https://<host>", Some(("CLERK_ISSUER", "the environment"))),
            ("CLERK_SECRET_KEY is not set", Some(("CLERK_SECRET_KEY", "the Clerk emulator"))),
            ("CLERK_AUDIENCE: no", Some(("CLERK_AUDIENCE", "template.yaml:4"))),
            ("LIMIT and CLERK_ISSUER", Some(("LIMIT", "template.yaml:20"))),
            ("LIMITS", None),
        ] {
            assert_eq!(origins.find(text), expected);
        }
    }
}
