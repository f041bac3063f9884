//! Finds the client that a mistyped name probably means.

use super::{all, find, table};

/// Returns the known name that is closest to `name`. Where only the version is unknown, returns the newest version.
/// Returns `None` when no name is close.
#[must_use]
pub fn nearest(name: &str) -> Option<String> {
    let bare = name.split('@').next().unwrap_or_default();
    if let Some(newest) = find(bare) {
        return Some(format!("{}@{}", newest.name, newest.version));
    }
    if bare.len() > 40 {
        return None;
    }
    let names = all().iter().map(|client| client.name).chain(table::ALIASES.iter().map(|(alias, _)| *alias));
    let limit = 1 + bare.len() / 4;
    let bare = bare.to_ascii_lowercase();
    let near = names.map(|known| (strsim::osa_distance(&bare, &known.to_ascii_lowercase()), known)).min()?;
    (near.0 <= limit).then(|| near.1.to_owned())
}
