//! The table.

use usher_store::Store;

use super::environment::{InitError, variable};

/// The store on the table `TABLE_NAME`. `DYNAMODB_ENDPOINT_URL` names another DynamoDB than AWS's, for tools that set only
/// variables that the template declares: a blank `AWS_ENDPOINT_URL_DYNAMODB` there makes the SDK panic.
///
/// # Errors
/// `TABLE_NAME` is not set.
pub async fn open_store() -> Result<Store, InitError> {
    const TABLE_NAME: &str = "TABLE_NAME";
    let mend = "the template sets it to the name of the table";
    let table = variable(TABLE_NAME).ok_or(InitError::Missing { name: TABLE_NAME, mend })?;
    Ok(Store::connect(table, variable("DYNAMODB_ENDPOINT_URL")).await)
}
