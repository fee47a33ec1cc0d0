//! What the template says of its functions.

use std::time::Duration;

use harness::grants;
use local::template::Template;

fn template() -> Template {
    Template::load(&local::find_template()).unwrap()
}

/// What it writes for itself is a user whose first request comes before the webhook, and that only where Clerk is asked.
#[test]
fn what_only_reads_may_not_write() {
    for function in template().functions {
        if function.routes.iter().all(|route| route.method == "GET") && !function.routes.is_empty() {
            for grant in &grants()[&function.name] {
                let expected = match grant.right.action.as_str() {
                    "dynamodb:GetItem" | "dynamodb:Query" => (None, "table"),
                    "dynamodb:PutItem" => (Some("AsksClerk"), "table"),
                    _ => (Some("ReadsSecretKey"), "parameter/ClerkSecretKeyParameter"),
                };
                assert_eq!((grant.condition.as_deref(), grant.right.resource.as_str()), expected, "{}", function.name);
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
        // Deletions that are new or woken: else every write of every user would wake it, and its own writes too.
        assert_eq!(stream.filters, [r#"{"dynamodb":{"NewImage":{"woken_at":{"N":[{"exists":true}]}}}}"#]);
        let [schedule] = function.schedules.as_slice() else { panic!("{:?}", function.schedules) };
        assert_eq!((schedule.every, &schedule.input), (Duration::from_secs(5 * 60), &None));
        assert_eq!(function.environment["PURGE_SETTLE_SECONDS"], "60");
        assert_eq!(function.timeout, Duration::from_secs(900), "Lambda's longest, for the largest account");
    }
}
