//! The rights that the template grants each function. The local stack ignores them, so they are read from the file
//! here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use saphyr::{LoadableYamlNode, Scalar, Yaml};

use crate::right::Right;

/// A right that the template grants, in every deployment or only under a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The right.
    pub right: Right,
    /// The name of the condition in the template.
    pub condition: Option<String>,
}

/// The grants of every function, by the function's name. Panics if a policy is not as plain as this reader expects.
pub fn grants() -> BTreeMap<String, BTreeSet<Grant>> {
    let text = fs::read_to_string(local::find_template()).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let globals = get(&documents[0], "Globals").and_then(|globals| get(globals, "Function")).unwrap();
    assert!(
        get(globals, "Policies").is_none() && get(globals, "Role").is_none(),
        "Globals grant a right to every function"
    );
    let resources = get(&documents[0], "Resources").unwrap().as_mapping().unwrap();
    let functions =
        resources.values().filter(|resource| resource["Type"].as_str() == Some("AWS::Serverless::Function"));
    functions.map(|function| of_function(&function["Properties"])).collect()
}

fn of_function(properties: &Yaml<'_>) -> (String, BTreeSet<Grant>) {
    let name = properties["CodeUri"].as_str().unwrap().trim_start_matches("functions/").to_owned();
    assert!(get(properties, "Role").is_none(), "{name} has its own role");
    let policies = get(properties, "Policies").and_then(Yaml::as_sequence);
    let statements = policies.into_iter().flatten().flat_map(|policy| policy["Statement"].as_sequence().unwrap());
    let mut grants = BTreeSet::new();
    for statement in statements {
        let (condition, statement) = conditional(statement);
        for right in of_statement(&name, statement) {
            assert!(
                grants.insert(Grant { right, condition: condition.map(str::to_owned) }),
                "{name} has a grant twice"
            );
        }
    }
    (name, grants)
}

/// Splits `!If [condition, statement, !Ref AWS::NoValue]`. A plain statement has no condition.
fn conditional<'a, 'b>(node: &'a Yaml<'b>) -> (Option<&'a str>, &'a Yaml<'b>) {
    let Yaml::Tagged(tag, branches) = node else { return (None, node) };
    assert_eq!(tag.suffix, "If");
    let [condition, statement, Yaml::Tagged(_, otherwise)] = branches.as_sequence().unwrap().as_slice() else {
        panic!("an !If without !Ref AWS::NoValue")
    };
    assert_eq!(otherwise.as_str(), Some("AWS::NoValue"));
    (condition.as_str(), statement)
}

fn of_statement(name: &str, statement: &Yaml<'_>) -> Vec<Right> {
    let keys: Vec<_> = statement.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(keys, ["Effect", "Action", "Resource"], "{name}");
    assert_eq!(statement["Effect"].as_str(), Some("Allow"), "{name}");
    let action = &statement["Action"];
    let actions = action.as_sequence().map_or(vec![action], |actions| actions.iter().collect());
    let resource = &statement["Resource"];
    let resources = resource.as_sequence().map_or(vec![resource], |resources| resources.iter().collect());
    let right = |action: &Yaml<'_>, resource: &Yaml<'_>| {
        let action = action.as_str().unwrap();
        assert!(!action.contains(['*', '?']), "{name} may {action}");
        Right::new(action, of_resource(name, resource))
    };
    actions.iter().flat_map(|action| resources.iter().map(|resource| right(action, resource))).collect()
}

/// Accepts only what CloudFormation computes, because a text could hold a wildcard.
fn of_resource(name: &str, resource: &Yaml<'_>) -> String {
    const PARAMETER: &str = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${";
    const CONNECTIONS: &str = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${LiveApi}/live/";
    let Yaml::Tagged(tag, value) = resource else { panic!("{name}: {resource:?}") };
    let Yaml::Value(Scalar::String(value)) = value.as_ref() else { panic!("{name}: {resource:?}") };
    match (tag.suffix.as_str(), value.as_ref()) {
        ("GetAtt", "UsherTable.Arn") => "table".to_owned(),
        ("Sub", value) => {
            let index = value.strip_prefix("${UsherTable.Arn}/").map(str::to_owned);
            let parameter = value.strip_prefix(PARAMETER).and_then(|rest| rest.strip_suffix('}'));
            // Every connection of the API, and one method.
            let connections = value.strip_prefix(CONNECTIONS).and_then(|rest| rest.strip_suffix("/@connections/*"));
            let resource = index
                .or_else(|| parameter.map(|name| format!("parameter/{name}")))
                .or_else(|| connections.map(|method| format!("connections/{method}")));
            let resource = resource.unwrap_or_else(|| panic!("{name}: {value}"));
            assert!(!resource.contains('*'), "{name}: {resource}");
            resource
        }
        other => panic!("{name}: {other:?}"),
    }
}

fn get<'a, 'b>(node: &'a Yaml<'b>, key: &str) -> Option<&'a Yaml<'b>> {
    node.as_mapping_get(key)
}
