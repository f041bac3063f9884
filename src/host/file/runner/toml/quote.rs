//! Writes strings in TOML.

/// Returns a string in TOML, in one line.
pub fn quote(text: &str) -> String {
    let plain = !text.contains(|c: char| c.is_control() || c == '\'');
    if plain && text.contains(['"', '\\']) {
        return format!("'{text}'");
    }
    basic(text)
}

/// Returns a basic string in TOML (double quotes), in one line.
pub fn basic(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            letter if letter.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

/// Returns a script in TOML: unchanged, in a multi-line literal string, where TOML has a form for the script;
/// otherwise in one line. Such a literal string has line ends of `\n` alone.
pub fn quote_script(text: &str, newline: &str) -> String {
    let plain = newline == "\n" && !text.contains("'''") && !text.ends_with('\'');
    if plain && text.contains('\n') && !text.contains(|c: char| c.is_control() && !"\n\t".contains(c)) {
        return format!("'''\n{text}'''");
    }
    quote(text)
}
