//! Compares texts by lines: prints a unified diff of two texts, and takes the changes between two texts out of a
//! third.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// The number of lines of context around a change.
const CONTEXT: usize = 3;

/// A change: the range of lines before the change, and the range after.
type Hunk = (Range<usize>, Range<usize>);

/// Returns the lines of a text, each with its line end.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn hunks(before: &[u8], after: &[u8]) -> Vec<Hunk> {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let usize = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| (usize(hunk.before), usize(hunk.after))).collect()
}

/// Returns the hunks of a unified diff. `before` and `after` are compared, `shown` is printed: the redacted lines of
/// `before` and of `after`.
pub fn unified(before: &[u8], after: &[u8], shown: [&[String]; 2]) -> String {
    let mut text = String::new();
    let hunks = hunks(before, after);
    let total = lines(before).len();
    let mut rest = &hunks[..];
    while let Some(first) = rest.first() {
        // Hunks whose contexts touch are printed as one.
        let mut count = 1;
        while rest.get(count).is_some_and(|next| next.0.start <= rest[count - 1].0.end + 2 * CONTEXT) {
            count += 1;
        }
        let (group, others) = rest.split_at(count);
        rest = others;
        let last = &group[count - 1];
        let start = first.0.start.saturating_sub(CONTEXT);
        let end = (last.0.end + CONTEXT).min(total);
        let new_start = first.1.start - (first.0.start - start);
        let new_end = last.1.end + (end - last.0.end);
        text.push_str(&format!("@@ -{} +{} @@\n", span(start..end), span(new_start..new_end)));
        let mut at = start;
        for (old, new) in group {
            put(&mut text, ' ', &shown[0][at..old.start]);
            put(&mut text, '-', &shown[0][old.clone()]);
            put(&mut text, '+', &shown[1][new.clone()]);
            at = old.end;
        }
        put(&mut text, ' ', &shown[0][at..end]);
    }
    text
}

fn put(text: &mut String, mark: char, lines: &[String]) {
    for line in lines {
        text.push_str(&format!("{mark}{line}\n"));
    }
}

/// Returns `start,length` as written in a unified diff.
fn span(lines: Range<usize>) -> String {
    let start = if lines.is_empty() { lines.start } else { lines.start + 1 };
    format!("{start},{}", lines.len())
}

/// Returns `now` without the changes that lead from `original` to `applied`. `now` is `applied` with later edits,
/// which stay. Also returns the number of changes that could not be taken back, because a later edit touches the same
/// lines.
pub fn take_back(original: &[u8], applied: &[u8], now: &[u8]) -> (Vec<u8>, usize) {
    let [original_lines, applied_lines, now_lines] = [original, applied, now].map(lines);
    let (back, foreign) = (hunks(applied, original), hunks(applied, now));
    let mut result: Vec<&[u8]> = Vec::new();
    let (mut at, mut conflicts) = (0, 0);
    let (mut back, mut foreign) = (back.iter().peekable(), foreign.iter().peekable());
    while let Some((hunk, ours)) = next(&mut back, &mut foreign) {
        if hunk.0.start < at {
            // Only a hunk of `back` gets here: the hunk starts inside a later edit, which is in `result` already.
            conflicts += 1;
            continue;
        }
        let touched = |other: Option<&&Hunk>| other.is_some_and(|other| overlap(&hunk.0, &other.0));
        let same =
            |other: &Hunk| other.0 == hunk.0 && now_lines[other.1.clone()] == original_lines[hunk.1.clone()];
        if ours && foreign.peek().is_some_and(|other| same(other)) {
            // The later edit took the change back already.
            foreign.next();
        } else if ours && touched(foreign.peek()) {
            conflicts += 1;
            continue;
        }
        let side = if ours { &original_lines } else { &now_lines };
        result.extend(&applied_lines[at..hunk.0.start]);
        result.extend(&side[hunk.1.clone()]);
        at = hunk.0.end;
    }
    result.extend(&applied_lines[at..]);
    (result.concat(), conflicts)
}

/// Returns the hunk that comes first, and whether the hunk is one of `back`.
fn next<'a>(
    back: &mut std::iter::Peekable<std::slice::Iter<'a, Hunk>>,
    foreign: &mut std::iter::Peekable<std::slice::Iter<'a, Hunk>>,
) -> Option<(&'a Hunk, bool)> {
    let ours = match (back.peek(), foreign.peek()) {
        // An insertion comes before a change of the lines after the insertion.
        (Some(one), Some(other)) => (one.0.start, one.0.end) <= (other.0.start, other.0.end),
        (one, _) => one.is_some(),
    };
    let hunk = if ours { back.next() } else { foreign.next() };
    hunk.map(|hunk| (hunk, ours))
}

/// Whether two ranges of lines have a line in common, or one range lies inside of the other.
fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_three_lines_of_context_and_joins_near_changes() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n";
        let after = before.replace("\n5\n", "\nfive\n").replace("\n8\n", "\n").replace("16\n", "16\n17\n");
        let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            unified(before.as_bytes(), after.as_bytes(), [&shown(before), &shown(&after)]),
            "@@ -2,10 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n-8\n 9\n 10\n 11\n@@ -14,3 +13,4 @@\n 14\n 15\n 16\n+17\n"
        );
        assert_eq!(unified(b"", b"a\n", [&[], &shown("a")]), "@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified(b"a\n", b"a\n", [&shown("a"), &shown("a")]), "");
    }

    #[test]
    fn applied_changes_are_taken_back_and_later_edits_stay() {
        let (original, applied) = ("a\nb\nc\nd\n", "ours\na\nB\nc\nd\nours 2\n");
        for (now, expected, conflicts) in [
            (applied, original, 0),
            (original, original, 0),
            ("ours\na\nB\nc\nforeign\nd\nours 2\n", "a\nb\nc\nforeign\nd\n", 0),
            ("foreign\nours\na\nB\nc\nd\nours 2\nlast\n", "foreign\na\nb\nc\nd\nlast\n", 0),
            ("ours\na\nedited\nc\nd\nours 2\n", "a\nedited\nc\nd\n", 1),
            ("ours\na\nb\nc\nd\nours 2\n", original, 0),
            ("", "", 3),
        ] {
            let (result, left) = take_back(original.as_bytes(), applied.as_bytes(), now.as_bytes());
            assert_eq!((std::str::from_utf8(&result).unwrap(), left), (expected, conflicts), "{now}");
        }
    }
}
