//! One proxy variable in its two letter cases.

use anyhow::Error;

use crate::proxy_url::ProxyUrl;

/// What the two letter cases of one proxy variable mean together.
#[derive(Default)]
pub(super) struct Variable<'a> {
    /// The proxy that is used; `None` where no value can be used.
    pub(super) proxy: Option<ProxyUrl>,
    /// The note that the two letter cases name different proxies; `None` when they do not.
    pub(super) difference: Option<String>,
    /// Remarks on the value that is used, each with the variable's name.
    pub(super) remarks: Vec<(&'a str, String)>,
}

impl<'a> Variable<'a> {
    /// Chooses the proxy. `filled` holds name and value of the filled letter cases, lower case first. The lower case
    /// wins, as in curl, git, wget, Python, Ruby and apt. A value that is no usable proxy adds an error to `errors`,
    /// and the other letter case is used.
    pub(super) fn read(filled: &[(&'a str, &str)], errors: &mut Vec<Error>) -> Self {
        let mut read = Self::default();
        let mut winner = None;
        for (at, &(name, value)) in filled.iter().enumerate() {
            if filled[..at].iter().any(|(_, other)| *other == value) {
                continue;
            }
            match (ProxyUrl::parse(value), winner) {
                (Err(error), _) => errors.push(error.context(name.to_owned())),
                (Ok((proxy, remarks)), None) => {
                    winner = Some(name);
                    read.remarks.extend(remarks.into_iter().map(|remark| (name, remark.to_string())));
                    if proxy.has_credentials() && !proxy.is_written_as(value) {
                        read.remarks.push((name, UNMASKED.to_owned()));
                    }
                    read.proxy = Some(proxy);
                }
                (Ok((proxy, _)), Some(winner)) if read.proxy.as_ref() != Some(&proxy) => {
                    read.difference = Some(format!("{winner} and {name} differ; {winner} is used"));
                }
                _ => {}
            }
        }
        read
    }
}

/// The remark on a password whose exported form differs from the written form. GitLab Runner masks a variable in the
/// job log only in the exact form that GitLab stores (common/buildlogger).
const UNMASKED: &str = "GitLab masks only the stored form of a variable, and the exported form differs; \
                        store the form that 'jobproxy env' prints";
