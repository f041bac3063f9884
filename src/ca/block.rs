//! The lines that `setup` adds to the bundle of an image, between two marker lines, and their removal to the byte.

use std::collections::HashSet;

use super::{Authorities, pem};

const BEGIN: &[u8] = b"# jobproxy: certificates that setup added; jobproxy undo removes them\n";
/// The first marker line, with a newline before the line that the file did not have.
const BEGIN_AFTER_NEWLINE: &[u8] =
    b"\n# jobproxy: certificates that setup added behind a newline; jobproxy undo removes them\n";
const END: &[u8] = b"# jobproxy: end\n";

/// Returns the bundle with the authorities that the bundle lacks. The authorities of an earlier run are removed.
#[must_use]
pub fn with(bundle: &[u8], authorities: &Authorities) -> Vec<u8> {
    let mut content = without(bundle);
    let there: HashSet<Vec<u8>> = pem::certificates(&content).collect();
    let missing = authorities.certificates.iter().filter(|certificate| !there.contains(&certificate.der));
    let missing: String = missing.map(|certificate| pem::encode(&certificate.der)).collect();
    if !missing.is_empty() {
        let ends_a_line = content.last().is_none_or(|byte| *byte == b'\n');
        content.extend_from_slice(if ends_a_line { BEGIN } else { BEGIN_AFTER_NEWLINE });
        content.extend_from_slice(missing.as_bytes());
        content.extend_from_slice(END);
    }
    content
}

/// Returns the bundle without the lines of `setup`.
#[must_use]
pub fn without(bundle: &[u8]) -> Vec<u8> {
    let block = [BEGIN_AFTER_NEWLINE, BEGIN].into_iter().find_map(|begin| {
        let start = find(bundle, begin)?;
        let end = start + find(&bundle[start..], END)? + END.len();
        Some(start..end)
    });
    block.map_or_else(|| bundle.to_vec(), |block| [&bundle[..block.start], &bundle[block.end..]].concat())
}

/// Returns the index at which `part` begins in `text`; `None` where `text` does not contain the part.
pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
