//! A whole NO_PROXY list: split, judged entry by entry, without duplicates, with what every job needs appended.

use std::collections::HashSet;

use super::change::{Addition, Change, Origin, Outcome};
use super::entry::{CidrPolicy, EXPAND_LIMIT, Entry, Reason};
use super::range::Range;
use super::rescue::{Known, rescued};
use crate::proxy_url::redact;

/// A normalized list and the story of each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    /// Canonical entries in order, none twice, none empty.
    pub entries: Vec<String>,
    /// What became of each entry that was given, and what was added.
    pub changes: Vec<Change>,
    /// The IPv4 ranges that the list means, also those that were removed: Java has a way to write them.
    pub ranges: Vec<Range>,
    /// What a person should know of the value as a whole.
    pub notes: Vec<String>,
}

/// The most bytes that a list may have for addresses of ranges to be written out. The environment of every later
/// command holds the list at least twice, and the kernel bounds the whole environment too (execve(2)).
const EXPAND_BYTES: usize = 32 * 1024;

/// The most bytes of one variable: 128 KiB with the name, the `=` and the NUL (execve(2), MAX_ARG_STRLEN).
pub const MOST_BYTES: usize = 128 * 1024 - "NO_PROXY=".len() - 1;

/// What is left free of that for the entries that the job needs.
const RESERVED_BYTES: usize = 4096;

impl NoProxy {
    /// The value of the variable: no blank, no empty entry.
    #[must_use]
    pub fn value(&self) -> String {
        self.entries.join(",")
    }
}

/// Brings `list` into canonical form and appends `additions`. Of a range that is removed, the `known` addresses stay.
/// The result is a fixed point: normalizing it again changes nothing.
#[must_use]
pub fn normalize<'a>(
    list: &'a str,
    additions: &[Addition<'a>],
    cidr: CidrPolicy,
    known: &'a [Known],
) -> NoProxy {
    let mut builder = Builder { cidr, known, ..Builder::default() };
    builder.list(list, None);
    for (origin, list) in additions {
        if builder.everything {
            break;
        }
        builder.list(list, Some(*origin));
    }
    builder.finish()
}

/// The list without what may be a user and a password: a comma or a blank in a password cuts it into entries that
/// look like any other, so all before an `@` goes that is not in a URL.
#[must_use]
pub fn after_userinfo(list: &str) -> &str {
    let is_url = |token: &str| {
        let whole = !token.contains([';', '|']);
        let scheme = token.split_once("://").map(|(scheme, _)| scheme);
        whole && scheme.is_some_and(|scheme| ["http", "https", "tcp", "ws", "wss"].contains(&scheme))
    };
    match tokens(list).filter(|token| token.contains('@') && !is_url(token)).last() {
        Some(token) => list.rsplit_once(token).map_or("", |(before, _)| {
            let at = token.rfind('@').map_or(0, |at| at + 1);
            &list[before.len() + at..]
        }),
        None => list,
    }
}

/// Blanks end a list in curl >= 8.9 and in Go (measured), so they are no separator that could stay.
fn tokens(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c.is_ascii_whitespace() || c == '\u{b}')
        .filter(|token| !token.is_empty())
}

#[derive(Default)]
struct Builder<'a> {
    cidr: CidrPolicy,
    known: &'a [Known],
    hides_userinfo: bool,
    everything: bool,
    /// The bytes of the value so far.
    bytes: usize,
    /// The tokens that were read: with both letter cases set alike, each stands there twice.
    tokens: HashSet<&'a str>,
    seen: HashSet<String>,
    no_proxy: NoProxy,
}

impl<'a> Builder<'a> {
    fn list(&mut self, list: &'a str, origin: Option<Origin>) {
        self.hides_userinfo = list.contains('@');
        let rest = after_userinfo(list);
        if rest.len() < list.len() {
            self.tell("", Outcome::Removed(Reason::Userinfo));
        }
        for token in tokens(rest) {
            if self.tokens.insert(token) {
                self.token(token, origin);
            }
        }
    }

    fn token(&mut self, token: &str, origin: Option<Origin>) {
        if !token.contains([';', '|']) {
            return self.entry(token, origin);
        }
        let parts: Vec<&str> = token.split([';', '|']).filter(|part| !part.is_empty()).collect();
        self.tell(token, Outcome::Rewritten(parts.join(","), Reason::Separator));
        for part in parts {
            self.entry(part, origin);
        }
    }

    fn entry(&mut self, raw: &str, origin: Option<Origin>) {
        match Entry::parse(raw) {
            // Only who writes a list can mean every host; what is found in files and other variables names hosts.
            Entry::Everything if matches!(origin, None | Some(Origin::Add)) => self.everything = true,
            Entry::Everything => {}
            Entry::Unusable(reason) => self.tell(raw, Outcome::Removed(reason)),
            Entry::Range(range, reason) => self.range(raw, range, reason, origin),
            Entry::Kept(entry, reason) => self.keep(raw, entry, reason, origin),
        }
    }

    fn keep(&mut self, raw: &str, entry: String, reason: Option<Reason>, origin: Option<Origin>) {
        if self.seen.contains(&entry) {
            return;
        }
        let most_bytes = if origin.is_some() { MOST_BYTES } else { MOST_BYTES - RESERVED_BYTES };
        if !self.push(entry.clone(), most_bytes) {
            return self.tell(raw, Outcome::Removed(Reason::TooLong));
        }
        self.tell(
            raw,
            match (reason, origin) {
                (Some(reason), _) => Outcome::Rewritten(entry, reason),
                (None, Some(origin)) => Outcome::Added(origin),
                (None, None) => Outcome::Kept,
            },
        );
    }

    /// Removes, keeps or writes out a range. An IPv6 range is always removed.
    fn range(&mut self, raw: &str, range: Range, reason: Reason, origin: Option<Origin>) {
        self.no_proxy.ranges.extend(Some(range).filter(Range::is_ipv4));
        let reason = match self.cidr {
            CidrPolicy::Strip => reason,
            _ if !range.is_ipv4() => reason,
            CidrPolicy::Keep => {
                let entry = range.to_string();
                let reason = match reason {
                    Reason::Prefix => Some(Reason::PrefixKept),
                    _ => (entry != raw).then_some(Reason::Lossless),
                };
                return self.keep(raw, entry, reason, origin);
            }
            CidrPolicy::Expand => match range.addresses(EXPAND_LIMIT) {
                None => Reason::TooLarge,
                Some(addresses) => {
                    let bytes: usize = addresses.iter().map(|address| address.len() + 1).sum();
                    if self.bytes + bytes <= EXPAND_BYTES {
                        let form = format!("{} addresses", addresses.len());
                        for address in addresses {
                            self.push(address, EXPAND_BYTES);
                        }
                        return self.tell(raw, Outcome::Rewritten(form, Reason::Expanded));
                    }
                    Reason::NoRoom
                }
            },
        };
        let mut rescued = rescued(&range, self.known);
        rescued.retain(|(entry, _)| self.push(entry.clone(), MOST_BYTES));
        self.tell(raw, Outcome::Removed(reason));
        if let Some(change) = self.no_proxy.changes.last_mut() {
            change.rescued = rescued;
        }
    }

    /// Appends an entry; false where the list has the entry already, or where there is no room for it.
    fn push(&mut self, entry: String, most_bytes: usize) -> bool {
        let bytes = self.bytes + entry.len() + usize::from(self.bytes > 0);
        let fits = bytes <= most_bytes && self.seen.insert(entry.clone());
        if fits {
            self.bytes = bytes;
            self.no_proxy.entries.push(entry);
        }
        fits
    }

    fn tell(&mut self, raw: &str, outcome: Outcome) {
        // A part of a password may still be among those that are no hosts.
        let hidden = self.hides_userinfo && !matches!(outcome, Outcome::Kept | Outcome::Added(_));
        let entry = if hidden { "***".to_owned() } else { redact(raw) };
        let outcome = match outcome {
            Outcome::Rewritten(to, Reason::Separator) if hidden => {
                Outcome::Rewritten(to.rsplit('@').next().unwrap_or_default().to_owned(), Reason::Separator)
            }
            outcome => outcome,
        };
        self.no_proxy.changes.push(Change { entry, outcome, rescued: Vec::new() });
    }

    /// With a `*` nothing else is left, since most programs read a `*` only where it stands alone.
    fn finish(mut self) -> NoProxy {
        if self.everything {
            self.no_proxy.entries = vec!["*".to_owned()];
            self.no_proxy.changes.retain(|change| !matches!(change.outcome, Outcome::Added(_)));
            for change in &mut self.no_proxy.changes {
                if matches!(change.outcome, Outcome::Kept | Outcome::Rewritten(..))
                    || !change.rescued.is_empty()
                {
                    change.outcome = Outcome::Removed(Reason::Everything);
                    change.rescued.clear();
                }
            }
            self.tell("*", Outcome::Kept);
        }
        self.no_proxy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(list: &str, cidr: CidrPolicy) -> String {
        normalize(list, &[], cidr, &[]).value()
    }

    #[test]
    fn every_form_of_entry_becomes_what_the_table_says() {
        for (list, expected) in TABLE {
            assert_eq!(with(list, CidrPolicy::Strip), *expected, "{list:?}");
        }
    }

    #[rustfmt::skip]
    const TABLE: &[(&str, &str)] = &[
        ("Host.Example.", "host.example"),
        ("*.corp.example", ".corp.example"),
        (".corp.example", ".corp.example"),
        (".Corp.Example.", ".corp.example"),
        ("host", "host"),
        ("host:80", "host:80"),
        ("host:080", "host:80"),
        ("host.:80", "host:80"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4.", "1.2.3.4"),
        ("1.2.3.4:8080", "1.2.3.4:8080"),
        ("*.corp.example:8080", ".corp.example:8080"),
        ("my_db", "my_db"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("*corp.example", ""), ("10.*", ""), ("192.168.*", ""), ("corp.*", ""), ("app*", ""), ("a.*.b", ""), ("*.*", ""), ("**", ""), ("*.", ""),
        ("10.", ""), ("192.168.", ""), ("10", ""), ("10.1", ""), ("0,1,9", "0,1,9"), (".5", ""), ("169.254/16", ""), ("10.0.0.0/255.0.0.0", ""), ("10.1.2.3/255.255.255.255", "10.1.2.3"), (".1.2.3.4", ""), ("*.1.2.3.4", ""),
        ("1.2.3.4.5", ""), ("256.1.1.1", ""), ("01.2.3.4", ""),
        ("10.0.0.0/8", ""), ("fd00::/8", ""), ("[fd00::]/8", ""), ("::/0", "::1"), ("0.0.0.0/0", "localhost,127.0.0.1,::1"), ("127.*", "localhost,127.0.0.1,::1"), ("127.0.0.0/8,::1", "localhost,127.0.0.1,::1"),
        ("10.1.2.3/32", "10.1.2.3"), ("fd00::1/128", "fd00::1"), ("[fd00::1]/128", "fd00::1"),
        ("10.0.0.0/99", ""), ("/24", ""), ("1.2.3.4/x", ""), ("10/8", ""), ("corp/24", ""), ("10.*/8", ""), ("1.2.3.4/", ""), ("1.2.3.4/+8", ""), ("fd00::/200", ""),
        ("[::1]", "::1"), ("[fd00:0::1]", "fd00::1"), ("FD00:0:0::1", "fd00::1"), ("::1", "::1"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        ("[fd00::1]:8080", "fd00::1"), ("[fd00::1]:x", ""), ("[fd00::1]x", ""), ("[::1", ""), ("::1]", ""), ("[corp]", ""), ("[1.2.3.4]", ""), ("fe80::1%eth0", ""), ("a:b:c", ""),
        ("http://host:8080/path", "host:8080"), ("https://Host/", "host"), ("http://host?x=1", "host"), ("host/path", "host"), ("host/", "host"), ("host:8080/path", "host:8080"),
        ("http://[fd00::1]:8080/", "fd00::1"), ("http://alice:s3cret@host:8080/", "host:8080"), ("http://", ""), ("//host", ""), ("http://host:notaport", ""),
        ("http://alice:s3/cret@host:8080/", "host:8080"), ("http://alice:80/cret@host:8080", "host:8080"), ("http://a:s#c@host:8080/", "host:8080"), ("http://a:s?c@host", "host"), ("https://a:s@c@host:1/x", "host:1"),
        ("http://a:s3/cr@et#@[fd00::1]:8080/", "fd00::1"), ("tcp://a:s/c@host:2375", "host:2375"), ("a,ftp://u:80/p@host,b", "host,b"),
        ("/var/run/docker.sock", ""), ("unix:///var/run/docker.sock", ""), ("npipe:////./pipe/docker_engine", ""), ("/", ""),
        ("$CI_SERVER_HOST", ""), ("${X}", ""), ("${X:-y}", ""), ("$(X)", ""), ("%X%", ""), (".$DOMAIN", ""), ("$X:8080", ""), ("http://$X:8080/", ""), ("%X%.corp", ""), ("a$", ""),
        ("*", "*"), ("a,*,b", "*"), ("a *", "*"), ("a;*", "*"), ("*,*", "*"),
        ("a;b|c", "a,b,c"), (";|", ""),
        ("<local>", ""), ("foo:notaport", ""), ("foo:99999", ""), ("foo:0", ""), ("foo:+80", ""), ("foo:*", "foo"), (".foo:*", ".foo"), (":8080", ""), ("*:8080", ""),
        ("foo:", "foo"),
        ("a..b", ""), ("..", ""), (".", ""), ("..corp", ""), ("corp..", ""), ("a..b:80", ""),
        ("\"quoted\"", "quoted"), ("'a','b'", "a,b"), ("'*.Corp'", ".corp"), ("'a", ""), ("a'b'", ""), ("''", ""), ("'a\"", ""), ("a\u{1}b", ""), ("a\u{7f}", ""), ("\u{e4}.example", ""), ("a\u{a0}b", ""), ("!x", ""), ("%zz", ""), ("\\", ""), ("user@host", "host"), ("a,u:p w@host,b", "host,b"), ("a,http://u:p@host,b", "a,host,b"), ("u:p,x@", ""), ("http://u:p|w;x@host", "host"), ("a=b", ""),
        ("corp,corp.,CORP", "corp"), ("*.corp,.corp", ".corp"), ("corp,.corp", "corp,.corp"),
        (" a , b\tc\nd\r\n,,e,", "a,b,c,d,e"), ("", ""), (" , ,", ""),
        ("b,a,c,a", "b,a,c"),
    ];

    #[test]
    fn a_range_is_kept_or_expanded_when_asked() {
        assert_eq!(with("10.1.2.3/8,10.0.0.0/8,fd00::/8", CidrPolicy::Keep), "10.0.0.0/8");
        assert_eq!(
            with(
                "10.*,10.20.,192.168.*,169.254/16,172.16.0.0/255.240.0.0,10.9.9.*,corp.*,77",
                CidrPolicy::Keep
            ),
            "10.0.0.0/8,10.20.0.0/16,192.168.0.0/16,169.254.0.0/16,172.16.0.0/12,10.9.9.0/24"
        );
        assert_eq!(with("10.1.2.*,10.*", CidrPolicy::Expand).split(',').count(), 256);
        assert_eq!(with("0.0.0.0/0", CidrPolicy::Keep), "0.0.0.0/0");
        assert_eq!(with("10.1.2.5/30", CidrPolicy::Expand), "10.1.2.4,10.1.2.5,10.1.2.6,10.1.2.7");
        let all = with("10.1.2.0/24", CidrPolicy::Expand);
        assert!(all.starts_with("10.1.2.0,10.1.2.1,") && all.ends_with(",10.1.2.255"), "{all}");
        assert_eq!(all.split(',').count(), 256);
        assert_eq!(with("10.1.2.0/23,11.0.0.0/8", CidrPolicy::Expand), "");
        assert_eq!(with("255.255.255.254/31", CidrPolicy::Expand), "255.255.255.254,255.255.255.255");
    }

    #[test]
    fn additions_come_last_and_only_once() {
        let add = |list| {
            let additions = [
                (Origin::DockerInDocker, "docker:2375,docker:2376"),
                (Origin::Add, "*.corp,10.0.0.0/8,Docker:2375"),
            ];
            normalize(list, &additions, CidrPolicy::Strip, &[]).value()
        };
        assert_eq!(add("docker:2376,docker"), "docker:2376,docker,docker:2375,.corp");
        assert_eq!(add(""), "docker:2375,docker:2376,.corp");
        assert_eq!(add("a,*"), "*");
        assert_eq!(normalize("a", &[(Origin::Add, "*")], CidrPolicy::Strip, &[]).value(), "*");
    }

    #[test]
    fn each_change_has_the_reason_that_made_it() {
        for (list, entry, outcome) in [
            ("Host", "Host", Outcome::Rewritten("host".into(), Reason::Lossless)),
            ("*.corp", "*.corp", Outcome::Rewritten(".corp".into(), Reason::Suffix)),
            ("*.corp:80", "*.corp:80", Outcome::Rewritten(".corp:80".into(), Reason::Suffix)),
            ("[::1]", "[::1]", Outcome::Rewritten("::1".into(), Reason::Bracketed)),
            ("[::1]:80", "[::1]:80", Outcome::Rewritten("::1".into(), Reason::Ipv6Port)),
            ("10.1.2.3/32", "10.1.2.3/32", Outcome::Rewritten("10.1.2.3".into(), Reason::OneAddress)),
            ("10.0.0.0/8,10.0.0.0/8", "10.0.0.0/8", Outcome::Removed(Reason::Cidr)),
            ("10/8", "10/8", Outcome::Removed(Reason::Cidr)),
            ("10.*", "10.*", Outcome::Removed(Reason::Prefix)),
            ("192.168.", "192.168.", Outcome::Removed(Reason::Prefix)),
            ("corp.*", "corp.*", Outcome::Removed(Reason::Wildcard)),
            ("fd00::/8", "fd00::/8", Outcome::Removed(Reason::Ipv6Range)),
            ("/run/docker.sock", "/run/docker.sock", Outcome::Removed(Reason::Path)),
            ("unix:///run/x", "unix:///run/x", Outcome::Removed(Reason::Path)),
            ("$HOST", "$HOST", Outcome::Removed(Reason::Unexpanded)),
            ("${HOST}:80", "${HOST}:80", Outcome::Removed(Reason::Unexpanded)),
            ("%HOST%", "%HOST%", Outcome::Removed(Reason::Unexpanded)),
            ("'a'", "'a'", Outcome::Rewritten("a".into(), Reason::Quoted)),
            ("'a", "'a", Outcome::Removed(Reason::Quotes)),
            ("foo:*", "foo:*", Outcome::Rewritten("foo".into(), Reason::AnyPort)),
            ("*", "*", Outcome::Kept),
            ("*,*", "*", Outcome::Kept),
        ] {
            let expected = vec![Change { entry: entry.to_owned(), outcome, rescued: Vec::new() }];
            assert_eq!(normalize(list, &[], CidrPolicy::Strip, &[]).changes, expected, "{list}");
        }
    }

    #[test]
    fn the_addresses_that_a_job_knows_stay_where_their_range_goes() {
        let known = |address: &str| Known { address: address.parse().unwrap(), origin: "A".to_owned() };
        let known = [known("10.96.0.1"), known("10.1.1.1"), known("fd00::5"), known("11.0.0.1")];
        let with = |list: &str, cidr| normalize(list, &[(Origin::Add, "x")], cidr, &known);
        for range in ["10.0.0.0/8", "10.*", "10.", "10/8", "10.0.0.0/255.0.0.0"] {
            let written = format!("a,{range},10.1.1.1,{range},b");
            let list = with(&written, CidrPolicy::Strip);
            assert_eq!(list.value(), "a,10.96.0.1,10.1.1.1,b,x", "{range}");
            let change = &list.changes[1];
            assert_eq!(
                change.rescued,
                [("10.96.0.1", "A"), ("10.1.1.1", "A")].map(|(a, b)| (a.to_owned(), b.to_owned()))
            );
            assert_eq!(with(range, CidrPolicy::Keep).value(), "10.0.0.0/8,x");
            assert_eq!(with(range, CidrPolicy::Expand).value(), "10.96.0.1,10.1.1.1,x");
        }
        for cidr in [CidrPolicy::Strip, CidrPolicy::Keep, CidrPolicy::Expand] {
            assert_eq!(with("fd00::/8", cidr).value(), "fd00::5,x");
        }
        assert_eq!(with("10.0.0.0/8,*", CidrPolicy::Strip).value(), "*");
    }

    #[test]
    fn no_list_is_longer_than_a_variable_can_be() {
        let ranges = |count| (0..count).map(|n| format!("10.20.{n}.0/24")).collect::<Vec<_>>().join(",");
        let (few, many) = (ranges(9), ranges(60));
        let few = normalize(&few, &[], CidrPolicy::Expand, &[]);
        assert_eq!(few.entries.len(), 9 * 256);
        let known = [Known { address: "10.20.59.7".parse().unwrap(), origin: "A".to_owned() }];
        let many = normalize(&many, &[], CidrPolicy::Expand, &known);
        assert!(many.value().len() <= EXPAND_BYTES, "{}", many.value().len());
        assert_eq!(many.entries.len() % 256, 1);
        assert_eq!(many.changes.last().unwrap().outcome, Outcome::Removed(Reason::NoRoom));
        assert_eq!(many.entries.last().unwrap(), "10.20.59.7");
        let names = (0..20_000).map(|n| format!("host-{n}.corp")).collect::<Vec<_>>().join(",");
        let long = normalize(&names, &[(Origin::Add, "extra")], CidrPolicy::Expand, &[]);
        assert!((MOST_BYTES - RESERVED_BYTES - 20..=MOST_BYTES).contains(&long.value().len()));
        assert!(long.value().ends_with(".corp,extra"));
        assert!(long.changes.iter().any(|change| change.outcome == Outcome::Removed(Reason::TooLong)));
    }

    #[test]
    fn a_star_removes_all_other_entries_and_names_them() {
        let list = normalize("a,*.B,*,10.0.0.0/8,127.*,<x>", &[(Origin::Add, "x")], CidrPolicy::Strip, &[]);
        let removed = |entry: &str, reason| Change {
            entry: entry.to_owned(),
            outcome: Outcome::Removed(reason),
            rescued: Vec::new(),
        };
        let mut expected = vec![
            removed("a", Reason::Everything),
            removed("*.B", Reason::Everything),
            removed("10.0.0.0/8", Reason::Cidr),
            removed("127.*", Reason::Everything),
            removed("<x>", Reason::Placeholder),
        ];
        expected.push(Change { entry: "*".to_owned(), outcome: Outcome::Kept, rescued: Vec::new() });
        assert_eq!((list.value().as_str(), list.changes), ("*", expected));
    }

    #[test]
    fn what_is_shown_of_an_entry_is_ascii_and_holds_no_userinfo() {
        for list in [
            "http://alice:s3cret@host/",
            "http://alice:s3,cret@host",
            "alice:s3;cret@host",
            "s3cret@h\u{f6}st",
        ] {
            let changes = format!("{:?}", normalize(list, &[], CidrPolicy::Strip, &[]).changes);
            assert!(!changes.contains("s3"), "{list}: {changes}");
            assert!(changes.is_ascii(), "{changes}");
        }
    }
}
