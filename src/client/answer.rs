//! The answer of a model.

use std::fmt::{Display, Formatter};

/// What a client does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The client connects to the URL's host itself.
    Direct,
    /// The client sends the request to the proxy.
    Proxied,
    /// The client reports an error before it connects to anything.
    Fails,
    /// The decision depends on the environment of another process.
    Unknown,
}

impl Decision {
    /// Returns the word that `explain` prints.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Proxied => "proxied",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
    }
}

impl Display for Decision {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What a client does with one URL, and why.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The client's decision.
    pub decision: Decision,
    /// Name and value of the variable or setting that the proxy comes from; `None` unless the request is proxied. The value
    /// may contain a password.
    pub proxy: Option<(&'a str, &'a str)>,
    /// The `NO_PROXY` entry that decided, as written; `***` when the list may contain part of a password. `None`
    /// when no entry of the list decided.
    pub entry: Option<&'a str>,
    /// One line of ASCII for people, never with a password.
    pub reason: String,
}
