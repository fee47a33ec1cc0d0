//! The dummy credentials of everything local. They have only letters and digits, because DynamoDB Local requires that.

pub(crate) const ACCESS_KEY_ID: &str = "local";
pub(crate) const SECRET_ACCESS_KEY: &str = "local";
