//! Rows without times and ids, so that the rows of two runs can be compared.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use harness::Row;
use uuid::Uuid;

const TIMES: [&str; 11] = [
    "created_at",
    "updated_at",
    "event_at",
    "synced_at",
    "unknown_since",
    "deleted_at",
    "purged_at",
    "expires_at",
    "connected_at",
    "leased_until",
    "ended_at",
];

/// Replaces times and ids in the rows, and leaves out the time at which a deletion was woken last.
pub(crate) fn normalized(rows: &[Row]) -> Vec<String> {
    let attribute = |(name, value): (&String, &AttributeValue)| {
        let value = match (name.as_str(), value) {
            ("pk" | "clerk_user" | "connection_id" | "leased_by", _) => "…".to_owned(),
            // An index key ends with a shard, which depends on the user's id.
            ("purge_pending" | "row_kind", AttributeValue::S(key)) => {
                key.split('#').next().unwrap_or_default().to_owned()
            }
            (name, _) if TIMES.contains(&name) => "…".to_owned(),
            ("sk", AttributeValue::S(sk)) if sk.starts_with("CONNECTION#") => "CONNECTION#…".to_owned(),
            ("sk", AttributeValue::S(sk)) => {
                let part = |part| if Uuid::parse_str(part).is_ok() { "…" } else { part };
                sk.split('#').map(part).collect::<Vec<_>>().join("#")
            }
            ("answer", AttributeValue::L(ids)) => format!("{} ids", ids.len()),
            (_, value) => format!("{value:?}"),
        };
        (name.clone(), value)
    };
    let row = |row: &Row| {
        let attributes: BTreeMap<_, _> = row.iter().filter(|(name, _)| *name != "woken_at").map(attribute).collect();
        format!("{attributes:?}")
    };
    rows.iter().map(row).collect()
}

/// Removes the count from a receipt and returns it.
pub(crate) fn take_erased(rows: &mut [Row]) -> Option<i64> {
    let mut counts = rows.iter_mut().filter_map(|row| row.remove("erased"));
    let count = counts.next().map(|count| count.as_n().unwrap().parse().unwrap());
    assert!(counts.next().is_none(), "more than one receipt");
    count
}
