//! The settings of a job: the proxies and the NO_PROXY list that jobproxy writes and exports.
//!
//! `variable` decides which proxy the two letter cases of one proxy variable mean. `proxies` holds the proxies by
//! variable. `no_proxy` joins both letter cases of NO_PROXY and the job's own additions into one normalized list.
//! `advice` adds warnings and changes no value.

use anyhow::{Error, anyhow};

use crate::environment::{Environment, PAIRS};
use crate::machine::Machine;
use crate::no_proxy::NoProxy;
use crate::no_proxy::entry::CidrPolicy;

mod advice;
mod no_proxy;
mod proxies;
mod variable;

pub use proxies::Proxies;

use variable::Variable;

/// The values that the outputs write and export.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The configured proxies. When all are `None`, the job has no proxy, and no output writes settings.
    pub proxies: Proxies,
    /// The normalized list; empty where no proxy is configured.
    pub no_proxy: NoProxy,
    /// The upper-case names of the variables that are set, but blank in every letter case that is set. Both letter
    /// cases must be unset, because an empty variable hides a filled variable from some clients.
    pub blank: Vec<&'static str>,
    /// Names and values of the variables that the programs of `--for` need in addition to the proxy variables.
    pub extra: Vec<(&'static str, String)>,
    /// Warnings about the values, one line each, without userinfo.
    pub notes: Vec<String>,
}

impl Settings {
    /// Decides the settings of a job. `add` is the value of `--add`. A proxy value that cannot be used is left out; the
    /// returned errors name its variable. All other values are still used.
    #[must_use]
    pub fn resolve(
        environment: &Environment,
        machine: &Machine,
        add: &str,
        cidr: CidrPolicy,
    ) -> (Self, Vec<Error>) {
        let mut settings = Self::default();
        let mut errors = Vec::new();
        let mut remarks: Vec<(String, Vec<&str>)> = Vec::new();
        for name in &environment.not_utf8 {
            errors.push(anyhow!("{name}: not UTF-8; set {name} to plain text or unset {name}"));
        }
        for (lower, upper) in PAIRS {
            let filled =
                [lower, upper].into_iter().filter_map(|name| Some((name, environment.filled(name)?)));
            if filled.clone().next().is_none() {
                if environment.is_set(lower) || environment.is_set(upper) {
                    settings.blank.push(upper);
                }
            } else if upper != "NO_PROXY" {
                let readable = filled.filter(|(name, _)| !environment.not_utf8.iter().any(|bad| bad == name));
                let mut read = Variable::read(&readable.collect::<Vec<_>>(), &mut errors);
                if read.proxy.is_some() {
                    let blank = |name: &&str| environment.is_set(name) && environment.filled(name).is_none();
                    let blank = [lower, upper].into_iter().find(blank);
                    read.remarks.extend(blank.map(|name| (name, HALF_BLANK.to_owned())));
                }
                *settings.proxies.slot(upper) = read.proxy;
                settings.notes.extend(read.difference);
                for (name, remark) in read.remarks {
                    match remarks.iter_mut().find(|(other, _)| *other == remark) {
                        Some((_, names)) => names.push(name),
                        None => remarks.push((remark, vec![name])),
                    }
                }
            }
        }
        settings
            .notes
            .extend(remarks.into_iter().map(|(text, names)| format!("{}: {text}", names.join(", "))));
        if !settings.has_proxy() {
            return (settings, errors);
        }
        settings.no_proxy = no_proxy::of_job(environment, machine, add, cidr);
        settings.notes.extend(advice::on(&settings.proxies, environment));
        (settings, errors)
    }

    /// Whether any proxy is configured.
    #[must_use]
    pub fn has_proxy(&self) -> bool {
        self.proxies.named().next().is_some()
    }

    /// Returns the upper-case names of the proxy variables that are set but blank. When no proxy is configured, these
    /// variables mean that the job has switched off the proxy of its runner.
    pub fn switched_off(&self) -> impl Iterator<Item = &'static str> {
        self.blank.iter().copied().filter(|name| *name != "NO_PROXY")
    }
}

/// The remark on a variable that is blank in one letter case only. Curl, git and wget then go direct, Go programs do not, or
/// the other way round, so that the value alone does not show what was meant.
const HALF_BLANK: &str =
    "set to nothing, and the other letter case is used; to switch the proxy off, set both to nothing";
