//! The row of a thread.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use usher_contract::{ClerkUserId, Thread, ThreadId, Timestamp, Title};

use crate::{
    error::Error,
    id::GeneratedId,
    table::{
        attribute::{CREATED_AT, SK, TITLE, UPDATED_AT},
        item::{Item, get_millis, get_text, insert_text, millis, text},
        row::Key,
        row_kind::RowKind,
    },
    users::liveness::is_present,
};

/// Makes a new thread.
pub(crate) fn new_thread(id: ThreadId, title: Option<Title>) -> Thread {
    Thread { id, title: title.map(Into::into), created_at: id.created_at(), updated_at: id.created_at() }
}

/// Returns the row of a thread.
pub(crate) fn thread_row(thread: &Thread, user: &ClerkUserId) -> Item {
    let mut row = Key::thread(user, thread.id).item();
    row.insert(CREATED_AT.into(), millis(thread.created_at));
    row.insert(UPDATED_AT.into(), millis(thread.updated_at));
    insert_text(&mut row, TITLE, thread.title.as_deref());
    row
}

/// Reads a thread from its row.
pub(crate) fn thread_from(row: &Item) -> Result<Thread, Error> {
    Ok(Thread {
        id: id_of(row)?,
        title: get_text(row, TITLE).map(str::to_owned),
        created_at: get_millis(row, CREATED_AT)?,
        updated_at: get_millis(row, UPDATED_AT)?,
    })
}

/// Reads the id of a thread from the key of its row.
pub(crate) fn id_of(key: &Item) -> Result<ThreadId, Error> {
    let id = get_text(key, SK).and_then(|sk| sk.strip_prefix(RowKind::Thread.sort_key_prefix()));
    id.and_then(|id| ThreadId::parse(id).ok()).ok_or(Error::Unreadable(SK))
}

/// Returns the update that makes a thread newer, under the condition that it exists.
pub(crate) fn touch(user: &ClerkUserId, thread: ThreadId, now: Timestamp) -> UpdateBuilder {
    update(user, thread, now, format!("SET {UPDATED_AT} = :now"))
}

/// Returns the update that sets or removes the title, under the condition that the thread exists.
pub(crate) fn retitle(user: &ClerkUserId, thread: ThreadId, now: Timestamp, title: Option<&Title>) -> UpdateBuilder {
    match title {
        Some(title) => update(user, thread, now, format!("SET {UPDATED_AT} = :now, {TITLE} = :title"))
            .expression_attribute_values(":title", text(title.as_str())),
        None => update(user, thread, now, format!("SET {UPDATED_AT} = :now REMOVE {TITLE}")),
    }
}

fn update(user: &ClerkUserId, thread: ThreadId, now: Timestamp, expression: String) -> UpdateBuilder {
    UpdateBuilder::default()
        .set_key(Some(Key::thread(user, thread).item()))
        .update_expression(expression)
        .condition_expression(is_present())
        .expression_attribute_values(":now", millis(now))
}
