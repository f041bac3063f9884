//! The certificates of authorities (CA) that programs are to trust beside those of their image: read, refused, united.
//!
//! Nothing here touches a file. `machine::certificates` reads the files, `output::ca` writes the bundle.

use std::collections::HashSet;

pub mod block;
pub mod der;
pub mod pem;
pub mod table;

use der::{Facts, Time, day};

/// A certificate of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// The fields of the certificate.
    pub facts: Facts,
}

/// The authorities that are to be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorities {
    /// Each certificate once.
    pub certificates: Vec<Certificate>,
    /// Notes for the report about the files of the authorities.
    pub notes: Vec<String>,
}

/// The largest number of names in one line of the report.
const MOST_NAMES: usize = 4;

impl Authorities {
    /// Whether there is nothing to trust.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Adds the authorities of a file. An expired certificate is left out, with a note.
    pub fn add(&mut self, found: Vec<Certificate>, file: &str, now: Time) {
        for certificate in found {
            let Facts { name, until, .. } = &certificate.facts;
            if *until < now {
                self.notes.push(format!(
                    "{file}: the certificate of '{name}' expired on {}, so it is left out; ask for the new one",
                    day(*until)
                ));
            } else if !self.certificates.contains(&certificate) {
                self.certificates.push(certificate);
            }
        }
    }

    /// Returns the names for the report: `'Corp Root CA' (until 2031-02-03), 'Other CA' (until 2040-01-01)`.
    #[must_use]
    pub fn names(&self) -> String {
        let shown = self
            .certificates
            .iter()
            .take(MOST_NAMES)
            .map(|Certificate { facts, .. }| format!("'{}' (until {})", facts.name, day(facts.until)));
        let mut names = shown.collect::<Vec<_>>().join(", ");
        if let Some(more @ 1..) = self.certificates.len().checked_sub(MOST_NAMES) {
            names.push_str(&format!(" and {more} more"));
        }
        names
    }

    /// Returns the certificates in PEM form.
    #[must_use]
    pub fn pem(&self) -> String {
        self.certificates.iter().map(|certificate| pem::encode(&certificate.der)).collect()
    }
}

/// Returns the certificates of `files` and then the authorities, each certificate once, in PEM form.
#[must_use]
pub fn union(files: &[&[u8]], authorities: &Authorities) -> String {
    let mut seen = HashSet::new();
    let added = authorities.certificates.iter().map(|certificate| certificate.der.clone());
    let all = files.iter().flat_map(|file| pem::certificates(file)).chain(added);
    all.filter(|der| seen.insert(der.clone())).map(|der| pem::encode(&der)).collect()
}

/// Returns the authorities in a server's chain that an image does not trust yet. GitLab Runner provides the chain of the
/// GitLab server, which includes the server's own certificate (network/client.go, `getCAChain`). Most such chains end in
/// a root that every image has.
#[must_use]
pub fn unknown_to(bundle: &[u8], chain: Vec<Certificate>) -> Vec<Certificate> {
    // To search for the text takes a tenth of the time that parsing every certificate of the bundle takes.
    let stands_there =
        |certificate: &&Certificate| block::find(bundle, pem::encode(&certificate.der).as_bytes()).is_some();
    let of_chain = chain.iter().filter(stands_there).map(|certificate| certificate.facts.subject.clone());
    let unknown = not_signed_by(of_chain.collect(), chain);
    if unknown.is_empty() {
        return unknown;
    }
    let subjects = pem::certificates(bundle).filter_map(|der| Some(Facts::read(&der)?.subject));
    not_signed_by(subjects.collect(), unknown)
}

/// Returns the certificates that no trusted authority has signed, neither directly nor through other certificates of the
/// list.
fn not_signed_by(mut trusted: HashSet<Vec<u8>>, certificates: Vec<Certificate>) -> Vec<Certificate> {
    let mut unknown = certificates;
    loop {
        let (known, rest): (Vec<_>, Vec<_>) =
            unknown.into_iter().partition(|certificate| trusted.contains(&certificate.facts.issuer));
        unknown = rest;
        if known.is_empty() {
            return unknown;
        }
        trusted.extend(known.into_iter().map(|certificate| certificate.facts.subject));
    }
}

/// A name for a file with this content: the 64 bits of FNV-1a (Fowler, Noll, Vo) in hexadecimal. The
/// content of an existing file of that name is compared, so that two contents with one name cost only time.
#[must_use]
pub fn name_of(content: &[u8]) -> String {
    let hash = content.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORP: &str = include_str!("../../tests/data/ca/corp-root.pem");
    const ISSUING: &str = include_str!("../../tests/data/ca/issuing.pem");
    const OTHER: &str = include_str!("../../tests/data/ca/other-root.pem");

    #[test]
    fn a_chain_is_known_where_its_root_is_in_the_bundle_however_the_bundle_is_written() {
        let unknown = |bundle: &str, chain: &[&str]| {
            let chain = pem::chain(chain.concat().as_bytes()).collect();
            let names = unknown_to(bundle.as_bytes(), chain).into_iter().map(|unknown| unknown.facts.name);
            names.collect::<Vec<_>>()
        };
        let other_lines = CORP.replace('\n', "\r\n");
        for bundle in [CORP, &other_lines, &[OTHER, CORP].concat()] {
            assert!(unknown(bundle, &[ISSUING, CORP]).is_empty(), "{bundle}");
            assert!(unknown(bundle, &[ISSUING]).is_empty(), "{bundle}");
        }
        assert_eq!(unknown(OTHER, &[ISSUING, CORP, OTHER]), ["Corp Issuing CA", "Corp Root CA"]);
        assert_eq!(unknown("", &[CORP]), ["Corp Root CA"]);
    }
}
