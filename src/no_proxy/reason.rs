//! Why an entry was changed or removed.

use std::fmt;

/// Why an entry was changed or removed. `Display` has a sentence for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another spelling that means the same to every client.
    Lossless,
    /// `*.corp`.
    Suffix,
    /// `[::1]`.
    Bracketed,
    /// A range of one address: `10.1.2.3/32`, `fd00::1/128`.
    OneAddress,
    /// A `*` that is neither the whole entry nor a leading `*.`: `*corp`, `a.*.b`, `172.1*`.
    Wildcard,
    /// A part of an IPv4 address: `10.`, `10.*`, `192.168`.
    Prefix,
    /// A prefix that `CidrPolicy::Keep` rewrites as a range.
    PrefixKept,
    /// An IPv4 range.
    Cidr,
    /// An IPv4 range that `CidrPolicy::Expand` replaced by its addresses.
    Expanded,
    /// An IPv4 range too large for `CidrPolicy::Expand`.
    TooLarge,
    /// An IPv4 range whose addresses would make the list longer than 32 KiB.
    NoRoom,
    /// An entry that would make the list longer than a variable can be.
    TooLong,
    /// Any IPv6 range.
    Ipv6Range,
    /// A slash that makes no range: `10.0.0.0/99`, `/24`, `1.2.3.4/x`.
    NotACidr,
    /// `[fd00::1]:8080`.
    Ipv6Port,
    /// Brackets around text that is no IPv6 address.
    Brackets,
    /// A scheme or a path around a host.
    Url,
    /// `/var/run/docker.sock`, `unix:///run/x.sock`.
    Path,
    /// `$NAME`, `${NAME}`, `$(command)`, `%NAME%`.
    Unexpanded,
    /// `<local>`.
    Placeholder,
    /// `foo:notaport`, `foo:99999`.
    NotAPort,
    /// `foo:`.
    EmptyPort,
    /// `foo:*`.
    AnyPort,
    /// `:8080`, `*:8080`.
    AnyHost,
    /// `a..b`.
    EmptyLabel,
    /// A pair of quotes around the entry.
    Quoted,
    /// A quote anywhere else.
    Quotes,
    /// A control character.
    Control,
    /// A name that is not ASCII.
    Punycode,
    /// Any other text that is no host name and no address.
    NotAName,
    /// Entries that are joined by `;` or `|`: `a;b|c`.
    Separator,
    /// Any other entry of a list that contains `*`.
    Everything,
    /// Text before an `@` that is not part of a URL.
    Userinfo,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lossless => "canonical form",
            Self::Suffix => "more programs read a suffix without the *; some take the domain itself too",
            Self::Bracketed => {
                "brackets make every request of httpx fail, though npm and urllib read no other form"
            }
            Self::OneAddress => "a range of one address",
            Self::Wildcard => "few programs read a * here",
            Self::Prefix => "a part of an address, which few programs read as a range",
            Self::PrefixKept => "the range that the prefix means",
            Self::Cidr => "many programs ignore CIDR ranges",
            Self::Expanded => "the addresses of the range",
            Self::TooLarge => "a range of more than 256 addresses is not replaced by them",
            Self::NoRoom => "with the addresses of this range the list would be longer than 32 KiB",
            Self::TooLong => "the list would be longer than a variable can be, 128 KiB",
            Self::Ipv6Range => "an IPv6 range makes httpx fail every request",
            Self::NotACidr => "not a CIDR range",
            Self::Ipv6Port => "no program reads a port after an IPv6 address; all ports are direct",
            Self::Brackets => "brackets around something that is not an IPv6 address",
            Self::Url => "only host and port of a URL count",
            Self::Path => "a path or a socket, not a host",
            Self::Unexpanded => "the name of a variable that nothing has expanded",
            Self::Placeholder => "a placeholder of browsers; name the hosts",
            Self::NotAPort => "the port is not a number from 1 to 65535",
            Self::EmptyPort => "a colon without a port",
            Self::AnyPort => "every port is meant without a port",
            Self::AnyHost => "a port without a host, which means every host to some programs",
            Self::EmptyLabel => "an empty label, not a host name",
            Self::Quoted => "quotes are part of the value; write the name without quotes",
            Self::Quotes => "a quote is part of the value; write the name without quotes",
            Self::Control => "holds a control character",
            Self::Punycode => "not ASCII; write the name in punycode (xn--...)",
            Self::NotAName => "not a host name or address",
            Self::Separator => "no program reads ';' or '|' as a separator",
            Self::Userinfo => "all before an '@' may be a password; name hosts only",
            Self::Everything => "a '*' in the list means every host",
        })
    }
}
