//! How the cost grows with the users and with the rows of one user. `infra/README.md` has these tables.

use crate::capacity::TABLE;

const README: &str = include_str!("../../infra/README.md");
const LIMITS_OF_SIMULATION: &str = include_str!("../benchmarks/scale/limits.rs");

/// The use of one user in a month: ten pages and four messages on each of 20 days, and two webhooks.
const PAGES: f64 = 200.0;
const MESSAGES: f64 = 80.0;
const WEBHOOKS: f64 = 2.0;
const SECONDS_OF_A_MONTH: f64 = 30.0 * 24.0 * 3600.0;
/// The busiest hour has this many times the requests of the average one.
const BUSIEST: f64 = 3.0;
/// The bytes of a message's row with 500 bytes of text: its keys, its attributes, and its share of its thread's row.
const MESSAGE_BYTES: f64 = 661.0;
/// The messages of a thread, all of which a page shows.
const MESSAGES_OF_A_PAGE: f64 = 20.0;
/// A consistent read costs a unit for each 4 KB.
const BYTES_OF_A_READ_UNIT: f64 = 4096.0;
/// The rows that one transaction can hide and erase at once.
const HIDDEN_AT_ONCE: f64 = 99.0;

/// A client says hello every 8 to 9 minutes.
const SECONDS_BETWEEN_HELLOS: f64 = 510.0;
/// The connections that API Gateway opens in a second, in an account (quota, adjustable).
const NEW_CONNECTIONS: f64 = 500.0;
/// The shards of an index.
const SHARDS: f64 = 16.0;
/// The writes that a partition takes in a second, and those of a new table.
const PARTITION: f64 = 1_000.0;
const NEW_TABLE: f64 = 4_000.0;
/// Of the units of a new user, one is for the entry in the index of all users. Of those of a deletion, two are for the
/// entry in the index of pending deletions, which is written and deleted.
const ENTRIES_OF_SIGN_UP: f64 = 1.0;
const ENTRIES_OF_DELETION: f64 = 2.0;

/// The requests of the first table, and their operations.
const REQUESTS: [(&str, &[&str]); 17] = [
    ("the first webhook of a user", &["sync_user, a new one"]),
    ("a later webhook of a user", &["sync_user, a known one"]),
    ("`GET /users/me`", &["get_current_user"]),
    ("`GET /users/{user_id}`", &["get_user"]),
    ("`GET /settings`", &["get_settings"]),
    ("`PATCH /settings`", &["update_settings"]),
    ("`GET /threads`, up to 4 KB", &["list_threads"]),
    ("`POST /threads`", &["create_thread"]),
    ("`GET /threads/{thread_id}`", &["get_thread"]),
    ("`PATCH /threads/{thread_id}`", &["update_thread"]),
    (
        "`DELETE /threads/{thread_id}` with 132 messages",
        &["delete_thread, 132 messages", "purge of a thread, 33 rows left"],
    ),
    ("`GET /threads/{thread_id}/messages`, up to 4 KB", &["list_messages"]),
    ("`POST /threads/{thread_id}/messages`", &["create_message"]),
    ("the same with `Idempotency-Key`", &["create_message, with a key"]),
    ("`POST /threads/{thread_id}/exchanges`", &["create_exchange"]),
    ("`GET /search`, up to 4 KB of each kind", &["search, in both kinds"]),
    ("`DELETE /users/me` with 134 rows", &["delete_user, 134 children", "purge of a user, 35 rows left"]),
];

// List prices for us-east-1, in dollars.
const READ_UNIT: f64 = 0.125e-6;
const WRITE_UNIT: f64 = 0.625e-6;
const CONNECTION_MINUTE: f64 = 0.25e-6;
const SOCKET_MESSAGE: f64 = 1e-6;
/// The function that a hello invokes, and its line in the log.
const HELLO: f64 = 0.33e-6 + 0.75e-6;
/// API Gateway, Lambda and logs.
const REQUEST: f64 = 2e-6;

/// Returns the calls, the read units and the write units of an operation.
fn counted(operation: &str) -> (&'static str, f64, f64) {
    let mut rows = TABLE.lines().skip(1).map(|line| line.split(" | ").collect::<Vec<_>>());
    let cells = rows.find(|cells| cells[0] == operation).expect(operation);
    (cells[1], cells[2].parse().unwrap(), cells[3].parse().unwrap())
}

/// Returns the read units and the write units of an operation.
fn units(operation: &str) -> (f64, f64) {
    let (_, read, write) = counted(operation);
    (read, write)
}

/// Returns the read units of a page: the rows of the user and of the thread, and a query.
fn units_of_page() -> f64 {
    2.0 + (MESSAGES_OF_A_PAGE * MESSAGE_BYTES / BYTES_OF_A_READ_UNIT).ceil()
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
fn the_readme_has_the_cost_of_each_request() {
    let lines = REQUESTS.map(|(request, operations)| {
        let counted: Vec<_> = operations.iter().map(|operation| counted(operation)).collect();
        let calls: Vec<_> = counted.iter().map(|(calls, ..)| *calls).collect();
        let (read, write) = counted.iter().fold((0.0, 0.0), |sum, (_, read, write)| (sum.0 + read, sum.1 + write));
        let million = 1e6 * (read * READ_UNIT + write * WRITE_UNIT);
        format!("| {request} | {} | {read} | {write} | ${} |\n", calls.join("; later "), rounded(million))
    });
    assert_in_readme(&lines);
}

#[test]
fn the_readme_and_the_simulation_have_the_units_of_users() {
    let (_, sign_up) = units("sync_user, a new one");
    let deletion = units("delete_user, 134 children").1 + units("purge of a user, 35 rows left").1;
    let of_index = |entries: f64| rounded(SHARDS * PARTITION / entries);
    let of_new_table = |units: f64| rounded(NEW_TABLE / units);
    let of_table = [sign_up - ENTRIES_OF_SIGN_UP, deletion - ENTRIES_OF_DELETION];
    let [created, deleted] = [ENTRIES_OF_SIGN_UP, ENTRIES_OF_DELETION].map(of_index);
    let [created_at_first, deleted_at_first] = of_table.map(of_new_table);
    for row in [
        format!("| users created | {created} per second"),
        format!("a new table takes {created_at_first} per second"),
        format!("| accounts deleted | {deleted} per second"),
        format!("a new table takes {deleted_at_first} accounts of 134 rows per second"),
    ] {
        assert!(README.contains(&row), "infra/README.md should have: {row}");
    }
    for (name, units) in [
        ("SIGN_UP_UNITS", of_table[0]),
        ("MESSAGE_UNITS", units("create_message").1),
        ("DELETION_UNITS", of_table[1]),
        ("DELETION_ENTRIES", ENTRIES_OF_DELETION),
    ] {
        let line = format!("{name}: f64 = {units:.1};");
        assert!(LIMITS_OF_SIMULATION.contains(&line), "scale/limits.rs should have: {line}");
    }
}

#[test]
fn the_readme_has_the_cost_of_more_users() {
    let [message, webhook] = ["create_message, with a key", "sync_user, a known one"].map(units);
    let reads = PAGES * units_of_page();
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
    let (_, message) = units("create_message");
    // The purge erases 35 rows in a pass, which costs something itself.
    let (_, purge) = units("purge of a user, 35 rows left");
    let (_, hide) = units("delete_user, 134 children");
    let erase = |rows: f64| hide * (rows / HIDDEN_AT_ONCE).min(1.0) + (rows - HIDDEN_AT_ONCE).max(0.0) * purge / 35.0;
    let read = rows.map(|rows| rows * MESSAGE_BYTES / BYTES_OF_A_READ_UNIT);
    assert_in_readme(&[
        line("read units of a page", "", [units_of_page(); 4]),
        line("write units of a message", "", [message; 4]),
        line("read units of a search through everything, or of an export", "", read),
        line("cost of it", "$", read.map(|units| units * READ_UNIT)),
        line("write units of the deletion of the account", "", rows.map(erase)),
        line("cost of it", "$", rows.map(|rows| erase(rows) * WRITE_UNIT)),
        line(
            "least time of it, because a partition takes 1,000 units a second",
            " s",
            rows.map(|rows| erase(rows) / PARTITION),
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
            deletions.map(|deletions| deletions * ENTRIES_OF_DELETION / SHARDS),
        ),
        line("cost of an hour", "$", deletions.map(|deletions| deletions * an_hour)),
    ]);
}
