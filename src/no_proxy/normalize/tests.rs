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
        with("10.*,10.20.,192.168.*,169.254/16,172.16.0.0/255.240.0.0,10.9.9.*,corp.*,77", CidrPolicy::Keep),
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
    for (list, entry, action) in [
        ("Host", "Host", Action::Rewritten("host".into(), Reason::Lossless)),
        ("*.corp", "*.corp", Action::Rewritten(".corp".into(), Reason::Suffix)),
        ("*.corp:80", "*.corp:80", Action::Rewritten(".corp:80".into(), Reason::Suffix)),
        ("[::1]", "[::1]", Action::Rewritten("::1".into(), Reason::Bracketed)),
        ("[::1]:80", "[::1]:80", Action::Rewritten("::1".into(), Reason::Ipv6Port)),
        ("10.1.2.3/32", "10.1.2.3/32", Action::Rewritten("10.1.2.3".into(), Reason::OneAddress)),
        ("10.0.0.0/8,10.0.0.0/8", "10.0.0.0/8", Action::Removed(Reason::Cidr)),
        ("10/8", "10/8", Action::Removed(Reason::Cidr)),
        ("10.*", "10.*", Action::Removed(Reason::Prefix)),
        ("192.168.", "192.168.", Action::Removed(Reason::Prefix)),
        ("corp.*", "corp.*", Action::Removed(Reason::Wildcard)),
        ("fd00::/8", "fd00::/8", Action::Removed(Reason::Ipv6Range)),
        ("/run/docker.sock", "/run/docker.sock", Action::Removed(Reason::Path)),
        ("unix:///run/x", "unix:///run/x", Action::Removed(Reason::Path)),
        ("$HOST", "$HOST", Action::Removed(Reason::Unexpanded)),
        ("${HOST}:80", "${HOST}:80", Action::Removed(Reason::Unexpanded)),
        ("%HOST%", "%HOST%", Action::Removed(Reason::Unexpanded)),
        ("'a'", "'a'", Action::Rewritten("a".into(), Reason::Quoted)),
        ("'a", "'a", Action::Removed(Reason::Quotes)),
        ("foo:*", "foo:*", Action::Rewritten("foo".into(), Reason::AnyPort)),
        ("*", "*", Action::Kept),
        ("*,*", "*", Action::Kept),
    ] {
        let expected = vec![Change { entry: entry.to_owned(), action, rescued: Vec::new() }];
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
    assert_eq!(many.changes.last().unwrap().action, Action::Removed(Reason::NoRoom));
    assert_eq!(many.entries.last().unwrap(), "10.20.59.7");
    let names = (0..20_000).map(|n| format!("host-{n}.corp")).collect::<Vec<_>>().join(",");
    let long = normalize(&names, &[(Origin::Add, "extra")], CidrPolicy::Expand, &[]);
    assert!((MOST_BYTES - RESERVED_BYTES - 20..=MOST_BYTES).contains(&long.value().len()));
    assert!(long.value().ends_with(".corp,extra"));
    let again = normalize(&long.value(), &[(Origin::Add, "extra")], CidrPolicy::Expand, &[]).value();
    assert!(again == long.value(), "a second run changes the list");
    assert!(long.changes.iter().any(|change| change.action == Action::Removed(Reason::TooLong)));
}

#[test]
fn a_star_removes_all_other_entries_and_names_them() {
    let list = normalize("a,*.B,*,10.0.0.0/8,127.*,<x>", &[(Origin::Add, "x")], CidrPolicy::Strip, &[]);
    let removed = |entry: &str, reason| Change {
        entry: entry.to_owned(),
        action: Action::Removed(reason),
        rescued: Vec::new(),
    };
    let mut expected = vec![
        removed("a", Reason::Everything),
        removed("*.B", Reason::Everything),
        removed("10.0.0.0/8", Reason::Cidr),
        removed("127.*", Reason::Everything),
        removed("<x>", Reason::Placeholder),
    ];
    expected.push(Change { entry: "*".to_owned(), action: Action::Kept, rescued: Vec::new() });
    assert_eq!((list.value().as_str(), list.changes), ("*", expected));
}

#[test]
fn what_is_shown_of_an_entry_is_ascii_and_holds_no_userinfo() {
    for list in
        ["http://alice:s3cret@host/", "http://alice:s3,cret@host", "alice:s3;cret@host", "s3cret@h\u{f6}st"]
    {
        let changes = format!("{:?}", normalize(list, &[], CidrPolicy::Strip, &[]).changes);
        assert!(!changes.contains("s3"), "{list}: {changes}");
        assert!(changes.is_ascii(), "{changes}");
    }
}
