//! PEM: reads certificates from the text of a file, and writes certificates as text.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::Certificate;
use super::der::{Facts, is_signed_data};

const BEGIN: &[u8] = b"-----BEGIN ";

/// Why a file is refused. In an error the text follows the name of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The file is empty or has only white space.
    Empty,
    /// The file holds a private key, which other users must not be able to read.
    PrivateKey,
    /// The file is a certificate in DER.
    Der,
    /// The file is PKCS #7, in DER or PEM.
    Pkcs7,
    /// The file has the form TRUSTED CERTIFICATE, which only OpenSSL reads.
    TrustedCertificate,
    /// The file holds no certificate in a known form.
    Nothing,
    /// The certificate of this number cannot be read.
    Damaged(usize),
    /// The certificate of this number and name belongs to a server or a user.
    Leaf(usize, String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty; put the certificate of the CA there, in PEM form"),
            Self::PrivateKey => f.write_str(
                "holds a private key, so nothing of it is used; give a file with certificates only",
            ),
            Self::Der => f.write_str(
                "is DER, not PEM; convert the file: openssl x509 -inform DER -in FILE -out FILE.pem",
            ),
            Self::Pkcs7 => f.write_str(
                "is PKCS #7, not PEM of certificates; convert the file: openssl pkcs7 -print_certs -in FILE -out FILE.pem \
                 (with -inform DER where it is binary)",
            ),
            Self::TrustedCertificate => f.write_str(
                "has the form TRUSTED CERTIFICATE, which only OpenSSL reads; convert the file: \
                 openssl x509 -in FILE -out FILE.pem",
            ),
            Self::Nothing => {
                f.write_str("holds no certificate in PEM form (no line -----BEGIN CERTIFICATE-----)")
            }
            Self::Damaged(number) => {
                write!(f, "certificate {number} in it is damaged; export the certificate again")
            }
            Self::Leaf(number, name) => write!(
                f,
                "certificate {number} in it, '{name}', is one of a server or a user, not of a CA; give the certificate of \
                 the CA that signed it"
            ),
        }
    }
}

/// Parses a file that must hold certificates of authorities only.
///
/// # Errors
/// The first reason not to use the file.
pub fn authorities(content: &[u8]) -> Result<Vec<Certificate>, Refusal> {
    let labels = labels(content);
    if content.trim_ascii().is_empty() {
        return Err(Refusal::Empty);
    } else if holds_private_key(content) {
        return Err(Refusal::PrivateKey);
    } else if !labels.contains(&&b"CERTIFICATE"[..]) {
        return Err(kind_of_other(content, &labels));
    }
    let mut authorities = Vec::new();
    for (at, der) in CertificateDer::pem_slice_iter(without_mark(content)).enumerate() {
        let number = at + 1;
        let der = der.map_err(|_| Refusal::Damaged(number))?.to_vec();
        let facts = Facts::read(&der).ok_or(Refusal::Damaged(number))?;
        if !facts.is_authority {
            return Err(Refusal::Leaf(number, facts.name));
        }
        authorities.push(Certificate { der, facts });
    }
    if authorities.is_empty() { Err(Refusal::Nothing) } else { Ok(authorities) }
}

/// Returns the authorities of a chain that a server sent. Other certificates are left out.
pub fn chain(content: &[u8]) -> impl Iterator<Item = Certificate> {
    let read = |der: Vec<u8>| Some(Certificate { facts: Facts::read(&der)?, der });
    certificates(content).filter_map(read).filter(|certificate| certificate.facts.is_authority)
}

/// Returns every certificate of a bundle that programs already use, as DER. Certificates that cannot be parsed are left
/// out.
pub fn certificates(content: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    CertificateDer::pem_slice_iter(without_mark(content)).flatten().map(|der| der.to_vec())
}

/// Whether the text holds a private key.
#[must_use]
pub fn holds_private_key(content: &[u8]) -> bool {
    labels(content).iter().any(|label| label.ends_with(b"PRIVATE KEY"))
}

/// Formats a certificate as PEM.
#[must_use]
pub fn encode(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem + "-----END CERTIFICATE-----\n"
}

/// Removes the byte order mark that Windows programs write before UTF-8.
fn without_mark(content: &[u8]) -> &[u8] {
    content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content)
}

/// Returns the label of each line `-----BEGIN LABEL-----` (RFC 7468).
fn labels(content: &[u8]) -> Vec<&[u8]> {
    let lines = without_mark(content).split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.filter_map(|line| line.trim_ascii().strip_prefix(BEGIN)?.strip_suffix(b"-----")).collect()
}

fn kind_of_other(content: &[u8], labels: &[&[u8]]) -> Refusal {
    let named = |name: &[u8]| labels.contains(&name);
    if named(b"TRUSTED CERTIFICATE") {
        Refusal::TrustedCertificate
    } else if named(b"PKCS7") || is_signed_data(content) {
        Refusal::Pkcs7
    } else if Facts::read(content).is_some() {
        Refusal::Der
    } else {
        Refusal::Nothing
    }
}
