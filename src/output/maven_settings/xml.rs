//! The outline of an XML text: where its elements and comments are.
//!
//! The reader is smaller and stricter than an XML library: any text whose meaning is not certain is refused, so that no
//! edit damages a file. A document type, whose entities could hide elements, is refused, too.

use std::ops::Range;

use anyhow::{Result, anyhow, bail, ensure};

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// `<name ...>`
    Start(&'a str),
    /// `<name .../>`
    Empty(&'a str),
    /// `</name>`
    End(&'a str),
    /// The text inside of `<!--` and `-->`.
    Comment(&'a str),
    /// Text between elements, without blanks around it; CDATA likewise.
    Text(&'a str),
}

/// A part, its place, and the number of elements around the part.
#[derive(Debug)]
pub struct Placed<'a> {
    pub part: Part<'a>,
    pub range: Range<usize>,
    pub depth: usize,
}

/// Returns the parts in order. Each element is closed, and there is one element around all others.
///
/// # Errors
/// The error names the line that is refused, and quotes nothing, since any text may be a password.
pub fn parts(text: &str) -> Result<Vec<Placed<'_>>> {
    let (mut parts, mut open, mut roots) = (Vec::new(), Vec::new(), 0);
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let (part, end) = part_at(text, at).map_err(|error| anyhow!("line {}: {error}", line(text, at)))?;
        let range = at..end;
        at = end;
        let Some(part) = part else { continue };
        if let Part::End(name) = part {
            ensure!(
                open.pop() == Some(name),
                "line {}: an end tag has no start tag",
                line(text, range.start)
            );
        }
        let depth = open.len();
        let is_outside = depth == 0 && !matches!(part, Part::End(_) | Part::Comment(_));
        if is_outside {
            roots += 1;
            let is_root = matches!(part, Part::Start(_) | Part::Empty(_)) && roots == 1;
            ensure!(
                is_root,
                "line {}: something stands beside the outermost element",
                line(text, range.start)
            );
        }
        if let Part::Start(name) = part {
            open.push(name);
        }
        parts.push(Placed { part, range, depth });
    }
    ensure!(open.is_empty(), "an element is not closed");
    ensure!(roots == 1, "there is no element");
    Ok(parts)
}

/// Returns the part that begins at a place, and its end; no part for blanks and processing instructions.
fn part_at(text: &str, at: usize) -> Result<(Option<Part<'_>>, usize)> {
    let rest = &text[at..];
    let until = |start: &str, end: &'static str| {
        let inside = &rest[start.len()..];
        let length = inside.find(end).ok_or_else(|| anyhow!("{end} is missing"))?;
        Ok::<_, anyhow::Error>((&inside[..length], at + start.len() + length + end.len()))
    };
    if !rest.starts_with('<') {
        let length = rest.find('<').unwrap_or(rest.len());
        let inside = rest[..length].trim_ascii();
        return Ok(((!inside.is_empty()).then_some(Part::Text(inside)), at + length));
    }
    if rest.starts_with("<!--") {
        let (inside, end) = until("<!--", "-->")?;
        return Ok((Some(Part::Comment(inside)), end));
    }
    if rest.starts_with("<![CDATA[") {
        let (inside, end) = until("<![CDATA[", "]]>")?;
        return Ok((Some(Part::Text(inside.trim_ascii())), end));
    }
    if rest.starts_with("<?") {
        return Ok((None, until("<?", "?>")?.1));
    }
    ensure!(!rest.starts_with("<!"), "there is a document type");
    let end = end_of_tag(rest)?;
    let inside = &rest[1..end - 1];
    let (is_end, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
    let (is_empty, inside) = inside.strip_suffix('/').map_or((false, inside), |inside| (true, inside));
    let name = inside.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || "-._:".contains(c);
    ensure!(!name.is_empty() && name.chars().all(is_name) && !(is_end && is_empty), "a tag has no name");
    let part = match (is_end, is_empty) {
        (true, _) => Part::End(name),
        (_, true) => Part::Empty(name),
        _ => Part::Start(name),
    };
    Ok((Some(part), at + end))
}

/// Returns the length of the tag at the start of a text; an attribute may hold a `>`.
fn end_of_tag(text: &str) -> Result<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices().skip(1) {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return Ok(at + 1),
            (None, '<') => break,
            _ => {}
        }
    }
    bail!("a tag is not closed")
}

fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}
