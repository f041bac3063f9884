//! A whole NO_PROXY list: split, judged entry by entry, without doubles, with what every job needs appended.

use std::collections::BTreeSet;

use super::entry::{CidrPolicy, Entry, Reason};
use crate::proxy_url::redact;

/// A normalized list and the story of each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    /// Canonical entries in order, none twice, none empty.
    pub entries: Vec<String>,
    /// What became of each entry that was given, and what was added.
    pub changes: Vec<Change>,
}

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The entry as it was written, in ASCII and without userinfo.
    pub entry: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands as it was written.
    Kept,
    /// It stands in another form.
    Rewritten(String, Reason),
    /// It is gone.
    Stripped(Reason),
    /// It was not in the list; who wants it there.
    Added(&'static str),
}

/// Entries to append to a list, and who wants them there.
pub type Addition<'a> = (&'static str, &'a str);

impl NoProxy {
    /// The value of the variable: no blank, no empty entry.
    #[must_use]
    pub fn value(&self) -> String {
        self.entries.join(",")
    }
}

/// Brings `list` into canonical form and appends `additions`. The result is a fixed point: normalizing it again
/// changes nothing.
#[must_use]
pub fn normalize(list: &str, additions: &[Addition], cidr: CidrPolicy) -> NoProxy {
    let mut builder = Builder { cidr, ..Builder::default() };
    builder.list(list, None);
    for (origin, list) in additions {
        if builder.everything {
            break;
        }
        builder.list(list, Some(origin));
    }
    builder.finish()
}

/// The list without what may be a user and a password: a comma or a blank in a password cuts it into entries that
/// look like any other, so all before an `@` goes that is not in a URL.
#[must_use]
pub fn after_userinfo(list: &str) -> &str {
    let is_url = |token: &str| {
        let whole = !token.contains([';', '|']);
        whole && (token.starts_with("http://") || token.starts_with("https://"))
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
struct Builder {
    cidr: CidrPolicy,
    hides_userinfo: bool,
    everything: bool,
    seen: BTreeSet<String>,
    no_proxy: NoProxy,
}

impl Builder {
    fn list(&mut self, list: &str, origin: Option<&'static str>) {
        self.hides_userinfo = list.contains('@');
        let rest = after_userinfo(list);
        if rest.len() < list.len() {
            self.tell("", Outcome::Stripped(Reason::Userinfo));
        }
        for token in tokens(rest) {
            self.token(token, origin);
        }
    }

    fn token(&mut self, token: &str, origin: Option<&'static str>) {
        if !token.contains([';', '|']) {
            return self.entry(token, origin);
        }
        let parts: Vec<&str> = token.split([';', '|']).filter(|part| !part.is_empty()).collect();
        self.tell(token, Outcome::Rewritten(parts.join(","), Reason::Separator));
        for part in parts {
            self.entry(part, origin);
        }
    }

    fn entry(&mut self, raw: &str, origin: Option<&'static str>) {
        match Entry::parse(raw, self.cidr) {
            Entry::Everything => self.everything = true,
            Entry::Stripped(reason) => self.tell(raw, Outcome::Stripped(reason)),
            Entry::Kept(entries, reason) => {
                let form = match &entries[..] {
                    [entry] => entry.clone(),
                    many => format!("{} addresses", many.len()),
                };
                let before = self.no_proxy.entries.len();
                for entry in entries {
                    if self.seen.insert(entry.clone()) {
                        self.no_proxy.entries.push(entry);
                    }
                }
                if self.no_proxy.entries.len() == before {
                    return;
                }
                self.tell(
                    raw,
                    match (reason, origin) {
                        (Some(reason), _) => Outcome::Rewritten(form, reason),
                        (None, Some(origin)) => Outcome::Added(origin),
                        (None, None) => Outcome::Kept,
                    },
                );
            }
        }
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
        self.no_proxy.changes.push(Change { entry, outcome });
    }

    fn finish(mut self) -> NoProxy {
        if self.everything {
            let (entry, outcome) = match &self.no_proxy.changes[..] {
                [] => ("*", Outcome::Kept),
                _ => ("the list", Outcome::Rewritten("*".to_owned(), Reason::Everything)),
            };
            self.no_proxy.entries = vec!["*".to_owned()];
            self.no_proxy.changes = vec![Change { entry: entry.to_owned(), outcome }];
        }
        self.no_proxy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(list: &str, cidr: CidrPolicy) -> String {
        normalize(list, &[], cidr).value()
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
        ("10.", ""), ("192.168.", ""), ("10", ""), ("10.1", ""), (".1.2.3.4", ""), ("*.1.2.3.4", ""),
        ("1.2.3.4.5", ""), ("256.1.1.1", ""), ("01.2.3.4", ""),
        ("10.0.0.0/8", ""), ("fd00::/8", ""), ("[fd00::]/8", ""), ("::/0", ""), ("0.0.0.0/0", ""),
        ("10.1.2.3/32", "10.1.2.3"), ("fd00::1/128", "fd00::1"), ("[fd00::1]/128", "fd00::1"),
        ("10.0.0.0/99", ""), ("/24", ""), ("1.2.3.4/x", ""), ("10/8", ""), ("corp/24", ""), ("10.*/8", ""), ("1.2.3.4/", ""), ("1.2.3.4/+8", ""), ("fd00::/200", ""),
        ("[::1]", "::1"), ("[fd00:0::1]", "fd00::1"), ("FD00:0:0::1", "fd00::1"), ("::1", "::1"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        ("[fd00::1]:8080", "fd00::1"), ("[fd00::1]:x", ""), ("[fd00::1]x", ""), ("[::1", ""), ("::1]", ""), ("[corp]", ""), ("[1.2.3.4]", ""), ("fe80::1%eth0", ""), ("a:b:c", ""),
        ("http://host:8080/path", "host:8080"), ("https://Host/", "host"), ("http://host?x=1", "host"), ("host/path", "host"), ("host/", "host"), ("host:8080/path", "host:8080"),
        ("http://[fd00::1]:8080/", "fd00::1"), ("http://alice:s3cret@host:8080/", "host:8080"), ("http://", ""), ("//host", ""),
        ("*", "*"), ("a,*,b", "*"), ("a *", "*"), ("a;*", "*"), ("*,*", "*"),
        ("a;b|c", "a,b,c"), (";|", ""),
        ("<local>", ""), ("foo:notaport", ""), ("foo:99999", ""), ("foo:0", ""), ("foo:+80", ""), (":8080", ""), ("*:8080", ""),
        ("foo:", "foo"),
        ("a..b", ""), ("..", ""), (".", ""), ("..corp", ""), ("corp..", ""), ("a..b:80", ""),
        ("\"quoted\"", ""), ("'a'", ""), ("a\u{1}b", ""), ("a\u{7f}", ""), ("\u{e4}.example", ""), ("a\u{a0}b", ""), ("!x", ""), ("%zz", ""), ("\\", ""), ("user@host", "host"), ("a,u:p w@host,b", "host,b"), ("a,http://u:p@host,b", "a,host,b"), ("u:p,x@", ""), ("http://u:p|w;x@host", "host"), ("a=b", ""),
        ("corp,corp.,CORP", "corp"), ("*.corp,.corp", ".corp"), ("corp,.corp", "corp,.corp"),
        (" a , b\tc\nd\r\n,,e,", "a,b,c,d,e"), ("", ""), (" , ,", ""),
        ("b,a,c,a", "b,a,c"),
    ];

    #[test]
    fn a_range_is_kept_or_expanded_when_asked() {
        assert_eq!(with("10.1.2.3/8,10.0.0.0/8,fd00::/8", CidrPolicy::Keep), "10.0.0.0/8");
        assert_eq!(with("0.0.0.0/0", CidrPolicy::Keep), "0.0.0.0/0");
        assert_eq!(with("10.1.2.5/30", CidrPolicy::Expand), "10.1.2.4,10.1.2.5,10.1.2.6,10.1.2.7");
        let all = with("10.1.2.0/24", CidrPolicy::Expand);
        assert!(all.starts_with("10.1.2.0,10.1.2.1,") && all.ends_with(",10.1.2.255"), "{all}");
        assert_eq!(all.split(',').count(), 256);
        assert_eq!(with("10.1.2.0/23,0.0.0.0/0", CidrPolicy::Expand), "");
        assert_eq!(with("255.255.255.254/31", CidrPolicy::Expand), "255.255.255.254,255.255.255.255");
    }

    #[test]
    fn additions_come_last_and_only_once() {
        let add = |list| {
            let additions =
                [("docker", "docker:2375,docker:2376"), ("--add", "*.corp,10.0.0.0/8,Docker:2375")];
            normalize(list, &additions, CidrPolicy::Strip).value()
        };
        assert_eq!(add("docker:2376,docker"), "docker:2376,docker,docker:2375,.corp");
        assert_eq!(add(""), "docker:2375,docker:2376,.corp");
        assert_eq!(add("a,*"), "*");
        assert_eq!(normalize("a", &[("--add", "*")], CidrPolicy::Strip).value(), "*");
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
            ("10.0.0.0/8", "10.0.0.0/8", Outcome::Stripped(Reason::Cidr)),
            ("a,*", "the list", Outcome::Rewritten("*".into(), Reason::Everything)),
            ("*", "*", Outcome::Kept),
        ] {
            let expected = vec![Change { entry: entry.to_owned(), outcome }];
            assert_eq!(normalize(list, &[], CidrPolicy::Strip).changes, expected, "{list}");
        }
    }

    #[test]
    fn what_is_shown_of_an_entry_is_ascii_and_holds_no_userinfo() {
        for list in [
            "http://alice:s3cret@host/",
            "http://alice:s3,cret@host",
            "alice:s3;cret@host",
            "s3cret@h\u{f6}st",
        ] {
            let changes = format!("{:?}", normalize(list, &[], CidrPolicy::Strip).changes);
            assert!(!changes.contains("s3"), "{list}: {changes}");
            assert!(changes.is_ascii(), "{changes}");
        }
    }
}
