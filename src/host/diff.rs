//! Differences of two texts by lines: shown as a unified diff, and merged with those of a third text.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// A changed range of lines: before, after.
type Hunk = (Range<usize>, Range<usize>);

/// The lines of a text, each with its end.
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

/// The hunks of a unified diff between two texts. The texts are compared, `shown` is printed: a line of each text as
/// people may see it.
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

/// `start,length` as a unified diff has it.
fn span(lines: Range<usize>) -> String {
    let start = if lines.is_empty() { lines.start } else { lines.start + 1 };
    format!("{start},{}", lines.len())
}

/// Takes the step from `applied` back to `original` in `now`, which is `applied` with edits of others. Also returns
/// how many changes could not be taken back, because the same lines were edited.
pub fn take_back(original: &[u8], applied: &[u8], now: &[u8]) -> (Vec<u8>, usize) {
    let [original_lines, applied_lines, now_lines] = [original, applied, now].map(lines);
    let (back, foreign) = (hunks(applied, original), hunks(applied, now));
    let mut result: Vec<&[u8]> = Vec::new();
    let (mut at, mut conflicts) = (0, 0);
    let (mut back, mut foreign) = (back.iter().peekable(), foreign.iter().peekable());
    while let Some((hunk, ours)) = next(&mut back, &mut foreign) {
        if hunk.0.start < at {
            // Only a step back can lie inside of what was put already, which is an edit of others.
            conflicts += 1;
            continue;
        }
        let touched = |other: Option<&&Hunk>| other.is_some_and(|other| overlap(&hunk.0, &other.0));
        let same =
            |other: &Hunk| other.0 == hunk.0 && now_lines[other.1.clone()] == original_lines[hunk.1.clone()];
        if ours && foreign.peek().is_some_and(|other| same(other)) {
            // Somebody took it back already.
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

/// The hunk that comes first, and whether it is one of `back`.
fn next<'a>(
    back: &mut std::iter::Peekable<std::slice::Iter<'a, Hunk>>,
    foreign: &mut std::iter::Peekable<std::slice::Iter<'a, Hunk>>,
) -> Option<(&'a Hunk, bool)> {
    let ours = match (back.peek(), foreign.peek()) {
        // An insertion comes before a change of the lines behind it.
        (Some(one), Some(other)) => (one.0.start, one.0.end) <= (other.0.start, other.0.end),
        (one, _) => one.is_some(),
    };
    let hunk = if ours { back.next() } else { foreign.next() };
    hunk.map(|hunk| (hunk, ours))
}

/// Whether two ranges of lines have a line in common, or one lies inside of the other.
fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_three_lines_of_context_and_joins_what_is_near() {
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
    fn what_was_applied_is_taken_back_and_the_edits_of_others_stay() {
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
