//! The formats of the variables, one function for each. All formats show passwords, as the variables do.

use std::collections::BTreeMap;

use super::exports::Variable;
use crate::environment::PAIRS;
use crate::options::Format;

/// Returns the variables in a format. A variable that must be unset is left out where the format cannot express that.
#[must_use]
pub fn print(format: Format, variables: &[Variable]) -> String {
    match format {
        Format::Plain => sh(variables),
        Format::Pwsh => pwsh(variables),
        Format::Dotenv => dotenv(variables),
        Format::Json => json(variables),
        Format::DriverOpts => driver_opts(variables),
        Format::BuildArgs => build_args(variables),
    }
}

/// Returns POSIX shell code that `eval` reads back as exactly these values, one line each.
fn sh(variables: &[Variable]) -> String {
    let line = |(name, value): &Variable| match value {
        Some(value) => format!("export {name}={}\n", quote(value)),
        None => format!("unset {name}\n"),
    };
    variables.iter().map(line).collect()
}

/// Returns `NAME=value` lines, as GitLab reads them from dotenv reports and `$GITLAB_ENV`: to the end of the line,
/// nothing is quoted or expanded.
pub(super) fn dotenv(variables: &[Variable]) -> String {
    filled(variables).map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// Returns assignments of a shell, one line each, without `export`.
pub(super) fn assignments(variables: &[Variable]) -> String {
    filled(variables).map(|(name, value)| format!("{name}={}\n", word(value))).collect()
}

/// Returns one JSON object; a variable that must be unset is null.
fn json(variables: &[Variable]) -> String {
    let object: BTreeMap<_, _> = variables.iter().cloned().collect();
    // Neither text under text keys nor a write to memory can fail.
    serde_json::to_string_pretty(&object).unwrap_or_default() + "\n"
}

/// Returns PowerShell code, for runners with `shell = "pwsh"`.
fn pwsh(variables: &[Variable]) -> String {
    // PowerShell reads typographic quotes as single quotes, and two in a row as the character itself
    // (PowerShell, CharTraits.cs, `IsSingleQuote`).
    let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let quote = |value: &str| {
        value.chars().flat_map(|c| std::iter::repeat_n(c, 1 + usize::from(is_quote(c)))).collect::<String>()
    };
    let line = |(name, value): &Variable| match value {
        Some(value) => format!("$env:{name} = '{}'\n", quote(value)),
        None => format!("Remove-Item -ErrorAction Ignore Env:{name}\n"),
    };
    variables.iter().map(line).collect()
}

/// Returns words for `docker buildx create`: the environment of the BuildKit daemon in a docker-container builder,
/// which reads no docker config for its own pulls. BuildKit and the git that it starts both read the lower case.
fn driver_opts(variables: &[Variable]) -> String {
    let is_lower = |(name, _): &(&str, &str)| name.ends_with("_proxy");
    words(
        "--driver-opt",
        filled(variables).filter(is_lower).map(|(name, value)| csv(&format!("env.{name}={value}"))),
    )
}

/// Returns words for kaniko, buildah and podman, which read no docker config. These ten arguments need no ARG in the
/// Dockerfile and stay out of the image's history (moby/buildkit, frontend/dockerfile/docs, "Predefined ARGs").
fn build_args(variables: &[Variable]) -> String {
    let is_predefined =
        |(name, _): &(&str, &str)| PAIRS.iter().any(|pair| pair.0 == *name || pair.1 == *name);
    words(
        "--build-arg",
        filled(variables).filter(is_predefined).map(|(name, value)| format!("{name}={value}")),
    )
}

/// The variables that have a value.
fn filled(variables: &[Variable]) -> impl Iterator<Item = (&str, &str)> {
    variables.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)))
}

/// One line of shell words, so that the line can stand in a command that `eval` runs.
fn words(option: &str, values: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = values.map(|value| format!("{option} {}", word(&value))).collect();
    if words.is_empty() { String::new() } else { words.join(" ") + "\n" }
}

/// A field of a list that buildx reads as CSV (docker/buildx, util/buildflags; encoding/csv).
fn csv(field: &str) -> String {
    let is_plain = !field.contains([',', '"']);
    if is_plain { field.to_owned() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
}

/// One word of the shell, quoted where the shell would change the word.
fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
    if text.bytes().all(is_plain) { text.to_owned() } else { quote(text) }
}

/// Single quotes keep every byte but the single quote itself.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_says_the_same() {
        let value = "it's $HOME \\ `x`";
        let variables = [("A", Some(value.to_owned())), ("B", None)];
        assert_eq!(sh(&variables), "export A='it'\\''s $HOME \\ `x`'\nunset B\n");
        assert_eq!(
            pwsh(&variables),
            "$env:A = 'it''s $HOME \\ `x`'\nRemove-Item -ErrorAction Ignore Env:B\n"
        );
        assert_eq!(dotenv(&variables), "A=it's $HOME \\ `x`\n");
        assert_eq!(json(&variables), "{\n  \"A\": \"it's $HOME \\\\ `x`\",\n  \"B\": null\n}\n");
        assert_eq!(json(&[]), "{}\n");
    }

    #[test]
    fn typographic_quotes_end_no_string_of_powershell() {
        let variables = [("A", Some("\u{2018}a\u{2019}b\u{201a}c\u{201b}".to_owned()))];
        let escaped = "\u{2018}\u{2018}a\u{2019}\u{2019}b\u{201a}\u{201a}c\u{201b}\u{201b}";
        assert_eq!(pwsh(&variables), format!("$env:A = '{escaped}'\n"));
    }

    #[test]
    fn words_are_quoted_for_the_shell_and_lists_for_buildx() {
        let set = |name, value: &str| (name, Some(value.to_owned()));
        let variables = [
            set("HTTP_PROXY", "http://u:it's@p:1"),
            set("NODE_USE_ENV_PROXY", "1"),
            set("http_proxy", "http://u:it's@p:1"),
            ("https_proxy", None),
            set("no_proxy", "a,b"),
        ];
        assert_eq!(
            driver_opts(&variables),
            "--driver-opt 'env.http_proxy=http://u:it'\\''s@p:1' --driver-opt '\"env.no_proxy=a,b\"'\n"
        );
        assert_eq!(
            build_args(&variables),
            "--build-arg 'HTTP_PROXY=http://u:it'\\''s@p:1' --build-arg 'http_proxy=http://u:it'\\''s@p:1' \
             --build-arg no_proxy=a,b\n"
        );
        assert_eq!(driver_opts(&[set("no_proxy", "h")]), "--driver-opt env.no_proxy=h\n");
    }
}
