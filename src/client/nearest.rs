//! Finds the clients that a mistyped name probably means.

use super::{all, table, versions};

/// Returns the known names that a person who typed `name` probably means: every version of a client of which only the
/// version is unknown, else the clients whose names begin with `name`, else the closest name. Empty when no name is
/// close.
#[must_use]
pub fn nearest(name: &str) -> Vec<String> {
    /// The length of the longest name that is compared. A longer text is no name.
    const LONGEST: usize = 40;
    /// The most names that are returned for the beginning of a name.
    const MANY: usize = 3;
    let bare = name.split('@').next().unwrap_or_default().to_ascii_lowercase();
    if bare.is_empty() || bare.len() > LONGEST {
        return Vec::new();
    }
    let known: Vec<_> = versions(&bare).map(|client| format!("{}@{}", client.name, client.version)).collect();
    if !known.is_empty() {
        return known;
    }
    let names = all().iter().map(|client| client.name).chain(table::ALIASES.iter().map(|(alias, _)| *alias));
    let mut begun: Vec<_> =
        names.clone().filter(|known| known.to_ascii_lowercase().starts_with(&bare)).collect();
    begun.dedup();
    if (1..=MANY).contains(&begun.len()) {
        return begun.into_iter().map(str::to_owned).collect();
    }
    // One mistake, and another one for each eight letters: `nuget` is not a mistyped `wget`.
    let limit = 1 + bare.len() / 8;
    let near = names.map(|known| (strsim::osa_distance(&bare, &known.to_ascii_lowercase()), known)).min();
    near.filter(|(distance, _)| *distance <= limit).into_iter().map(|(_, known)| known.to_owned()).collect()
}
