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
    let near = names.map(|known| (distance(&bare, &known.to_ascii_lowercase()), known)).min()?;
    (near.0 <= limit).then(|| near.1.to_owned())
}

/// Returns the number of letters to insert, delete, replace or swap with the next one (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, letter) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, sought) in other.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(letter != sought);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *sought {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}
