//! The line format that npm and pip share.

/// Returns section, key and value of each line `key = value`. Sections are in lower case; before the first section
/// the name is empty. Comments begin with `#` or `;`, quotes around a value are removed.
pub fn entries(text: &str) -> impl Iterator<Item = (String, &str, &str)> {
    let mut section = String::new();
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim().to_ascii_lowercase();
            return None;
        }
        let (key, value) = line.split_once(['=', ':']).filter(|_| !line.starts_with(['#', ';']))?;
        let value = value.trim();
        let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        Some((section.clone(), key.trim(), inner.unwrap_or(value)))
    })
}
