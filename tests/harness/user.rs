//! Users of Clerk.

/// A new user id.
pub fn new_user_id() -> String {
    format!("user_{}", uuid::Uuid::now_v7().simple())
}

/// A user object with every field that Clerk documents. Its white space and escapes are such as no serializer writes,
/// so a test can see whether the object is kept byte for byte.
pub fn user_object(id: &str, updated_at: i64) -> String {
    format!(
        r#"{{ "object":"user","id":"{id}" ,"username":"ada_{id}","first_name":"Ada","last_name":"Love\u006cace",
  "image_url":"https:\/\/img.clerk.com\/{id}","has_image":true,"locale":null,
  "primary_email_address_id":"idn_1","email_addresses":[{{"id":"idn_1","object":"email_address",
    "email_address":"ada.{id}@example.com","verification":{{"status":"verified","attempts":null}},"linked_to":[]}}],
  "phone_numbers":[],"web3_wallets":[],"passkeys":[],"external_accounts":[],"saml_accounts":[],"enterprise_accounts":[],
  "public_metadata":{{"plan":"pro","ratio":1.10}},"private_metadata":{{"note":"private-{id}"}},"unsafe_metadata":{{}},
  "password_enabled":true,"two_factor_enabled":false,"banned":false,"locked":false,"external_id":null,
  "last_sign_in_at":null,"created_at":1700000000000,"updated_at":{updated_at} }}"#
    )
}
