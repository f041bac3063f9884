//! Lines of `cntlm.conf` that belong together, such as all `Proxy` lines, and how they are put in place.

use super::line::{Line, parse};
use crate::host::diff::lines;

/// Lines of one kind: `has` recognizes a line of the kind, `wanted` holds the lines that the file should have.
pub struct Group {
    pub has: fn(&Line) -> bool,
    pub wanted: Vec<(&'static str, String)>,
}

/// Replaces the first line of the group by the wanted lines, and removes the other lines of the group. Where the file
/// has no such line, the wanted lines are added at the end. Where all lines of the group are right, nothing changes.
pub fn put(old: &[u8], group: &Group) -> Vec<u8> {
    let all = lines(old);
    let of_group = |line: &&[u8]| parse(line).is_some_and(|line| (group.has)(&line));
    let now: Vec<_> = all.iter().filter(|line| of_group(line)).filter_map(|line| parse(line)).collect();
    let right = now.len() == group.wanted.len()
        && now.iter().zip(&group.wanted).all(|(line, (keyword, value))| {
            line.keyword.eq_ignore_ascii_case(keyword) && line.value == *value
        });
    if right {
        return old.to_vec();
    }
    let mut new = Vec::new();
    let mut todo = Some(&group.wanted);
    for line in &all {
        if !of_group(line) {
            new.extend_from_slice(line);
        } else if let (Some(wanted), Some(parsed)) = (todo.take(), parse(line)) {
            for (keyword, value) in wanted {
                // The blanks between keyword and value stay as they are.
                let same = parsed.keyword.eq_ignore_ascii_case(keyword);
                let lead = if same { parsed.lead.to_vec() } else { format!("{keyword}\t").into_bytes() };
                let end = if parsed.end.is_empty() { b"\n" } else { parsed.end };
                new.extend([&lead, value.as_bytes(), end].concat());
            }
        }
    }
    if let Some(wanted) = todo {
        let end: &[u8] = if old.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
        if !new.is_empty() && !new.ends_with(b"\n") {
            new.extend(end);
        }
        for (keyword, value) in wanted {
            new.extend([keyword.as_bytes(), b"\t", value.as_bytes(), end].concat());
        }
    }
    new
}
