//! The certificates of authorities that the job was given, and those that the image has.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Error, anyhow};

use crate::ca::table::{MOUNTED, SYSTEM_BUNDLES};
use crate::ca::{Authorities, der, pem, unknown_to};
use crate::environment::Environment;
use crate::options::CaSource;
use crate::replace_file::read_limited;

/// The limit for the size of a file with certificates, in bytes: forty times the bundle of an image.
pub const MOST_BYTES: u64 = 10 * 1024 * 1024;

/// Reads the authorities that are to be trusted. A named file that cannot be used gives an error; a file that
/// jobproxy found without an option gives a note. The other files are used all the same.
#[must_use]
pub fn authorities(
    source: &CaSource,
    environment: &Environment,
    has_proxy: bool,
) -> (Authorities, Vec<Error>) {
    let (mut found, mut errors) = (Authorities::default(), Vec::new());
    match source {
        CaSource::Files(option, files) => {
            for file in files {
                if let Err(error) = add(&mut found, file) {
                    errors.push(anyhow!("{option}: {error}"));
                }
            }
        }
        CaSource::ByItself if has_proxy => {
            let mounted = Path::new(MOUNTED);
            // A folder that this user cannot search was not mounted for the job.
            if mounted.exists()
                && let Err(error) = add(&mut found, mounted)
            {
                found.notes.push(format!("{error}; JOBPROXY_CA names another file, JOBPROXY_NO_CA=1 none"));
            }
            add_chain(&mut found, environment);
        }
        _ => {}
    }
    (found, errors)
}

fn add(found: &mut Authorities, file: &Path) -> Result<(), Error> {
    // A GitLab variable of type File holds the name of a file with the text (GitLab, "CI/CD variables").
    if file.as_os_str().as_encoded_bytes().starts_with(b"-----BEGIN") {
        return Err(anyhow!(
            "holds a certificate instead of the name of a file; make the GitLab variable one of type File"
        ));
    }
    let content = read_limited(file, MOST_BYTES)?;
    let shown = file.display().to_string();
    let read = pem::authorities(&content).map_err(|refusal| anyhow!("{shown}: {refusal}"))?;
    found.add(read, &shown, now());
    Ok(())
}

/// Adds the authorities in the GitLab server's chain that the image does not trust.
fn add_chain(found: &mut Authorities, environment: &Environment) {
    const NAME: &str = "CI_SERVER_TLS_CA_FILE";
    let Some(content) = environment.path(NAME).and_then(|file| read_limited(file, MOST_BYTES).ok()) else {
        return;
    };
    let chain = pem::chain(&content).filter(|certificate| certificate.facts.until >= now()).collect();
    let bundle = system_bundle().map(|(_, content)| content).unwrap_or_default();
    found.add(unknown_to(&bundle, chain), NAME, now());
}

fn now() -> der::Time {
    der::time_of(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// Returns the bundle of the image: the first system bundle that holds certificates.
#[must_use]
pub fn system_bundle() -> Option<(&'static Path, Vec<u8>)> {
    SYSTEM_BUNDLES.iter().find_map(|file| {
        let file = Path::new(file);
        let content = read_limited(file, MOST_BYTES).ok()?;
        pem::certificates(&content).next()?;
        Some((file, content))
    })
}
