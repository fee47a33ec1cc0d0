//! Configuration of the store.

use usher_store::Store;

use crate::config::{
    environment::{InitError, variable},
    http_client::http_client,
};

/// Opens the store on the table `TABLE_NAME`. `DYNAMODB_ENDPOINT_URL` overrides the endpoint. The template declares this
/// variable for `sam local`, which sets no other. A blank `AWS_ENDPOINT_URL_DYNAMODB` makes other AWS SDKs panic.
///
/// # Errors
/// `TABLE_NAME` is not set.
pub fn open_store() -> Result<Store, InitError> {
    const TABLE_NAME: &str = "TABLE_NAME";
    let remedy = "the template sets it to the name of the table";
    let table = variable(TABLE_NAME).ok_or(InitError::Missing { name: TABLE_NAME, remedy })?;
    Ok(Store::connect(table, variable("DYNAMODB_ENDPOINT_URL"), http_client()))
}
