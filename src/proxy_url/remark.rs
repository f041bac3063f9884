//! What [`ProxyUrl::parse`](super::ProxyUrl::parse) reports about a value that it accepts.

use std::fmt;

/// A repair of a value, or a doubt about a value. The text shows no part of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// One pair of quotes stood around the whole value.
    Quotes,
    /// The scheme is `socks`.
    Socks,
    /// There is no scheme.
    NoScheme,
    /// There is no port; the scheme's own port was added.
    NoPort(u16),
    /// Something other than `/` stands behind host and port.
    Path,
    /// The user is empty.
    EmptyUser,
    /// The password is empty.
    EmptyPassword,
    /// `%%`: the escape of a percent sign in a systemd unit (systemd.unit(5), "Specifiers").
    SystemdPercent,
    /// `%25` and two hexadecimal digits: an escape that was escaped once more.
    DoubleEncoded,
    /// `%0A` or `%0D`.
    EncodedLineBreak,
}

impl Remark {
    /// Whether the value was changed; a remark on a value that only looks wrong changes nothing.
    #[must_use]
    pub fn is_repair(self) -> bool {
        matches!(self, Self::Quotes | Self::Socks | Self::NoScheme | Self::NoPort(_) | Self::Path)
    }

    /// The doubts about `user:password`.
    pub(super) fn of_userinfo(userinfo: &str) -> impl Iterator<Item = Self> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, "-"));
        let lower = userinfo.to_ascii_lowercase();
        let hex = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count() >= 2;
        [
            (Self::EmptyUser, user.is_empty()),
            (Self::EmptyPassword, password.is_empty()),
            (Self::SystemdPercent, userinfo.split("%%").skip(1).any(hex)),
            (Self::DoubleEncoded, userinfo.split("%25").skip(1).any(hex)),
            (Self::EncodedLineBreak, lower.contains("%0a") || lower.contains("%0d")),
        ]
        .into_iter()
        .filter_map(|(remark, applies)| applies.then_some(remark))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quotes => "removed the quotes around the value; write the value without quotes",
            Self::Socks => "socks:// is GNOME's spelling of socks5://; read as socks5://",
            Self::NoScheme => "no scheme, read as http://",
            Self::NoPort(80) => "no port, added 80",
            Self::NoPort(443) => "no port, added 443",
            Self::NoPort(_) => "no port, added 1080",
            Self::Path => "removed the path; a proxy has none",
            Self::EmptyUser => "the user is empty: a protected or missing variable?",
            Self::EmptyPassword => "the password is empty: a protected or missing variable?",
            Self::SystemdPercent => {
                "holds '%%', which only a systemd unit needs; write a single '%' before an escape"
            }
            Self::DoubleEncoded => {
                "holds '%25' before two hexadecimal digits: encoded twice? write each escape once, for example %40"
            }
            Self::EncodedLineBreak => {
                "user or password holds an encoded line break (%0A or %0D): copied from a file? remove it"
            }
        })
    }
}
