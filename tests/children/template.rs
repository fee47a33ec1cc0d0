//! What the template allows: each function what its route needs, and nothing more.

use std::{collections::BTreeMap, fs, time::Duration};

use local::template::Template;
use saphyr::{LoadableYamlNode, Scalar, Yaml};

const TABLE: &str = "!GetAtt UsherTable.Arn";
const INDEX: &str = "!Sub ${UsherTable.Arn}/index/purge_pending-index";

const USERS: &str = "!Sub ${UsherTable.Arn}/index/row_kind-index";
/// To keep a user whose first request comes before the webhook.
const FIRST_REQUEST: (&str, &str) = ("PutItem if AsksClerk", TABLE);
const SECRET_KEY: (&str, &str) = (
    "ssm:GetParameter if ReadsSecretKey",
    "!Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ClerkSecretKeyParameter}",
);
const WEBHOOK_SECRET: (&str, &str) = (
    "ssm:GetParameter if ReadsWebhookSecret",
    "!Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ClerkWebhookSecretParameter}",
);

/// Every function, and what it may do where. What is new here, or missing, is a decision about rights.
const RIGHTS: [(&str, &[(&str, &str)]); 17] = [
    ("clerk-webhook", &[("DeleteItem PutItem Query UpdateItem", TABLE), WEBHOOK_SECRET]),
    ("create-thread", &[("ConditionCheckItem GetItem PutItem", TABLE), SECRET_KEY]),
    ("delete-current-user", &[("DeleteItem GetItem PutItem Query UpdateItem", TABLE), SECRET_KEY]),
    ("delete-thread", &[("DeleteItem GetItem PutItem Query UpdateItem", TABLE), SECRET_KEY]),
    ("get-current-user", &[("GetItem", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("get-login-status", &[("GetItem", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("get-settings", &[("GetItem", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("get-thread", &[("GetItem", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("get-user", &[("GetItem", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("list-messages", &[("GetItem Query", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("list-threads", &[("GetItem Query", TABLE), FIRST_REQUEST, SECRET_KEY]),
    ("purge-deleted", &[("BatchWriteItem GetItem Query UpdateItem", TABLE), ("Query", INDEX)]),
    (
        "reconcile-users",
        &[("BatchGetItem DeleteItem GetItem PutItem Query UpdateItem", TABLE), ("Query", USERS), SECRET_KEY],
    ),
    ("save-exchange", &[("ConditionCheckItem GetItem PutItem UpdateItem", TABLE), SECRET_KEY]),
    ("send-message", &[("ConditionCheckItem GetItem PutItem UpdateItem", TABLE), SECRET_KEY]),
    ("update-settings", &[("ConditionCheckItem GetItem PutItem", TABLE), SECRET_KEY]),
    ("update-thread", &[("ConditionCheckItem GetItem UpdateItem", TABLE), FIRST_REQUEST, SECRET_KEY]),
];

type Rights = BTreeMap<String, Vec<(String, String)>>;

fn template() -> Template {
    Template::load(&local::find_template()).unwrap()
}

/// The policies of every function, read from the file itself: the local stack has no use for them.
fn rights() -> Rights {
    let text = fs::read_to_string(local::find_template()).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let globals = get(&documents[0], "Globals").and_then(|globals| get(globals, "Function")).unwrap();
    assert!(get(globals, "Policies").is_none() && get(globals, "Role").is_none(), "rights that all would share");
    let resources = get(&documents[0], "Resources").unwrap().as_mapping().unwrap();
    let functions =
        resources.values().filter(|resource| resource["Type"].as_str() == Some("AWS::Serverless::Function"));
    functions.map(|function| of_function(&function["Properties"])).collect()
}

fn of_function(properties: &Yaml<'_>) -> (String, Vec<(String, String)>) {
    let name = properties["CodeUri"].as_str().unwrap().trim_start_matches("functions/").to_owned();
    assert!(get(properties, "Role").is_none(), "{name} has a role of its own");
    let policies = properties["Policies"].as_sequence().unwrap_or_else(|| panic!("{name} has no policies"));
    let statements = policies.iter().flat_map(|policy| policy["Statement"].as_sequence().unwrap());
    let rights = statements.map(|statement| {
        let Some((condition, statement)) = conditional(statement) else { return of_statement(&name, statement) };
        let (actions, resource) = of_statement(&name, statement);
        (format!("{actions} if {condition}"), resource)
    });
    let rights = rights.collect();
    (name, rights)
}

/// `!If [condition, statement, !Ref AWS::NoValue]`.
fn conditional<'a, 'b>(node: &'a Yaml<'b>) -> Option<(&'a str, &'a Yaml<'b>)> {
    let Yaml::Tagged(tag, branches) = node else { return None };
    assert_eq!(tag.suffix, "If");
    let [condition, statement, Yaml::Tagged(_, otherwise)] = branches.as_sequence()?.as_slice() else {
        panic!("an !If without !Ref AWS::NoValue")
    };
    assert_eq!(otherwise.as_str(), Some("AWS::NoValue"));
    Some((condition.as_str()?, statement))
}

fn of_statement(name: &str, statement: &Yaml<'_>) -> (String, String) {
    let keys: Vec<_> = statement.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(keys, ["Effect", "Action", "Resource"], "{name}");
    assert_eq!(statement["Effect"].as_str(), Some("Allow"), "{name}");
    let action = &statement["Action"];
    let actions = action.as_sequence().map_or(vec![action], |actions| actions.iter().collect());
    let actions = actions.iter().map(|action| {
        let action = action.as_str().unwrap();
        assert!(action.starts_with("dynamodb:") || action == "ssm:GetParameter", "{name} may {action}");
        action.trim_start_matches("dynamodb:")
    });
    let actions = actions.collect::<Vec<_>>().join(" ");
    assert!(!actions.contains(['*', '?']), "{name} may {actions}");
    (actions, of_resource(name, &statement["Resource"]))
}

/// Only what CloudFormation computes: a text could hold a wildcard.
fn of_resource(name: &str, resource: &Yaml<'_>) -> String {
    match resource {
        Yaml::Tagged(tag, value) => match value.as_ref() {
            Yaml::Value(Scalar::String(value)) if !value.contains('*') => format!("!{} {value}", tag.suffix),
            _ => panic!("{name}: {resource:?}"),
        },
        _ => panic!("{name}: {resource:?}"),
    }
}

fn get<'a, 'b>(node: &'a Yaml<'b>, key: &str) -> Option<&'a Yaml<'b>> {
    node.as_mapping_get(key)
}

#[test]
fn every_function_has_the_rights_it_needs_and_no_others() {
    let expected: Rights = RIGHTS
        .into_iter()
        .map(|(name, rights)| {
            let rights = rights.iter().map(|(actions, resource)| ((*actions).to_owned(), (*resource).to_owned()));
            (name.to_owned(), rights.collect())
        })
        .collect();
    assert_eq!(rights(), expected);
    let mut names: Vec<_> = template().functions.into_iter().map(|function| function.name).collect();
    names.sort();
    assert_eq!(names, expected.keys().cloned().collect::<Vec<_>>());
}

#[test]
fn what_only_reads_may_not_write() {
    for function in template().functions {
        if function.routes.iter().all(|route| route.method == "GET") && !function.routes.is_empty() {
            let rights = &rights()[&function.name];
            let own = rights.iter().filter(|(actions, _)| ![FIRST_REQUEST.0, SECRET_KEY.0].contains(&actions.as_str()));
            for (actions, resource) in own {
                assert_eq!(resource, TABLE, "{}", function.name);
                assert!(actions.split(' ').all(|action| ["GetItem", "Query"].contains(&action)), "{}", function.name);
            }
        }
    }
}

#[test]
fn every_function_has_one_route_but_those_that_nobody_calls() {
    let template = template();
    for function in template.functions {
        if function.name == "reconcile-users" {
            let [schedule] = function.schedules.as_slice() else { panic!("{:?}", function.schedules) };
            // Often, to go on with what was not finished; what it begins, it begins once a day, and deletes nobody.
            assert_eq!(schedule.every, Duration::from_secs(15 * 60));
            assert_eq!(schedule.input.as_deref(), Some(r#"{"dry_run":false,"at_most_every_hours":24}"#));
            assert_eq!((function.routes.len(), function.streams.len()), (0, 0));
            continue;
        }
        if function.name != "purge-deleted" {
            let events = (function.routes.len(), function.streams.len(), function.schedules.len());
            assert_eq!(events, (1, 0, 0), "{}", function.name);
            continue;
        }
        assert_eq!(function.routes, []);
        let [stream] = function.streams.as_slice() else { panic!("{:?}", function.streams) };
        assert_eq!(stream.table, "UsherTable");
        // Unfinished deletions alone: else every write of every user would wake it, and its own writes too.
        assert_eq!(stream.filters, [r#"{"dynamodb":{"NewImage":{"purge_pending":{"S":[{"exists":true}]}}}}"#]);
        let [schedule] = function.schedules.as_slice() else { panic!("{:?}", function.schedules) };
        assert_eq!((schedule.every, &schedule.input), (Duration::from_secs(5 * 60), &None));
        assert_eq!(function.environment["PURGE_SETTLE_SECONDS"], "60");
        assert_eq!(function.timeout, Duration::from_secs(900), "Lambda's longest, for the largest account");
    }
}
