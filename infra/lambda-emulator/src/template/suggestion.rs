//! The end of an error about a name that does not exist: the name that was meant.

/// The similarity, from 0 to 1, above which a name is taken for a misspelt one. Clap uses the same for options.
const SIMILAR: f64 = 0.7;
/// The maximum number of names that are listed if none is similar.
const LISTED: usize = 12;

/// Returns `; did you mean A?` if one of the known names is similar, or `; known: A, B` if there are few.
pub(super) fn suggest(name: &str, known: &[&str]) -> String {
    let similarity = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let best = known.iter().map(|other| (similarity(other), *other)).max_by(|left, right| left.0.total_cmp(&right.0));
    match best {
        Some((similarity, other)) if similarity > SIMILAR => format!("; did you mean {other}?"),
        Some(_) if known.len() <= LISTED => format!("; known: {}", known.join(", ")),
        Some(_) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_name_is_suggested() {
        let known = ["AttributeName", "Enabled", "Effect", "Action", "NotAction"];
        for (name, meant) in
            [("Efect", "Effect"), ("Acton", "Action"), ("enabled", "Enabled"), ("Attribute", "AttributeName")]
        {
            assert_eq!(suggest(name, &known), format!("; did you mean {meant}?"));
        }
        assert_eq!(suggest("Xyz", &known[..2]), "; known: AttributeName, Enabled");
        assert_eq!(suggest("Xyz", &["Abc"; LISTED + 1]), "");
        assert_eq!(suggest("Xyz", &[]), "");
    }
}
