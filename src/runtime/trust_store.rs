//! The JVM options that name the file with trusted certificates.

use std::cell::RefCell;

use super::java::with;

/// The properties for a file and its password (Java, JSSE Reference Guide, "Customizing the Default Keystores and
/// Truststores").
const PROPERTIES: [&str; 2] = ["-Djavax.net.ssl.trustStore=", "-Djavax.net.ssl.trustStorePassword="];

/// A file with the certificates that a JVM trusts.
pub struct TrustStore {
    /// The path of the file, as the option names the file.
    pub path: String,
    /// The password of the file; `None` when no option names a password.
    pub password: Option<String>,
}

impl TrustStore {
    /// Returns the trust store that the options name; `None` when no option names a file. If an option occurs several
    /// times, the last counts.
    #[must_use]
    pub fn of(options: &str) -> Option<Self> {
        let values = RefCell::new([None, None]);
        let _ = with(options, &[], &|option| {
            let plain = option.replace(['\'', '"'], "");
            for (value, property) in values.borrow_mut().iter_mut().zip(PROPERTIES) {
                *value = plain.strip_prefix(property).map(str::to_owned).or(value.take());
            }
            false
        });
        let [path, password] = values.into_inner();
        Some(Self { path: path?, password })
    }

    /// Returns the options with this trust store instead of any other.
    #[must_use]
    pub fn added_to(&self, options: &str) -> String {
        let values = [Some(&self.path), self.password.as_ref()];
        let own = PROPERTIES.iter().zip(values).filter_map(|(name, value)| Some(format!("{name}{}", value?)));
        let is_ours = |option: &str| {
            let plain = option.trim_start_matches(['\'', '"']);
            PROPERTIES.iter().any(|property| plain.starts_with(property))
        };
        with(options, &own.collect::<Vec<_>>(), &is_ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_replaces_another_and_leaves_the_other_options() {
        let store = TrustStore { path: "/a".into(), password: Some("changeit".into()) };
        let once = store.added_to("-Xmx1g '-Djavax.net.ssl.trustStore=/x y'  '-Da=b  c'");
        assert_eq!(
            once,
            "-Xmx1g  '-Da=b  c' -Djavax.net.ssl.trustStore=/a -Djavax.net.ssl.trustStorePassword=changeit"
        );
        assert_eq!(store.added_to(&once), once);
        let read = TrustStore::of("-Djavax.net.ssl.trustStore=/b '-Djavax.net.ssl.trustStore=/x y'").unwrap();
        assert_eq!((read.path.as_str(), read.password), ("/x y", None));
        assert!(TrustStore::of("-Xmx1g -Djavax.net.ssl.trustStorePassword=p").is_none());
    }
}
