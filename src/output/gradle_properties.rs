//! Gradle's `gradle.properties`, from which Gradle and its wrapper read the proxies with user and password.
//!
//! `setup` writes a block between two comments at the start of the file, so that no other byte changes. A property that
//! the file sets itself overrides the block, since Java uses the last of two values.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::{Context, Edit, Outcome, edit_file, private, real};
use crate::environment::Environment;
use crate::replace_file::{Change, Locking, Target};
use crate::runtime::java::{self, Proxy};

const BEGIN: &str = "# jobproxy begin\n";
const END: &str = "# jobproxy end\n";

/// The private file that is used where `gradle.properties` does not belong to this job alone.
const OPTIONS_FILE: &str = "java-options";

/// Writes the proxies into Gradle's properties, or user and password into a private file that every JVM of the job
/// reads.
///
/// # Errors
/// The file cannot be read or replaced.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    let proxies = java::proxies(context.settings);
    if proxies.is_empty() {
        return Ok(None);
    }
    let path = path(context.environment)?;
    let file = real(&path, context.environment)?;
    let Some(why) = context.why_private(file.path()) else {
        let block = block(&proxies, &java::hosts(context.settings))?;
        let decide = |old: Option<&[u8]>| Ok(decide(old.unwrap_or_default(), &block));
        let applied = edit_file(&file, Locking::None, context.options.dry_run, &decide)?;
        return Ok(Some(applied.called(&path)));
    };
    // Without user and password the properties in JAVA_TOOL_OPTIONS are all that Gradle needs.
    if proxies.iter().all(|proxy| proxy.login.is_none()) {
        return Ok(None);
    }
    ensure!(context.is_exported(), why.needs_export(&path));
    private_options(context, &proxies).map(Some)
}

/// Removes the proxies from Gradle's properties. A private file stays, since no JVM of the job would start without the
/// file.
///
/// # Errors
/// As [`apply`].
pub fn undo(context: &Context) -> Result<Option<Outcome>> {
    let path = path(context.environment)?;
    let file = real(&path, context.environment)?;
    let revert = |old: Option<&[u8]>| {
        let old = old.unwrap_or_default();
        let new = without_ours(old);
        let change = match new {
            _ if new == old => return Ok(Edit::default()),
            _ if new.is_empty() => Change::Removal,
            _ => Change::Content(new),
        };
        Ok(Edit {
            change,
            diff: vec!["-systemProp: the proxies that setup wrote".to_owned()],
            notes: Vec::new(),
        })
    };
    let applied = edit_file(&file, Locking::None, context.options.dry_run, &revert)?;
    Ok(Some(applied.called(&path).undone()))
}

/// Returns the path of `gradle.properties` in Gradle's user home (Gradle, build_environment.adoc).
fn path(environment: &Environment) -> Result<PathBuf> {
    let folder = match environment.path("GRADLE_USER_HOME") {
        Some(folder) => folder.to_owned(),
        None => java::user_home(environment)?.join(".gradle"),
    };
    Ok(folder.join("gradle.properties"))
}

/// Returns the names and values of the properties; `nonProxyHosts` serves https too.
fn properties(proxies: &[Proxy]) -> Result<Vec<(String, &str)>> {
    let mut properties = Vec::new();
    for Proxy { scheme, login, .. } in proxies {
        if let Some((user, password)) = login {
            let is_text =
                |text: &str| !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
            ensure!(
                is_text(user) && is_text(password),
                "gradle: the proxy's user or password holds a control character or is not UTF-8; choose another"
            );
            properties.extend([
                (format!("{scheme}.proxyUser"), user.as_str()),
                (format!("{scheme}.proxyPassword"), password.as_str()),
            ]);
        }
    }
    Ok(properties)
}

/// Returns the block with its two comments.
fn block(proxies: &[Proxy], hosts: &str) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for Proxy { scheme, host, port, .. } in proxies {
        lines.extend([format!("{scheme}.proxyHost={host}"), format!("{scheme}.proxyPort={port}")]);
    }
    let login = properties(proxies)?;
    lines.extend(login.iter().map(|(name, value)| format!("{name}={}", escaped(value))));
    lines.push(format!("http.nonProxyHosts={hosts}"));
    if !login.is_empty() {
        lines.extend(java::TUNNEL_LOGIN.strip_prefix("-D").map(str::to_owned));
    }
    let lines: String = lines.iter().map(|line| format!("systemProp.{line}\n")).collect();
    Ok(format!("{BEGIN}{lines}{END}").into_bytes())
}

/// Returns a value of a properties file, which is ISO 8859-1 with escapes (Java, `java.util.Properties.load`).
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for (at, c) in value.chars().enumerate() {
        match c {
            '\\' => text.push_str("\\\\"),
            ' ' if at == 0 => text.push_str("\\ "),
            c if c.is_ascii() => text.push(c),
            c => text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    text
}

/// Decides the new content of the file.
fn decide(old: &[u8], block: &[u8]) -> Edit {
    let rest = without_ours(old);
    let (new, notes) = if names_a_proxy(&rest) {
        (rest, vec!["gradle: gradle.properties names a proxy of its own, which stays in force".to_owned()])
    } else {
        ([block, &rest].concat(), Vec::new())
    };
    if new == old {
        return Edit { notes, ..Edit::default() };
    }
    let diff = vec!["+systemProp: the proxies, with user and password as ***".to_owned()];
    Edit { change: Change::Content(new), diff, notes }
}

/// The user and password of this block must not go to the proxy of another line.
fn names_a_proxy(text: &[u8]) -> bool {
    let is_comment = |line: &[u8]| matches!(line.trim_ascii_start().first(), Some(b'#' | b'!'));
    let is_proxy = |line: &[u8]| line.windows(b"proxyHost".len()).any(|word| word == b"proxyHost");
    text.split(|byte| *byte == b'\n').any(|line| !is_comment(line) && is_proxy(line))
}

/// Returns the file without the block of an earlier run.
fn without_ours(text: &[u8]) -> Vec<u8> {
    let find = |part: &str| text.windows(part.len()).position(|window| window == part.as_bytes());
    match (find(BEGIN), find(END)) {
        (Some(0), Some(end)) => text[end + END.len()..].to_vec(),
        _ => text.to_vec(),
    }
}

/// Writes user and password into a file of this job alone, and has every JVM read the file: a file named in
/// JAVA_TOOL_OPTIONS shows the password neither in the line "Picked up JAVA_TOOL_OPTIONS" nor among a process's
/// arguments. Java 8 ignores the option for such files (java(1), -XX:VMOptionsFile).
fn private_options(context: &Context, proxies: &[Proxy]) -> Result<Outcome> {
    let file = context.private_folder(false)?.join(OPTIONS_FILE);
    // `None` where no line can hold the job's own value.
    let old =
        context.variables.iter().find(|(name, _)| *name == java::NAME).and_then(|(_, value)| value.clone());
    let own = format!("/{OPTIONS_FILE}");
    let is_ours = |option: &str| {
        let option = option.trim_matches('\'');
        option == IGNORE_UNKNOWN || option.strip_prefix(READ_FILE).is_some_and(|path| path.ends_with(&own))
    };
    let Some(old) = old.filter(|old| !java::with(old, &[], &is_ours).contains(READ_FILE)) else {
        let note = format!(
            "gradle: gets no user and password, since {} has options that stay as they are",
            java::NAME
        );
        return Ok(Outcome::left_alone(&file, note));
    };
    let lines =
        properties(proxies)?.into_iter().map(|(name, value)| quoted(&format!("-D{name}={value}")) + "\n");
    let options = lines.collect::<String>().into_bytes();
    let decide = |old: Option<&[u8]>| {
        let change = if old == Some(&options) { Change::Nothing } else { Change::Content(options.clone()) };
        Ok(Edit { change, ..Edit::default() })
    };
    let mut applied = edit_file(&Target::new(file.clone()), Locking::None, context.options.dry_run, &decide)?;
    let names_file = [IGNORE_UNKNOWN.to_owned(), quoted(&format!("{READ_FILE}{}", private::plain(&file)?))];
    applied.variables.push((java::NAME, Some(java::with(&old, &names_file, &is_ours))));
    Ok(applied)
}

const IGNORE_UNKNOWN: &str = "-XX:+IgnoreUnrecognizedVMOptions";
const READ_FILE: &str = "-XX:VMOptionsFile=";

/// Returns an option for a file of options, or in JAVA_TOOL_OPTIONS: quotes keep blanks, and there is no escape
/// (HotSpot, arguments.cpp, `Arguments::parse_options_buffer`).
fn quoted(option: &str) -> String {
    let is_plain = !option.contains(|c: char| c.is_ascii_whitespace() || c == '\'' || c == '"');
    if is_plain { option.to_owned() } else { format!("'{}'", option.replace('\'', "'\"'\"'")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(password: &str) -> Vec<Proxy> {
        let login = Some(("alice".to_owned(), password.to_owned()));
        vec![
            Proxy { scheme: "http", host: "a".to_owned(), port: 1, login: None },
            Proxy { scheme: "https", host: "b".to_owned(), port: 2, login },
        ]
    }

    const BLOCK: &str = "# jobproxy begin\nsystemProp.http.proxyHost=a\nsystemProp.http.proxyPort=1\n\
        systemProp.https.proxyHost=b\nsystemProp.https.proxyPort=2\nsystemProp.https.proxyUser=alice\n\
        systemProp.https.proxyPassword=\\ p\\\\w\\u00e4\\ud83d\\ude00\nsystemProp.http.nonProxyHosts=localhost|*.corp\n\
        systemProp.jdk.http.auth.tunneling.disabledSchemes=\n# jobproxy end\n";

    #[test]
    fn the_block_stands_before_all_else_and_goes_again() {
        let block = block(&proxies(" p\\w\u{e4}\u{1f600}"), "localhost|*.corp").unwrap();
        assert_eq!(String::from_utf8_lossy(&block), BLOCK);
        for old in [
            &b""[..],
            b"a=b\n",
            b"a=b",
            b"\xef\xbb\xbfa=\xe4\r\n",
            b"a = b\\\n",
            b"# about a proxyHost\n",
            b"\n\n",
        ] {
            let Change::Content(new) = decide(old, &block).change else { panic!("{old:?}") };
            assert_eq!(new, [BLOCK.as_bytes(), old].concat());
            assert_eq!(decide(&new, &block), Edit::default(), "set up twice: {old:?}");
            assert_eq!(without_ours(&new), old);
            let other = new.iter().map(|byte| if *byte == b'p' { b'q' } else { *byte }).collect::<Vec<_>>();
            let other =
                [BEGIN.as_bytes(), b"systemProp.x=1\n", END.as_bytes(), &other[BLOCK.len()..]].concat();
            let Change::Content(again) = decide(&other, &block).change else { panic!("{old:?}") };
            assert!(again.starts_with(BLOCK.as_bytes()), "{old:?}");
        }
    }

    #[test]
    fn a_proxy_of_the_file_stays_in_force() {
        for old in ["systemProp.http.proxyHost=own\n", "x=1\r\n systemProp.https.proxyHost : own"] {
            let edit = decide(old.as_bytes(), BLOCK.as_bytes());
            assert_eq!(edit.change, Change::Nothing);
            assert_eq!(
                edit.notes,
                ["gradle: gradle.properties names a proxy of its own, which stays in force"]
            );
        }
    }

    #[test]
    fn a_password_that_no_line_can_hold_is_refused() {
        for password in ["a\nb", "a\u{fffd}"] {
            assert!(
                block(&proxies(password), "")
                    .unwrap_err()
                    .to_string()
                    .starts_with("gradle: the proxy's user or")
            );
        }
    }

    #[test]
    fn an_option_is_quoted_as_the_jvm_reads_it() {
        assert_eq!(quoted("-Da=b\\n"), "-Da=b\\n");
        assert_eq!(quoted("-Da=b 'c\""), "'-Da=b '\"'\"'c\"'");
    }
}
