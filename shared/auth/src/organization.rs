//! The active organization of a session, read from version 1 or 2 of Clerk's claims.

use serde_json::{Map, Value};
use usher_contract::Organization;

/// Reads the claims `o` and `fea` of version 2, or without `v: 2` the claims `org_*` of version 1. Returns `None` if no
/// organization is active.
pub(crate) fn organization(claims: &Map<String, Value>) -> Option<Organization> {
    if claims.get("v").and_then(Value::as_u64) == Some(2) { from_version_2(claims) } else { from_version_1(claims) }
}

fn from_version_1(claims: &Map<String, Value>) -> Option<Organization> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let permissions = claims.get("org_permissions").and_then(Value::as_array);
    Some(Organization {
        id: text("org_id")?,
        slug: text("org_slug"),
        role: text("org_role"),
        permissions: permissions
            .into_iter()
            .flatten()
            .filter_map(|permission| Some(permission.as_str()?.to_owned()))
            .collect(),
    })
}

fn from_version_2(claims: &Map<String, Value>) -> Option<Organization> {
    let organization = claims.get("o")?;
    let text = |name: &str| organization.get(name).and_then(Value::as_str);
    let features = claims.get("fea").and_then(Value::as_str).unwrap_or_default();
    Some(Organization {
        id: text("id")?.to_owned(),
        slug: text("slg").map(str::to_owned),
        role: text("rol").map(|role| format!("org:{role}")),
        permissions: permissions(features, text("per").unwrap_or_default(), text("fpm").unwrap_or_default()),
    })
}

/// Decodes `o.fpm`, which has a decimal mask for each feature of the organization's scope. Bit `i` of a mask grants
/// `per[i]` (`@clerk/backend` 3.25 with `@clerk/shared`, `src/jwtPayloadParser.ts`). A mask may be wider than the 53
/// bits of a JavaScript number.
fn permissions(features: &str, names: &str, masks: &str) -> Vec<String> {
    let features = features.split(',').filter_map(|feature| {
        let (scope, name) = feature.trim().split_once(':')?;
        matches!(scope, "o" | "ou" | "uo").then_some(name)
    });
    let names: Vec<_> = names.split(',').map(str::trim).collect();
    features
        .zip(masks.split(','))
        .flat_map(|(feature, mask)| {
            let mask: u128 = mask.trim().parse().unwrap_or_default();
            let granted = move |bit: &usize| *bit < 128 && mask >> bit & 1 == 1;
            let names = &names;
            (0..names.len())
                .filter(granted)
                .filter(|bit| !names[*bit].is_empty())
                .map(move |bit| format!("org:{feature}:{}", names[bit]))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn organization(claims: Value) -> Option<Organization> {
        super::organization(claims.as_object().unwrap())
    }

    #[test]
    fn version_1_lists_role_and_permissions() {
        let organization = organization(json!({
            "org_id": "org_1", "org_slug": "acme", "org_role": "org:admin", "org_permissions": ["org:a:read", 5]
        }));
        assert_eq!(
            organization,
            Some(Organization {
                id: "org_1".into(),
                slug: Some("acme".into()),
                role: Some("org:admin".into()),
                permissions: vec!["org:a:read".into()],
            })
        );
    }

    #[test]
    fn version_2_has_a_mask_for_each_organization_feature() {
        let organization = organization(json!({
            "v": 2, "fea": "o:dashboard,u:chat,ou:impersonation,uo:billing",
            "o": {"id": "org_1", "slg": "acme", "rol": "admin", "per": "manage,read", "fpm": "3,2,no"}
        }))
        .unwrap();
        assert_eq!(organization.role.as_deref(), Some("org:admin"));
        assert_eq!(organization.permissions, ["org:dashboard:manage", "org:dashboard:read", "org:impersonation:read"]);
    }

    #[test]
    fn a_mask_may_be_wider_than_a_javascript_number() {
        let names: Vec<_> = (0..70).map(|i| format!("p{i}")).collect();
        let mask = (1_u128 << 69) + (1 << 53) + 1;
        assert_eq!(permissions("o:f", &names.join(","), &mask.to_string()), ["org:f:p0", "org:f:p53", "org:f:p69"]);
        assert_eq!(permissions("o:f", "read", "255"), ["org:f:read"]);
        assert!(permissions("o:f", "", "1").is_empty());
    }

    #[test]
    fn a_permission_beyond_the_mask_is_not_granted() {
        let names: Vec<_> = (0..=128).map(|i| format!("p{i}")).collect();
        assert_eq!(permissions("o:f", &names.join(","), "1"), ["org:f:p0"]);
    }

    #[test]
    fn a_personal_session_has_no_organization() {
        assert_eq!(organization(json!({"v": 2})), None);
        assert_eq!(organization(json!({"v": 2, "org_id": "org_1"})), None);
        assert_eq!(organization(json!({})), None);
    }
}
