//! How the cost grows with the users and with the rows of one user. `infra/README.md` has these tables.

use std::collections::HashMap;

use crate::capacity::TABLE;

const README: &str = include_str!("../../infra/README.md");

/// The use of one user in a month: ten pages and four messages on each of 20 days, and two webhooks.
const PAGES: f64 = 200.0;
const MESSAGES: f64 = 80.0;
const WEBHOOKS: f64 = 2.0;
const SECONDS_OF_A_MONTH: f64 = 30.0 * 24.0 * 3600.0;
/// The busiest hour has this many times the requests of the average one.
const BUSIEST: f64 = 3.0;
/// The bytes of a message with 500 bytes of text, as the section about searches says.
const MESSAGE_BYTES: f64 = 661.0;
/// The rows that one transaction can hide and erase at once.
const HIDDEN_AT_ONCE: f64 = 99.0;

/// A client says hello every 8 to 9 minutes.
const SECONDS_BETWEEN_HELLOS: f64 = 510.0;
/// The connections that API Gateway opens in a second, in an account (quota, adjustable).
const NEW_CONNECTIONS: f64 = 500.0;
/// The shards of the index of pending deletions.
const SHARDS: f64 = 16.0;

// List prices for us-east-1, in dollars.
const READ_UNIT: f64 = 0.125e-6;
const WRITE_UNIT: f64 = 0.625e-6;
const CONNECTION_MINUTE: f64 = 0.25e-6;
const SOCKET_MESSAGE: f64 = 1e-6;
/// The function that a hello invokes, and its line in the log.
const HELLO: f64 = 0.33e-6 + 0.75e-6;
/// API Gateway, Lambda and logs.
const REQUEST: f64 = 2e-6;

/// Returns the read units and the write units of an operation.
fn units(operation: &str) -> (f64, f64) {
    let rows: HashMap<_, _> = TABLE
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<_> = line.split(" | ").collect();
            (cells[0], (cells[2].parse().unwrap(), cells[3].parse().unwrap()))
        })
        .collect();
    rows[operation]
}

/// Writes a number with two digits that count.
fn rounded(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let digits = 1 - number.abs().log10().floor() as i32;
    let factor = 10_f64.powi(digits);
    let number = (number * factor).round() / factor;
    let text = format!("{number:.*}", digits.max(0) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, fraction) = text.split_once('.').map_or((text, String::new()), |(whole, f)| (whole, format!(".{f}")));
    let digits: Vec<_> = whole.as_bytes().rchunks(3).rev().map(|three| str::from_utf8(three).unwrap()).collect();
    digits.join(",") + &fraction
}

fn line<const N: usize>(name: &str, unit: &str, values: [f64; N]) -> String {
    let values = values.map(|value| if unit == "$" { format!("${}", rounded(value)) } else { rounded(value) + unit });
    format!("| {name} | {} |\n", values.join(" | "))
}

fn assert_in_readme(lines: &[String]) {
    let lines = lines.concat();
    assert!(README.contains(&lines), "infra/README.md should have these lines:\n{lines}");
}

#[test]
fn the_readme_has_the_cost_of_more_users() {
    let [page, message, webhook] = ["list_messages", "create_message, with a key", "sync_user, a known one"].map(units);
    let reads = PAGES * page.0;
    let writes = MESSAGES * message.1 + WEBHOOKS * webhook.1;
    let requests = PAGES + MESSAGES + WEBHOOKS;
    let users = [1e3, 1e5, 1e7, 1e8];
    let a_second = |count: f64| users.map(|users| users * count * BUSIEST / SECONDS_OF_A_MONTH);
    let cost = requests * REQUEST + reads * READ_UNIT + writes * WRITE_UNIT;
    assert_in_readme(&[
        line("requests a second in the busiest hour", "", a_second(requests)),
        line("read units a second", "", a_second(reads)),
        line("write units a second", "", a_second(writes)),
        line("cost of a month", "$", users.map(|users| users * cost)),
    ]);
}

#[test]
fn the_readme_has_the_cost_of_more_rows_of_a_user() {
    let rows = [10.0, 1e3, 1e5, 1e7];
    let (page, _) = units("list_messages");
    let (_, message) = units("create_message");
    // The purge erases 35 rows in a pass, which costs something itself.
    let (_, purge) = units("purge of a user, 35 rows left");
    let (_, hide) = units("delete_user, 134 children");
    let erase = |rows: f64| hide * (rows / HIDDEN_AT_ONCE).min(1.0) + (rows - HIDDEN_AT_ONCE).max(0.0) * purge / 35.0;
    let read = rows.map(|rows| rows * MESSAGE_BYTES / 4096.0);
    assert_in_readme(&[
        line("read units of a page", "", [page; 4]),
        line("write units of a message", "", [message; 4]),
        line("read units of a search through everything, or of an export", "", read),
        line("cost of it", "$", read.map(|units| units * READ_UNIT)),
        line("write units of the deletion of the account", "", rows.map(erase)),
        line("cost of it", "$", rows.map(|rows| erase(rows) * WRITE_UNIT)),
        line(
            "least time of it, because a partition takes 1,000 units a second",
            " s",
            rows.map(|rows| erase(rows) / 1e3),
        ),
    ]);
}

#[test]
fn the_readme_has_the_cost_of_more_sockets() {
    let [open, renew] = ["renew_connection, a new one", "renew_connection, a known one"].map(units);
    let sockets = [1e3, 1e5, 1e6, 1e7];
    let hellos = 1.0 / SECONDS_BETWEEN_HELLOS;
    let cost_of_a_hello = 2.0 * SOCKET_MESSAGE + HELLO + renew.1 * WRITE_UNIT;
    let cost = SECONDS_OF_A_MONTH * (CONNECTION_MINUTE / 60.0 + hellos * cost_of_a_hello);
    assert_in_readme(&[
        line("hellos a second", "", sockets.map(|sockets| sockets * hellos)),
        line("write units a second", "", sockets.map(|sockets| sockets * hellos * renew.1)),
        line("cost of a month", "$", sockets.map(|sockets| sockets * cost)),
        line("write units if all of them open again", "", sockets.map(|sockets| sockets * open.1)),
        line(
            "least time of that, because API Gateway opens 500 a second",
            " s",
            sockets.map(|sockets| sockets / NEW_CONNECTIONS),
        ),
        line("read units of a change, whoever else has a socket", "", [units("list_connections").0; 4]),
    ]);
}

#[test]
fn the_readme_has_the_cost_of_more_deletions() {
    let [hide, purge] = ["delete_user, 134 children", "purge of a user, 35 rows left"].map(units);
    let (reads, writes) = (hide.0 + purge.0, hide.1 + purge.1);
    let deletions = [1.0, 10.0, 100.0, 1_000.0];
    let an_hour = 3_600.0 * (reads * READ_UNIT + writes * WRITE_UNIT);
    assert_in_readme(&[
        line("read units a second", "", deletions.map(|deletions| deletions * reads)),
        line("write units a second", "", deletions.map(|deletions| deletions * writes)),
        // An entry is written once and deleted once.
        line(
            "writes a second in a shard of the index, which takes 1,000",
            "",
            deletions.map(|deletions| deletions * 2.0 / SHARDS),
        ),
        line("cost of an hour", "$", deletions.map(|deletions| deletions * an_hour)),
    ]);
}
