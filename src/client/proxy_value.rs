//! What is unusual about the value of a proxy variable, and what a client does about it.

use super::Decision;
use super::network::decimal;

/// One unusual property of a proxy's value. A client may accept the value, fail, or ignore the proxy without a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// `10.0.0.1:3128`, for an `http://` URL.
    NoScheme,
    /// `proxy:3128`, for an `http://` URL. Many parsers read `proxy` as the scheme.
    NoSchemeButColon,
    /// `10.0.0.1:3128` or `proxy:3128`, for an `https://` URL.
    NoSchemeForHttps,
    /// `https://proxy:3128`, for an `http://` URL.
    HttpsProxy,
    /// `https://proxy:3128`, for an `https://` URL.
    HttpsProxyForHttps,
    /// `HTTP://proxy:3128`
    CapitalScheme,
    /// A blank before the value.
    LeadingBlank,
    /// A blank after the value.
    TrailingBlank,
    /// `http://proxy:3128/path`
    Path,
    /// `http://[::1]:3128`
    Ipv6,
    /// `http:proxy:3128`, which is an http URL by the WHATWG URL standard. A client that does not say otherwise in
    /// [`Syntax::accepts`] treats the value as `NotAProxy`.
    NoSlashes,
    /// `http:/proxy:3128`, as `NoSlashes`.
    OneSlash,
    /// Neither an http nor an https URL, nor `host:port`.
    NotAProxy,
    /// An unescaped `@` in the user or password. The flaws that follow are other unescaped characters in the user or
    /// password.
    At,
    /// `#`
    Hash,
    /// `?`
    Question,
    /// `/`
    Slash,
    /// `[`
    Bracket,
    /// A blank.
    Blank,
    /// `\`
    Backslash,
    /// A `%` that two hexadecimal digits do not follow.
    Percent,
    /// A user without a password.
    UserOnly,
    /// A letter outside ASCII, unescaped.
    NonAscii,
    /// A letter outside ASCII, escaped: `%C3%A9`.
    EscapedNonAscii,
    /// One of `"`, `<`, `>`, `]`, `^`, backquote, `{`, `|`, `}`.
    Delimiter,
    /// Any user, with or without a password.
    Userinfo,
    /// `%40`
    EscapedAt,
}

impl Flaw {
    /// Returns the flaw in words, as the reason of a decision.
    pub fn description(self) -> &'static str {
        match self {
            Self::NoScheme | Self::NoSchemeButColon | Self::NoSchemeForHttps => "the proxy has no scheme",
            Self::HttpsProxy | Self::HttpsProxyForHttps => "the proxy is an https:// proxy",
            Self::CapitalScheme => "the proxy's scheme is in capitals",
            Self::LeadingBlank => "a blank stands before the proxy",
            Self::TrailingBlank => "a blank stands after the proxy",
            Self::Path => "the proxy has a path",
            Self::Ipv6 => "the proxy is an IPv6 address",
            Self::NoSlashes | Self::OneSlash | Self::NotAProxy => {
                "the proxy is not an http:// or https:// URL"
            }
            Self::At => "the proxy's user or password has an unescaped @",
            Self::Hash => "the proxy's user or password has an unescaped #",
            Self::Question => "the proxy's user or password has an unescaped ?",
            Self::Slash => "the proxy's user or password has an unescaped /",
            Self::Bracket => "the proxy's user or password has an unescaped [",
            Self::Blank => "the proxy's user or password has an unescaped blank",
            Self::Backslash => "the proxy's user or password has an unescaped backslash",
            Self::Percent => "the proxy's user or password has an unescaped %",
            Self::UserOnly => "the proxy has a user without a password",
            Self::NonAscii => "the proxy's user or password has an unescaped letter outside ASCII",
            Self::EscapedNonAscii => "the proxy's user or password has an escaped letter outside ASCII",
            Self::Delimiter => "the proxy's user or password has an unescaped \" < > ] ^ ` { | or }",
            Self::Userinfo => "the proxy has a user: needs RUBYOPT=-rcgi (setup --for bundler)",
            Self::EscapedAt => "the proxy's user or password has an escaped @",
        }
    }

    /// Returns the flaws of a value that is used for `https://` or `http://` URLs.
    pub fn all_in(value: &str, https: bool) -> Vec<Self> {
        let mut flaws = Vec::new();
        let mut note = |flaw, present| flaws.extend(Some(flaw).filter(|_| present));
        let trimmed = value.trim();
        let (scheme, rest) = trimmed.split_once("://").unwrap_or(("", trimmed));
        let (userinfo, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
        let (authority, path) = host.split_once(['/', '?', '#']).unwrap_or((host, ""));
        let is_https = scheme.eq_ignore_ascii_case("https");
        let known = scheme.eq_ignore_ascii_case("http") || is_https;
        note(Self::LeadingBlank, value.starts_with(char::is_whitespace));
        note(Self::TrailingBlank, value.ends_with(char::is_whitespace));
        if let Some(flaw) = lacks_slashes(trimmed) {
            note(flaw, true);
            return flaws;
        }
        if !(known || scheme.is_empty()) || !is_authority(authority) {
            note(Self::NotAProxy, true);
            return flaws;
        }
        let is_number = authority.starts_with(|letter: char| letter.is_ascii_digit() || letter == '[');
        let no_scheme = match (https, !is_number && authority.contains(':')) {
            (true, _) => Self::NoSchemeForHttps,
            (false, true) => Self::NoSchemeButColon,
            (false, false) => Self::NoScheme,
        };
        note(no_scheme, scheme.is_empty());
        note(if https { Self::HttpsProxyForHttps } else { Self::HttpsProxy }, is_https);
        note(Self::CapitalScheme, scheme.bytes().any(|letter| letter.is_ascii_uppercase()));
        note(Self::Path, !path.is_empty());
        note(Self::Ipv6, authority.starts_with('['));
        flaws.extend(userinfo.into_iter().flat_map(in_userinfo));
        flaws
    }
}

const MARKS: [(char, Flaw); 7] = [
    ('@', Flaw::At),
    ('#', Flaw::Hash),
    ('?', Flaw::Question),
    ('/', Flaw::Slash),
    ('[', Flaw::Bracket),
    (' ', Flaw::Blank),
    ('\\', Flaw::Backslash),
];

fn in_userinfo(userinfo: &str) -> impl Iterator<Item = Flaw> {
    let mut escapes = userinfo.split('%').skip(1).map(|rest| rest.get(..2).unwrap_or_default());
    let byte = |escape: &str| u8::from_str_radix(escape, 16).ok();
    let others = [
        (Flaw::Percent, escapes.clone().any(|escape| byte(escape).is_none())),
        (Flaw::UserOnly, !userinfo.contains(':')),
        (Flaw::NonAscii, !userinfo.is_ascii()),
        (Flaw::EscapedNonAscii, escapes.clone().any(|escape| byte(escape) >= Some(0x80))),
        (Flaw::Delimiter, userinfo.contains(['"', '<', '>', ']', '^', '`', '{', '|', '}'])),
        (Flaw::Userinfo, true),
        (Flaw::EscapedAt, escapes.any(|escape| escape == "40")),
    ];
    let marks = MARKS.into_iter().map(|(mark, flaw)| (flaw, userinfo.contains(mark)));
    marks.chain(others).filter(|(_, present)| *present).map(|(flaw, _)| flaw)
}

/// Returns the flaw of a value like `http:proxy` or `http:/proxy`; `None` for a value of another form.
fn lacks_slashes(value: &str) -> Option<Flaw> {
    let (scheme, rest) = value.split_once(':').filter(|(_, rest)| !rest.starts_with("//"))?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let (flaw, authority) =
        rest.strip_prefix('/').map_or((Flaw::NoSlashes, rest), |rest| (Flaw::OneSlash, rest));
    // `http:3128` names no host.
    let has_host = is_authority(authority) && decimal(rest).is_none();
    known.then_some(if has_host { flaw } else { Flaw::NotAProxy })
}

/// Returns whether the text is a host, optionally with a port from 1 to 65535.
fn is_authority(text: &str) -> bool {
    let port = match text.rsplit_once(':') {
        Some((_, port)) if !port.contains(']') => port,
        _ => "",
    };
    let fits = port.is_empty() || decimal(port).is_some_and(|port| (1..=65535).contains(&port));
    fits && !text.is_empty() && !text.contains(char::is_whitespace)
}

/// The flaws that a client does not accept. With any other flaw the client uses the proxy. Every flaw of every client
/// is measured (`tests/data/proxy_env_observations*.tsv`).
#[derive(Clone, Copy, Debug)]
pub struct Syntax {
    /// With one of these flaws, a request that would use the proxy fails.
    pub fails: &'static [Flaw],
    /// With one of these flaws, the client ignores the proxy and connects directly.
    pub goes_direct: &'static [Flaw],
    /// With one of these flaws in any proxy variable, all requests fail: the client parses every proxy variable when
    /// the client starts.
    pub fails_at_start: &'static [Flaw],
    /// Whether a flaw of `goes_direct` decides before one of `fails`.
    pub direct_first: bool,
    /// `NoSlashes` and `OneSlash`, where the client reads such a value as an http URL (measured).
    pub accepts: &'static [Flaw],
}

/// Accepts every value.
pub const ANY_VALUE: Syntax =
    Syntax { fails: &[], goes_direct: &[], fails_at_start: &[], direct_first: false, accepts: &[] };

impl Syntax {
    /// Returns what the client does with a value that has these flaws, and the flaw that decides.
    pub fn judge(&self, flaws: &[Flaw]) -> (Decision, Option<Flaw>) {
        let flaws = flaws.iter().map(|flaw| self.read(*flaw));
        let first = |sets: [&[Flaw]; 2]| flaws.clone().find(|flaw| sets.iter().any(|set| set.contains(flaw)));
        let fails = first([self.fails, self.fails_at_start]).map(|flaw| (Decision::Fails, Some(flaw)));
        let direct = first([self.goes_direct, &[]]).map(|flaw| (Decision::Direct, Some(flaw)));
        let decided = if self.direct_first { direct.or(fails) } else { fails.or(direct) };
        decided.unwrap_or((Decision::Proxied, None))
    }

    /// Returns whether a value makes every request fail, whatever the URL's scheme: the client parses the value before
    /// the client knows a URL.
    pub fn fails_at_start(&self, value: &str) -> bool {
        !self.fails_at_start.is_empty()
            && Flaw::all_in(value, false)
                .into_iter()
                .any(|flaw| self.fails_at_start.contains(&self.read(flaw)))
    }

    /// Returns the flaw as the client sees the flaw.
    fn read(&self, flaw: Flaw) -> Flaw {
        let is_url = !matches!(flaw, Flaw::NoSlashes | Flaw::OneSlash) || self.accepts.contains(&flaw);
        if is_url { flaw } else { Flaw::NotAProxy }
    }
}
