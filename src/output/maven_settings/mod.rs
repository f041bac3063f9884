//! Maven's `~/.m2/settings.xml`: the only place from which Maven takes user and password of a proxy.
//!
//! `setup` writes a block between two comments, so that no other byte changes and `undo` finds the block.

mod xml;

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail, ensure};

use super::{Context, Edit, Outcome, edit_file, real};
use crate::environment::Environment;
use crate::replace_file::{Change, Locking};
use crate::runtime::java::{self, Proxy};
use xml::{Part, Placed, parts};

/// The comment before the block of `setup`.
const BEGIN: &str = "jobproxy begin";
/// The comment after the block, followed by the empty `<proxies/>` that the block replaced.
const END: &str = "jobproxy end";

/// The element that holds the proxies.
const PROXIES: &str = "proxies";

/// The remedy for a file that cannot be edited.
const REMEDY: &str = "fix the file or move it away";

/// A file without any setting (Maven, settings-1.0.0.xsd).
const EMPTY: &str = "<settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\"></settings>\n";

/// Writes the proxies into Maven's settings.
///
/// # Errors
/// The file cannot be read or replaced, is not what Maven accepts, or cannot hold the password.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    let proxies = java::proxies(context.settings);
    if proxies.is_empty() {
        return Ok(None);
    }
    let path = path(context.environment)?;
    let file = real(&path, context.environment)?;
    if context.why_private(file.path()).is_some() {
        // A settings file of the job alone would have to be named with -s, which overrides the -s of the job's own
        // commands (measured with MAVEN_ARGS and Maven 3.9.16).
        return Ok(Some(Outcome::left_alone(&path, not_alone(&path, &proxies))));
    }
    let elements = elements(&proxies, &java::hosts(context.settings))?;
    let decide =
        |old: Option<&[u8]>| decide(old, &elements).map_err(|error| anyhow!("{}: {error}", path.display()));
    edit_file(&file, Locking::None, context.options.dry_run, &decide)
        .map(|applied| Some(applied.called(&path)))
}

/// Removes the proxies from Maven's settings.
///
/// # Errors
/// As [`apply`].
pub fn undo(context: &Context) -> Result<Option<Outcome>> {
    let path = path(context.environment)?;
    let file = real(&path, context.environment)?;
    let revert = |old: Option<&[u8]>| revert(old).map_err(|error| anyhow!("{}: {error}", path.display()));
    let applied = edit_file(&file, Locking::None, context.options.dry_run, &revert)?;
    Ok(Some(applied.called(&path).undone()))
}

fn not_alone(path: &Path, proxies: &[Proxy]) -> String {
    let login = if proxies.iter().any(|proxy| proxy.login.is_some()) {
        ", but no user and password, which Maven takes from this file only"
    } else {
        ""
    };
    let path = path.display();
    format!(
        "{path}: left as it is, since it is not of this job alone; Maven gets the proxies in JAVA_TOOL_OPTIONS{login}"
    )
}

/// Returns the path of `settings.xml` in Maven's folder (Maven, `SettingsXmlConfigurationProcessor`).
fn path(environment: &Environment) -> Result<PathBuf> {
    Ok(java::user_home(environment)?.join(".m2/settings.xml"))
}

/// Returns the `<proxy>` elements, in the order in which Maven reads them.
fn elements(proxies: &[Proxy], hosts: &str) -> Result<String> {
    let mut text = String::new();
    for Proxy { scheme, host, port, login } in proxies {
        text.push_str(&format!(
            "\n    <proxy>\n      <id>jobproxy-{scheme}</id>\n      <active>true</active>\n      \
             <protocol>{scheme}</protocol>\n      <host>{}</host>\n      <port>{port}</port>\n",
            escaped(host)
        ));
        for (element, value) in
            login.iter().flat_map(|(user, password)| [("username", user), ("password", password)])
        {
            check(element, value)?;
            text.push_str(&format!("      <{element}>{}</{element}>\n", escaped(value)));
        }
        text.push_str(&format!("      <nonProxyHosts>{}</nonProxyHosts>\n    </proxy>", escaped(hosts)));
    }
    Ok(text + "\n    ")
}

/// Refuses text that Maven does not read as written (measured with Maven 3.8.7, 3.9.16, 4.0.0-rc-5): blanks at the
/// ends are cut, other characters than ASCII become `?`, `${...}` is replaced, and Maven 4 stops at `{...}`, which
/// Maven takes for an encrypted password.
fn check(element: &str, value: &str) -> Result<()> {
    let changed = match value {
        _ if !value.is_ascii() || value.contains(|c: char| c.is_control()) => {
            "a character that is not plain ASCII"
        }
        _ if value.trim_ascii() != value => "a blank at its end",
        _ if value.contains("${") => "'${'",
        _ if value.starts_with('{') && value.ends_with('}') => "braces around it",
        _ => return Ok(()),
    };
    bail!(
        "maven: the proxy's {element} has {changed}, which Maven does not read as it is; choose another {element}"
    )
}

/// Returns a text for the inside of an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Decides the new content of the file.
fn decide(old: Option<&[u8]>, elements: &str) -> Result<Edit> {
    let old = old.map(text).transpose()?;
    let rest = old.map_or_else(|| Ok(EMPTY.to_owned()), without_ours)?;
    let outline = Outline::of(&rest)?;
    if outline.has_proxy {
        let note = "maven: settings.xml names a proxy of its own, which stays in force".to_owned();
        return Ok(Edit { notes: vec![note], ..changed(old, rest, Vec::new()) });
    }
    let Outline { place, is_in_proxies, .. } = outline;
    let replaced = &rest[place.clone()];
    ensure!(!replaced.contains("--"), "the tag {PROXIES} holds \"--\"");
    let block = if is_in_proxies {
        format!("<!--{BEGIN}-->{elements}<!--{END}-->")
    } else {
        format!("<!--{BEGIN}--><{PROXIES}>{elements}</{PROXIES}><!--{END}{replaced}-->")
    };
    let new = [&rest[..place.start], &block, &rest[place.end..]].concat();
    Ok(changed(old, new, vec![format!("+{PROXIES}: the proxies, with user and password as ***")]))
}

/// Decides the content of the file after `undo`.
fn revert(old: Option<&[u8]>) -> Result<Edit> {
    // Without the comment there is no block to remove, whatever else is in the file.
    let is_written = |old: &&[u8]| old.windows(BEGIN.len()).any(|part| part == BEGIN.as_bytes());
    let Some(old) = old.filter(is_written).map(text).transpose()? else { return Ok(Edit::default()) };
    let new = without_ours(old)?;
    let diff = vec![format!("-{PROXIES}: the proxies that setup wrote")];
    if new == EMPTY && new != old {
        return Ok(Edit { change: Change::Removal, diff, notes: Vec::new() });
    }
    Ok(changed(Some(old), new, diff))
}

fn changed(old: Option<&str>, new: String, diff: Vec<String>) -> Edit {
    if old == Some(new.as_str()) {
        return Edit::default();
    }
    Edit { change: Change::Content(new.into_bytes()), diff, notes: Vec::new() }
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| anyhow!("is not UTF-8; {REMEDY}"))
}

/// Returns the text without the block of an earlier run, and with the element that the block replaced.
fn without_ours(text: &str) -> Result<String> {
    let parts = parts(text).map_err(|error| anyhow!("is not read as XML ({error}); {REMEDY}"))?;
    let begin = parts.iter().find(|placed| placed.part == Part::Comment(BEGIN));
    let end = parts.iter().find_map(|placed| match placed.part {
        Part::Comment(comment) => comment.strip_prefix(END).map(|replaced| (placed, replaced)),
        _ => None,
    });
    let (begin, (end, replaced)) = match (begin, end) {
        (None, None) => return Ok(text.to_owned()),
        (Some(begin), Some(end)) if begin.depth == end.0.depth && begin.range.start < end.0.range.start => {
            (begin, end)
        }
        _ => bail!("has one comment \"{BEGIN}\" or \"{END}\" without the other; remove the comment"),
    };
    without_ours(&[&text[..begin.range.start], replaced, &text[end.range.end..]].concat())
}

/// The place of the proxies in the text.
struct Outline {
    /// The part that the block of `setup` replaces; empty where the block is inserted between two parts.
    place: Range<usize>,
    /// Whether the place is inside of `<proxies>`.
    is_in_proxies: bool,
    /// Whether the text has an active proxy.
    has_proxy: bool,
}

impl Outline {
    fn of(text: &str) -> Result<Self> {
        let parts = parts(text).map_err(|error| anyhow!("is not read as XML ({error}); {REMEDY}"))?;
        let tags: Vec<&Placed> =
            parts.iter().filter(|placed| !matches!(placed.part, Part::Comment(_))).collect();
        let [first, inside @ ..] = tags.as_slice() else { bail!("is empty; {REMEDY}") };
        ensure!(first.part == Part::Start("settings"), "does not begin with <settings>; {REMEDY}");
        let is_proxies = |placed: &&&Placed| {
            placed.depth == 1 && matches!(placed.part, Part::Start(PROXIES) | Part::Empty(PROXIES))
        };
        let mut proxies = inside.iter().filter(is_proxies);
        let found = proxies.next();
        ensure!(proxies.next().is_none(), "has <{PROXIES}> twice; remove one");
        let (place, is_in_proxies) = match found.map(|placed| (&placed.part, placed.range.clone())) {
            Some((Part::Start(_), tag)) => (tag.end..tag.end, true),
            Some((_, tag)) => (tag, false),
            None => (first.range.end..first.range.end, false),
        };
        let has_proxy = is_in_proxies && Self::has_proxy_in_force(inside);
        Ok(Self { place, is_in_proxies, has_proxy })
    }

    /// Whether a `<proxy>` is active, which it is unless it has `<active>false</active>` (Maven, settings-1.0.0.xsd).
    fn has_proxy_in_force(inside: &[&Placed]) -> bool {
        let from = inside.iter().position(|placed| placed.part == Part::Start(PROXIES)).unwrap_or(0);
        let proxies = inside[from + 1..].iter().take_while(|placed| placed.depth > 1);
        let (mut proxy, mut switched_off) = (0, 0);
        let mut before = None;
        for placed in proxies {
            proxy += u32::from(
                placed.depth == 2 && matches!(placed.part, Part::Start("proxy") | Part::Empty("proxy")),
            );
            let is_false = matches!(placed.part, Part::Text(text) if text.eq_ignore_ascii_case("false"));
            switched_off +=
                u32::from(placed.depth == 4 && is_false && before == Some(&Part::Start("active")));
            before = Some(&placed.part);
        }
        proxy > switched_off
    }
}

#[cfg(test)]
mod tests;
