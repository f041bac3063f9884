//! Lists that no observation covers: what each client's source code says about them.

use jobproxy::client::{self, Decision, Destination, Harm, Variables};

use super::letter;

/// The client, its list, the URL, and the decision by its source code: D, P or E.
pub(super) type Case = (&'static str, &'static str, &'static str, &'static str);

#[track_caller]
pub(super) fn check(cases: &[Case]) {
    for (name, list, url, expected) in cases {
        let variables = everywhere("http://192.0.2.1:3128", list);
        let reader = client::find(name).expect("a client").prepare(&variables);
        let answer = reader.decide(&Destination::parse(url).expect("a destination"));
        assert_eq!(letter(answer.decision), *expected, "{name} {list:?} {url}: {}", answer.reason);
    }
}

pub(super) fn everywhere(proxy: &str, list: &str) -> Variables {
    let proxies = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"].map(|name| (name, proxy));
    let lists = ["no_proxy", "NO_PROXY"].map(|name| (name, list));
    Variables::new(proxies.into_iter().chain(lists).map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[test]
fn libcurl_reads_networks_blanks_and_ipv6_by_version() {
    check(&[
        // lib/url.c, check_noproxy: names only, cut at commas and spaces.
        ("curl@7.74.0", "172.16.0.0/12", "http://172.16.5.4/", "P"),
        ("curl@7.74.0", "a b.test", "http://x.b.test/", "D"),
        ("curl@7.74.0", "a\tb.test", "http://b.test/", "P"),
        ("curl@7.74.0", "5.4", "http://172.16.5.4/", "D"),
        // lib/noproxy.c: atoi reads "24x" as 24 and "" as 0, which is the whole address.
        ("curl@7.88.1", "10.1.2.0/24x", "http://10.1.2.3/", "D"),
        ("curl@7.88.1", "10.1.2.3/", "http://10.1.2.3/", "D"),
        ("curl@7.88.1", "10.1.2.0/0", "http://10.1.2.3/", "P"),
        ("curl@7.88.1", "10.1.2.0/33", "http://10.1.2.3/", "P"),
        ("curl@7.88.1", "a b.test", "http://b.test/", "D"),
        ("curl@7.88.1", "b.test", "http://b.test./", "D"),
        ("curl@7.88.1", "fd00::/8", "http://[fd00::1]/", "P"),
        // 8.9: "if not a comma, this ends the loop"; 8.18: curlx_str_number, then nothing may follow.
        ("curl@8.23.0", "a b.test", "http://b.test/", "P"),
        ("curl@8.23.0", "a , b.test", "http://b.test/", "D"),
        ("curl@8.23.0", "10.1.2.0/24x", "http://10.1.2.3/", "P"),
        ("curl@8.23.0", "fd00::/7", "http://[fd00::1]/", "D"),
        ("cargo", "a b.test", "http://b.test/", "P"),
        ("cargo", "fd00::/7", "http://[fd00::1]/", "P"),
    ]);
}

#[test]
fn go_reads_ports_networks_and_a_star_anywhere() {
    check(&[
        ("go", "::ffff:10.0.0.0/104", "http://10.1.2.3/", "D"),
        ("go", "::ffff:10.0.0.0/104", "http://11.1.2.3/", "P"),
        // httpproxy/proxy.go, init: `*` ends the loop with matchers for all; SplitHostPort; ParseCIDR.
        ("go", "a.test, * ,b.test", "https://c.test/", "D"),
        ("go", "[fd00::1]:443", "https://[fd00::1]/", "D"),
        ("go", "fd00::1", "http://[fd00::1]:81/", "D"),
        ("go", "a.test:0443", "https://a.test/", "P"),
        ("go", "a.test:", "http://a.test:81/", "D"),
        ("go", "*.a.test:81", "http://b.a.test:81/", "D"),
        ("go", "*.a.test", "http://a.test/", "P"),
        ("go", "::ffff:10.1.2.3", "http://10.1.2.3/", "D"),
        ("go", "A.Test", "http://b.a.test/", "D"),
        ("go", "", "http://127.9.9.9/", "D"),
        ("go", "", "http://sub.localhost/", "P"),
        // domainMatch.match: newer versions never compare a name with an address.
        ("go@1.19.8", "2.3", "http://10.1.2.3/", "D"),
        ("go@1.27.3", "2.3", "http://10.1.2.3/", "P"),
    ]);
}

#[test]
fn python_clients_differ_in_ports_networks_and_what_they_cannot_read() {
    check(&[
        // urllib/request.py, proxy_bypass_environment: the port counts if the URL writes it.
        ("urllib", "a.test:80", "http://a.test:80/", "D"),
        ("urllib", "a.test:80", "http://a.test/", "P"),
        ("urllib", "...a.test", "http://b.a.test/", "D"),
        ("urllib", "[::1]:81", "http://[::1]:81/", "D"),
        ("aiohttp", "a.test:81", "http://a.test:81/", "P"),
        ("aiohttp", "::1", "http://[::1]:81/", "D"),
        // requests/utils.py, is_valid_cidr: inet_aton, 1 to 32 bits; spaces are taken out, newlines are not.
        ("requests@2.34.2", "172.16.0/12", "http://172.16.5.4/", "D"),
        ("requests@2.34.2", "172.16.0.0/0", "http://172.16.5.4/", "P"),
        ("requests@2.34.2", "172.16.0.0/ 12", "http://172.16.5.4/", "D"),
        ("requests@2.34.2", "a,\n172.16.0.0/12", "http://172.16.5.4/", "P"),
        ("requests@2.31.0", "b.a.test:81", "http://xb.a.test:81/", "D"),
        // httpx/_utils.py: all://*entry must be a URL; a `*` returns before any is made.
        ("httpx", "a.test:x", "http://b.test/", "E"),
        ("httpx", "a.test:x,*", "http://b.test/", "D"),
        ("httpx", "a.test:81", "http://b.a.test:81/", "D"),
        ("httpx", "a.test:80", "http://a.test/", "P"),
        ("httpx", "https://a.test", "http://a.test/", "P"),
        ("httpx", "localhost", "http://sub.localhost/", "P"),
        ("httpx", ":81", "http://b.test:81/", "D"),
        // httplib2, bypass_host: nothing trimmed, and no subdomains without a dot.
        ("httplib2", "a.test", "http://b.a.test/", "P"),
        ("httplib2", ".a.test", "http://a.test/", "D"),
        ("httplib2", "x, a.test", "http://a.test/", "P"),
    ]);
}

#[test]
fn node_clients_differ_in_wildcards_brackets_and_ports() {
    check(&[
        // proxy-from-env: `^(.+):(\d+)$` takes the last group of a bare IPv6 address for a port.
        ("proxy-from-env", "::1", "http://[::1]:1/", "P"),
        ("proxy-from-env", "[::1]", "http://[::1]/", "D"),
        ("proxy-from-env", "*a.test", "http://ba.test/", "D"),
        ("proxy-from-env", "a.test:0", "http://a.test/", "D"),
        ("proxy-from-env", "a.test:443", "https://a.test/", "D"),
        // axios asks shouldBypassProxy as well: short addresses, networks, every loopback alike.
        ("axios@1.21.1", "127.1", "http://[::1]/", "D"),
        ("axios@1.21.1", "localhost", "http://127.0.0.5/", "D"),
        ("axios@1.21.1", "172.16.0.0/12", "http://172.16.5.4/", "D"),
        ("axios@1.21.1", "172.16/8", "http://172.16.5.4/", "D"),
        ("axios@1.21.1", "172/8", "http://172.16.5.4/", "P"),
        ("axios@1.21.1", "172.16.0.0/012", "http://172.16.5.4/", "P"),
        ("axios@1.21.1", "::ffff:172.16.0.0/108", "http://172.16.5.4/", "D"),
        ("axios@1.21.1", "::ffff:172.16.0.0/90", "http://172.16.5.4/", "P"),
        ("axios@1.7.9", "172.16.0.0/12", "http://172.16.5.4/", "P"),
        // undici: a leading `.` or `*.` is dropped, the rest means the name and its subdomains.
        ("undici@7.30.2", "*.a.test", "http://a.test/", "D"),
        ("undici@7.30.2", "a.test,*", "http://b.test/", "P"),
        ("undici@7.30.2", "fd00::1", "http://[fd00::1]/", "P"),
        ("undici@8.10.0", "fd00::1", "http://[fd00::1]/", "D"),
        ("undici@8.10.0", "[fd00::1]:81", "http://[fd00::1]:81/", "D"),
        ("undici@8.10.0", "[fd00::1]:81", "http://[fd00::1]:82/", "P"),
        ("undici@8.13.1", "[fd00::1]:81", "https://[fd00::1]/", "P"),
        ("undici@8.13.1", "x,.*", "http://a.test/", "D"),
        ("undici@8.10.0", "a.test,*", "http://b.test/", "P"),
        ("undici@8.13.1", "*.a.test", "http://a.test/", "P"),
        ("undici@8.13.1", ".a.test", "http://a.test/", "D"),
        ("undici@8.13.1", "a.test.", "http://b.a.test/", "D"),
        ("undici@8.13.1", "a.test,*:81", "http://b.test:81/", "D"),
        ("undici@8.13.1", "a.test,*:81", "http://b.test/", "P"),
        ("node-fetch-env", "a.test,*", "http://b.test/", "D"),
        ("node-fetch-env", "[fd00::1]:81", "http://[fd00::1]:81/", "D"),
        // lib/internal/http.js: exact, `.domain`, `*.domain`, host:port, ranges; no networks.
        ("node-http-agent", "a.test", "http://b.a.test/", "P"),
        ("node-http-agent", ".a.test", "http://a.test/", "D"),
        ("node-http-agent", "10.1.2.1-10.1.2.9", "http://10.1.2.3/", "D"),
        ("node-http-agent", "10.0.0.0/8", "http://10.1.2.3/", "P"),
        // @npmcli/agent: labels, empty ones dropped, capitals kept.
        ("npm", "..a..test", "http://b.a.test/", "D"),
        ("npm", "a.test:80", "http://a.test/", "P"),
        // global-agent: wildcards anywhere, and a negation that holds for every other host.
        ("global-agent", "a.*.test", "http://a.b.test/", "D"),
        ("global-agent", "!a.test", "http://b.test/", "D"),
        // request: the first occurrence must be the last.
        ("request", "a.test", "http://a.test.a.test/", "P"),
        ("yarn@1.22.22", "A.test:81", "http://b.a.test:81/", "D"),
    ]);
}

#[test]
fn other_clients_follow_their_own_sources() {
    check(&[
        // apt-pkg/contrib/strutl.cc, CheckDomainList; no `*`, nothing trimmed.
        ("apt", "st", "http://a.test/", "D"),
        ("apt", "x, a.test", "http://a.test/", "P"),
        // libfetch/common.c: suffix without a boundary, networks, `*` alone.
        ("apk", "x\tst", "http://a.test/", "D"),
        ("apk", "172.16.0.0/12x", "http://172.16.5.4/", "D"),
        ("apk", "0.0.0.0/0", "http://172.16.5.4/", "P"),
        // wget's host.c, sufmatch, with a boundary since 1.20.
        ("wget", ".a.test", "http://a.test/", "P"),
        ("wget", "x,\t a.test", "http://b.a.test/", "D"),
        ("busybox-wget", "*", "http://a.test/", "P"),
        // aria2: the host itself or .domain; bits beyond the width are the width.
        ("aria2", "a.test", "http://b.a.test/", "P"),
        ("aria2", "10.1.2.3/99", "http://10.1.2.3/", "D"),
        // hyper-util: `*` is for names only; capitals do not count, in deno they do.
        ("reqwest", "x,*", "http://a.test/", "D"),
        ("uv", "*", "http://10.1.2.3/", "P"),
        ("deno", "A.test", "http://a.test/", "P"),
        // ureq 3: a trailing `*` or `.` is a prefix.
        ("ureq", "10.1.", "http://10.1.2.3/", "D"),
        ("ureq", "a.test", "http://b.a.test/", "P"),
        ("ureq@2.12.1", "*", "http://a.test/", "P"),
        // attohttpc: any suffix of the host, also the empty text.
        ("attohttpc", "x,,y", "http://a.test/", "D"),
        // URI::Generic.use_proxy?: ports; an IPv6 address becomes several entries.
        ("ruby", "a.test:81", "http://b.a.test:81/", "D"),
        ("ruby", "172.16.0.0/12", "http://172.16.5.4/", "D"),
        ("ruby", "172.16.0.0/255.240.0.0", "http://172.16.5.4/", "D"),
        ("ruby", "172.16.0.0/255.0.240.0", "http://172.16.5.4/", "P"),
        ("ruby", "172.16.0.0/012", "http://172.16.5.4/", "P"),
        ("ruby", "fd00::1", "http://[fd00::1]/", "P"),
        // LWP 6.68 and HTTP::Tiny: an empty entry is everything; 6.83 begins at a label.
        ("LWP@6.68", "x,,y", "http://a.test/", "D"),
        ("LWP@6.68", "x,,", "http://a.test/", "P"),
        ("LWP@6.83", "x,,y", "http://a.test/", "P"),
        ("HTTP-Tiny", "St", "http://a.test/", "P"),
        // Composer\Util\NoProxyPattern.
        ("composer", "*", "http://a.test/", "D"),
        ("composer", "a.test:81", "http://b.a.test:81/", "D"),
        ("composer", "fd00::/8", "http://[fd00::1]/", "D"),
        // DefaultProxySelector: `*` first and last only; the defaults are added to any list.
        ("java-properties", "10.1.*", "http://10.1.2.3/", "D"),
        ("java-properties", "a.*.test", "http://a.b.test/", "P"),
        ("java-properties", "a.test", "http://localhost/", "D"),
        ("grpc", "172.16.0.0/12", "http://172.16.5.4/", "D"),
    ]);
}

#[test]
fn ruby_compares_networks_with_what_a_name_resolves_to() {
    let variables = everywhere("http://192.0.2.1:3128", "10.0.0.0/8");
    let destination = Destination::parse("http://a.test/").expect("a destination");
    let reader = client::find("ruby").expect("ruby").prepare(&variables);
    assert_eq!(reader.decide(&destination).decision, Decision::Proxied);
    let known = destination.resolved_to([10, 1, 2, 3].into());
    assert_eq!(reader.decide(&known).decision, Decision::Direct);
}

#[test]
fn a_survey_names_clients_that_ignore_an_entry_or_fail_because_of_an_entry() {
    let names = |list: &str, harm| -> Vec<_> {
        let entries: Vec<&str> = list.split(',').collect();
        let found = client::survey(list, &entries).remove(0);
        found.into_iter().filter(|it| it.harm == harm).map(|it| it.client.name).collect()
    };
    assert!(client::survey("a.test", &["a.test"])[0].is_empty());
    assert_eq!(names("[fd00::1]", Harm::Breaks), ["httpx"]);
    assert_eq!(names(",a", Harm::TooWide), ["HTTP-Tiny", "LWP", "attohttpc"]);
    assert!(names("docker:2375", Harm::Ignored).contains(&"curl"));
    assert!(!names("docker:2375", Harm::Ignored).contains(&"docker"));
    assert!(names("10.*", Harm::Ignored).contains(&"docker"));
    assert!(!names("10.*", Harm::Ignored).contains(&"java-properties"));
    assert!(names("d", Harm::TooWide).is_empty(), "a stranger's name must not end as the entry does");
}

#[test]
fn a_survey_reads_each_entry_at_its_place_in_the_list() {
    let ignoring = |list: &str| -> Vec<Vec<&str>> {
        let entries: Vec<&str> = list.split([',', ' ']).filter(|entry| !entry.is_empty()).collect();
        let found = client::survey(list, &entries);
        found.into_iter().map(|found| found.into_iter().map(|it| it.client.name).collect()).collect()
    };
    // Curl reads a lone `*`, and no `*` beside other entries.
    assert!(!ignoring("*")[0].contains(&"curl"));
    assert!(ignoring("*,a")[0].contains(&"curl"));
    // For Go `*` holds for the whole list, so that no other entry is ignored.
    assert!(!ignoring("a,*,b").concat().contains(&"go"));
    // A blank ends the list of curl 8.
    let found = ignoring("a b,c");
    assert!(found[2].contains(&"curl") && found[2].iter().filter(|name| **name == "curl").count() == 1);
    // One bad entry stops httpx, and no other client.
    let found = ignoring("a,[::1],b");
    assert!(found[0].is_empty() && found[2].is_empty() && found[1].contains(&"httpx"), "{found:?}");
}

#[test]
fn reasons_say_what_is_missing_and_contain_no_password() {
    let reason = |name: &str, list: &str, url: &str| {
        let variables = everywhere("http://user:hunter2@192.0.2.1:3128", list);
        let destination = Destination::parse(url).expect("a destination");
        client::find(name).expect("a client").prepare(&variables).decide(&destination).reason
    };
    assert_eq!(
        reason("curl", "docker:2375", "tcp://docker:2375"),
        "docker:2375: curl ignores entries with a port"
    );
    assert_eq!(reason("go", "docker:2375", "http://docker/"), "docker:2375 is for another port");
    assert_eq!(
        reason("npm", "10.0.0.0/8", "http://10.1.2.3/"),
        "10.0.0.0/8: npm does not understand networks here"
    );
    assert_eq!(
        reason("ureq", "a.test", "http://b.a.test/"),
        "a.test: ureq does not apply a name to its subdomains; write a leading dot"
    );
    assert_eq!(reason("curl", "x.test", "http://a.test/"), "no entry of no_proxy matches");
    assert_eq!(reason("curl", "a.test", "http://a.test/"), "a.test matches");
    assert_eq!(reason("apt", "u:hunter2@a.test", "http://u:hunter2@a.test/"), "no entry of no_proxy matches");
    assert_eq!(
        reason("httpx", "\u{e9}:x", "http://b.test/"),
        "\\u{e9}:x: httpx fails on this entry (a letter outside ASCII)"
    );
    assert_eq!(
        reason("httpx", "u:hunter,2@b.test", "http://b.test/"),
        "***: httpx fails on this entry (no port number after its colon)"
    );
}

#[test]
fn reasons_name_the_variables_that_would_have_been_read() {
    let variables = Variables::new([("HTTP_PROXY".to_owned(), "http://192.0.2.1:3128".to_owned())]);
    let destination = Destination::parse("http://a.test/").expect("a destination");
    let reason = |name| client::find(name).expect("a client").prepare(&variables).decide(&destination).reason;
    assert_eq!(reason("curl"), "curl reads http_proxy, all_proxy, ALL_PROXY: none is set");
    assert_eq!(reason("wget"), "wget reads only http_proxy, which is not set");
    assert_eq!(
        reason("java-env"),
        "java-env reads no proxy variable; Java needs the properties that setup --for java exports in JAVA_TOOL_OPTIONS"
    );
    assert_eq!(reason("go"), "go reads NO_PROXY, no_proxy: none is set");
}

#[test]
fn clients_differ_in_the_proxy_values_that_they_accept() {
    let decide = |name: &str, proxy: &str, url: &str| {
        let variables = everywhere(proxy, "x.test");
        let destination = Destination::parse(url).expect("a destination");
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        (letter(answer.decision), answer.reason)
    };
    // A password with several special characters fails like a password with the worst of the characters.
    assert_eq!(decide("curl", "http://u:a#b[c@192.0.2.1:3128", "http://a.test/").0, "E");
    assert_eq!(decide("go", "http://u:a%zz@192.0.2.1:3128", "https://a.test/").0, "D");
    assert_eq!(decide("npm", "192.0.2.1:3128", "https://a.test/").1, "the proxy has no scheme");
    assert_eq!(decide("requests", "proxy.test", "http://a.test/").0, "P");
    assert_eq!(decide("requests", "proxy.test:3128", "http://a.test/").0, "E");
    assert_eq!(decide("curl", "http:192.0.2.1:3128", "http://a.test/").0, "E");
    assert_eq!(decide("curl", "http://192.0.2.1:99999", "http://a.test/").0, "E");
    assert_eq!(decide("uv", "http://192.0.2.1:99999", "http://a.test/").0, "D");
    // By the WHATWG URL standard, slashes may be missing after `http:`. curl and apt have rules of their own.
    for (name, no_slashes, one_slash) in [
        ("undici@7", "P", "P"),
        ("undici@8", "P", "P"),
        ("node-fetch-env", "P", "P"),
        ("npm", "P", "P"),
        ("pnpm@12", "P", "P"),
        ("pnpm@10", "E", "E"),
        ("curl", "E", "P"),
        ("apt", "P", "D"),
        ("go", "E", "E"),
        ("request", "E", "E"),
    ] {
        assert_eq!(decide(name, "http:192.0.2.1:3128", "http://a.test/").0, no_slashes, "{name}");
        assert_eq!(decide(name, "http:/192.0.2.1:3128", "https://a.test/").0, one_slash, "{name}");
    }
    assert_eq!(decide("undici", "http:3128", "http://a.test/").0, "E");
    // The list is read first: a direct request does not depend on the proxy.
    assert_eq!(decide("curl", "foo bar", "http://x.test/").0, "D");
    // Some clients read all variables first, and fail because of the proxy for the other scheme.
    for (name, proxy, list, expected) in [
        ("undici", "192.0.2.1:3128", "x.test", "E"),
        ("node-fetch-env", "192.0.2.1:3128", "*", "E"),
        ("httpx", "http://u:a#b@192.0.2.1:3128", "x.test", "E"),
        ("httpx", "http://u:a#b@192.0.2.1:3128", "a.test,*", "D"),
        ("LWP", "192.0.2.1:3128", "x.test", "E"),
        ("LWP", "localhost:3128", "x.test", "D"),
        ("HTTP-Tiny", "http://192.0.2.1:3128/path", "x.test", "E"),
        ("npm", "192.0.2.1:3128", "x.test", "D"),
    ] {
        let variables = [("https_proxy", proxy), ("no_proxy", list)];
        let variables = Variables::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let destination = Destination::parse("http://x.test/").expect("a destination");
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        assert_eq!(letter(answer.decision), expected, "{name} {proxy} {list}");
    }
}

#[test]
fn conflicting_and_empty_variables_are_resolved_as_in_the_source_of_each_client() {
    let proxy = |name: &str, pairs: &[(&str, &str)], url: &str| {
        let variables =
            Variables::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let destination = Destination::parse(url).expect("a destination");
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        answer.proxy.map(|(name, _)| name.to_owned())
    };
    let (http, https) = ("http://a.test/", "https://a.test/");
    let up = "http://192.0.2.1:3128";
    // curl_getenv treats an empty variable as unset. In git an empty variable switches the proxy off.
    assert_eq!(proxy("curl", &[("https_proxy", ""), ("ALL_PROXY", up)], https), Some("ALL_PROXY".to_owned()));
    assert_eq!(proxy("git", &[("https_proxy", ""), ("ALL_PROXY", up)], https), None);
    // getproxies_environment: an empty lower-case variable hides the upper-case variable; requests then tries `all`.
    assert_eq!(proxy("urllib", &[("http_proxy", ""), ("HTTP_PROXY", up)], http), None);
    assert_eq!(
        proxy("requests", &[("http_proxy", ""), ("HTTP_PROXY", up), ("all_proxy", up)], http),
        Some("all_proxy".to_owned())
    );
    // hyper-util: a value that cannot be read falls back to ALL_PROXY.
    assert_eq!(
        proxy("uv", &[("HTTP_PROXY", "foo bar"), ("all_proxy", up)], http),
        Some("all_proxy".to_owned())
    );
    assert_eq!(
        proxy("ureq", &[("ALL_PROXY", "foo bar"), ("http_proxy", up)], https),
        Some("http_proxy".to_owned())
    );
    assert_eq!(proxy("go", &[("HTTP_PROXY", ""), ("http_proxy", up)], http), Some("http_proxy".to_owned()));
    assert_eq!(proxy("undici", &[("http_proxy", up)], https), Some("http_proxy".to_owned()));
    assert_eq!(proxy("npm", &[("https_proxy", up)], http), Some("https_proxy".to_owned()));
    // CGI: Python ignores HTTP_PROXY, hyper-util all proxies, deno the proxy for http.
    assert_eq!(proxy("pip", &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", up)], http), None);
    assert_eq!(proxy("uv", &[("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", up)], https), None);
    assert_eq!(
        proxy("deno", &[("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", up)], https),
        Some("HTTPS_PROXY".to_owned())
    );
}
