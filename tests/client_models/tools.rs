//! Tools that jobs run: lists and values that no observation covers.

use jobproxy::client::{self, Decision, Destination, Variables};

use super::letter;
use super::rules::{check, everywhere};

#[test]
fn chromium_reads_windows_lists_and_never_proxies_local_addresses() {
    check(&[
        // proxy_bypass_rules.cc, MatchesImplicitRules.
        ("chromium", "", "http://sub.localhost/", "D"),
        ("chromium", "", "http://169.254.1.2/", "D"),
        ("chromium", "", "http://[fe80::1]/", "D"),
        ("chromium", "", "http://[::ffff:127.0.0.1]/", "D"),
        ("chromium", "", "http://10.1.2.3/", "P"),
        // kParseRuleListDelimiterList, BypassSimpleHostnamesRule.
        ("chromium", "<local>;10.*", "http://docker/", "D"),
        ("chromium", "<local>;10.*", "http://10.1.2.3/", "D"),
        ("chromium", "<local>;10.*", "http://a.test/", "P"),
        ("chromium", "<LOCAL>", "http://[fd00::1]/", "P"),
        // RewriteRulesForSuffixMatching puts a `*` before every name.
        ("chromium", "a.test", "http://nota.test/", "D"),
        ("chromium", ".a.test", "http://a.test/", "P"),
        ("chromium", "a b.test", "http://b.test/", "P"),
        ("chromium", "a.*.test:81", "http://a.b.test:81/", "D"),
        ("chromium", "https://a.test", "http://a.test/", "P"),
        // ParseHostAndPort takes IPv6 in brackets only, IPv4 in every form.
        ("chromium", "fd00::1", "http://[fd00::1]/", "P"),
        ("chromium", "[fd00:0::1]:81", "http://[fd00::1]:81/", "D"),
        ("chromium", "10.258", "http://10.0.1.2/", "D"),
        ("chromium", "172.16.0.0/12", "http://172.16.5.4/", "D"),
        ("chromium", "172.16.0.0/33", "http://172.16.5.4/", "P"),
    ]);
}

#[test]
fn bun_and_httpx2_read_networks_ports_and_brackets() {
    check(&[
        // bun, src/dotenv/no_proxy.rs.
        ("bun-fetch", "*.a.test", "http://a.test/", "D"),
        ("bun-fetch", "x, a.test.", "http://b.a.test./", "D"),
        ("bun-fetch", "[fd00::1]:81", "http://[fd00::1]:81/", "D"),
        ("bun-fetch", "::ffff:10.0.0.0/104", "http://10.1.2.3/", "D"),
        ("bun-fetch", "10.1.2.3", "http://10.1.2.3.test/", "P"),
        ("bun-fetch", "2.3", "http://10.1.2.3/", "P"),
        ("bun-fetch", "10.0/8", "http://10.1.2.3/", "P"),
        ("bun-fetch", "10.1.515", "http://10.1.2.3/", "P"),
        ("bun-fetch", "a.test:x", "http://a.test/", "P"),
        ("bun-fetch", "a.test\u{b}b.test", "http://b.test/", "P"),
        // httpx2/_utils.py: an entry that is no URL is ignored, a network may have a scheme.
        ("httpx2", "a.test:x,b.test", "http://b.test/", "D"),
        ("httpx2", "[fd00::1]:81", "http://[fd00::1]:81/", "D"),
        ("httpx2", "172.16.0.0/12", "http://172.16.5.4/", "D"),
        ("httpx2", "https://172.16.0.0/12", "http://172.16.5.4/", "P"),
        ("httpx2", "172.16.0.0/33", "http://172.16.5.4/", "P"),
        ("httpx2", "fd00::/8", "http://[fd00::1]/", "D"),
        ("httpx2", "*.a.test", "http://a.test/", "P"),
        ("httpx2", "a.test/path", "http://a.test/", "P"),
        ("httpx2", "http://a.test/path", "http://a.test/", "D"),
        ("httpx2", "x,*", "http://a.test/", "D"),
        ("httpx", "x,[fd00::1]", "http://a.test/", "E"),
        ("httpx", "FD00::1", "https://[fd00::1]/", "P"),
        ("httpx", "a.test: 81", "http://a.test:81/", "D"),
    ]);
}

#[test]
fn suffixes_have_a_boundary_in_some_tools_only() {
    check(&[
        // net-http-persistent, proxy_bypass?: any suffix of the host, or of host:port.
        ("bundler", "a.test", "http://nota.test/", "D"),
        ("bundler", "test:81", "http://a.test:81/", "D"),
        ("bundler", "0", "http://a.test/", "D"),
        ("bundler", "443", "https://a.test/", "D"),
        ("bundler", "x,*", "http://a.test/", "P"),
        // lftp, NetAccess::NoProxy.
        ("lftp", "A.test", "http://nota.test/", "D"),
        ("lftp", "x a.test", "http://a.test/", "D"),
        ("lftp", "*", "http://a.test/", "P"),
        // mercurial/url.py, then urllib: `.domain` is a suffix without boundary, `domain` has one.
        ("hg", ".a.test", "http://nota.test/", "D"),
        ("hg", "*.a.test", "http://nota.test/", "D"),
        ("hg", "a.test", "http://nota.test/", "P"),
        ("hg", "a.test", "http://b.a.test/", "D"),
        ("hg", "x", "http://localhost:81/", "D"),
        ("hg", ".", "http://a.test/", "D"),
        // selenium, _no_proxy_entry_matches.
        ("selenium", "https://a.test/x", "http://b.a.test/", "D"),
        ("selenium", "[fd00::1]:81", "http://[fd00::1]:81/", "D"),
        ("selenium", "a.test:80", "http://a.test/", "P"),
        ("selenium", "x,,y", "http://a.test/", "P"),
    ]);
}

#[test]
fn aliases_share_the_rule_of_their_library() {
    for (names, alike) in [
        (&["kubectl", "helm", "podman", "crane", "buildx-imagetools", "gh", "glab", "git-lfs"][..], "go"),
        (&["pnpm@10.34.9", "pnpm@12.21.0"], "npm"),
        (&["playwright", "sonarqube-scanner-npm"], "proxy-from-env"),
        (&["python-gitlab", "poetry"], "requests"),
        (&["ansible-galaxy"], "urllib"),
        (&["sentry-cli"], "curl"),
        (&["sccache"], "deno"),
        (&["newman"], "request"),
        (&["huggingface_hub"], "httpx2"),
        (&["maven", "gradle"], "java-properties"),
    ] {
        for list in ["A.test,.b.test", "*.a.test:81", "172.16.0.0/12,fd00::1", "x,*", "a.test."] {
            let variables = everywhere("http://192.0.2.1:3128", list);
            for url in ["http://a.test/", "https://x.a.test:81/", "http://b.test/", "http://172.16.5.4/"] {
                let destination = Destination::parse(url).expect("a destination");
                let decide = |name: &str| {
                    client::find(name).expect("a client").prepare(&variables).decide(&destination).decision
                };
                for name in names {
                    assert_eq!(decide(name), decide(alike), "{name} {list} {url}");
                }
            }
        }
    }
}

#[test]
fn clients_that_read_no_variable_go_direct_and_say_what_they_need() {
    let variables = everywhere("http://192.0.2.1:3128", "");
    let destination = Destination::parse("http://a.test/").expect("a destination");
    for (name, needs) in [
        ("got", "setup --for node"),
        ("svn", "~/.subversion/servers"),
        ("s3cmd", "~/.s3cfg"),
        ("java-env", "setup --for java"),
        ("yarn", "YARN_HTTP_PROXY"),
        ("node-fetch@20.20.2", "NODE_USE_ENV_PROXY=1"),
    ] {
        let client = client::find(name).expect("a client");
        let answer = client.prepare(&variables).decide(&destination);
        assert_eq!(answer.decision, Decision::Direct, "{name}");
        assert!(answer.reason.contains(needs), "{name}: {}", answer.reason);
        assert!(!client.reads_the_environment(), "{name}");
    }
    for name in ["maven", "gradle"] {
        let client = client::find(name).expect("a client");
        let answer = client.prepare(&variables).decide(&destination);
        assert!(answer.reason.contains(&format!("setup --for {name}")), "{}", answer.reason);
        assert!(!client.reads_the_environment(), "{name}");
    }
}

#[test]
fn yarn_4_reads_its_own_variables_and_no_list() {
    for (name, url) in [("YARN_HTTP_PROXY", "http://a.test/"), ("yarn_https_proxy", "https://a.test/")] {
        let pairs = [(name, "http://192.0.2.1:3128"), ("NO_PROXY", "a.test"), ("no_proxy", "a.test")];
        let variables = Variables::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let destination = Destination::parse(url).expect("a destination");
        let answer = client::find("yarn").expect("yarn").prepare(&variables).decide(&destination);
        assert_eq!(answer.proxy.map(|(name, _)| name), Some(name));
        assert!(answer.reason.contains("NO_PROXY is never read"), "{}", answer.reason);
    }
}

#[test]
fn dockerd_is_unknown_and_docker_is_the_cli() {
    let variables = everywhere("http://192.0.2.1:3128", "docker:2375");
    let answer = |name: &str, url: &str| {
        let destination = Destination::parse(url).expect("a destination");
        client::find(name).expect("a client").prepare(&variables).decide(&destination)
    };
    let dockerd = answer("dockerd", "https://registry.test/");
    assert_eq!(dockerd.decision, Decision::Unknown);
    assert!(dockerd.reason.contains("docker info"), "{}", dockerd.reason);
    assert!(answer("docker", "https://registry.test/").reason.contains("dockerd pulls and pushes"));
    assert_eq!(answer("docker", "tcp://docker:2375").reason, "docker:2375 matches");
}

#[test]
fn go_refuses_what_net_url_refuses_in_a_user_or_password() {
    let decide = |name: &str, userinfo: &str| {
        let variables = everywhere(&format!("http://{userinfo}@192.0.2.1:3128"), "");
        let destination = Destination::parse("https://a.test/").expect("a destination");
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        (letter(answer.decision), answer.reason)
    };
    for mark in ['"', '<', '>', ']', '^', '`', '{', '|', '}', '\u{e9}', '#', '?', '/', '[', ' ', '\\'] {
        for userinfo in [format!("user:pa{mark}ss"), format!("us{mark}er:pass"), format!("us{mark}er")] {
            for name in ["go", "docker", "kubectl", "helm", "git-lfs"] {
                let (decision, reason) = decide(name, &userinfo);
                assert_eq!(decision, "E", "{name} {userinfo}: {reason}");
                assert!(reason.contains("user or password"), "{reason}");
            }
        }
    }
    // validUserinfo in net/url/url.go.
    for mark in "-._:~!$&'()*+,;=@".chars() {
        assert_eq!(decide("go", &format!("user:pa{mark}ss")).0, "P", "{mark}");
    }
    // An invalid escape is an error in both parses of parseProxy, and Go then uses no proxy.
    assert_eq!(decide("go", "user:pa%zz").0, "D");
    assert_eq!(decide("go", "user:pa<%zz").0, "D");
    assert_eq!(decide("go", "user:pa%3Css").0, "P");
    assert_eq!(decide("curl", "user:pa<ss").0, "P");
}

#[test]
fn a_password_makes_bundler_fail_and_chromium_ask_for_one() {
    let answer = |name: &str, list: &str| {
        let variables = everywhere("http://user:hunter2@192.0.2.1:3128", list);
        let destination = Destination::parse("http://a.test/").expect("a destination");
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        (answer.decision, answer.reason)
    };
    assert_eq!(answer("bundler", "a.test").0, Decision::Fails);
    assert_eq!(answer("bundler", "*").0, Decision::Direct);
    let pairs = [("http_proxy", "http://user:hunter2@192.0.2.1:3128"), ("RUBYOPT", "-W0 -rcgi")];
    let variables = Variables::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let destination = Destination::parse("http://a.test/").expect("a destination");
    let cured = client::find("bundler").expect("bundler").prepare(&variables).decide(&destination);
    assert_eq!(cured.decision, Decision::Proxied);
    assert!(answer("chromium", "").1.contains("will answer 407"));
    assert!(!answer("chromium", "a.test").1.contains("407"));
}

#[test]
fn lftp_and_bun_refuse_odd_values() {
    for (name, proxy, expected) in [
        ("lftp", "http://192.0.2.1:3128", "P"),
        ("lftp", "192.0.2.1:3128", "P"),
        ("lftp", "https://192.0.2.1:3128", "P"),
        ("lftp", "http://user:p@ss@192.0.2.1:3128", "P"),
        ("lftp", "HTTP://192.0.2.1:3128", "D"),
        ("lftp", "ftp://192.0.2.1:3128", "D"),
        ("lftp", " http://192.0.2.1:3128", "E"),
        ("lftp", "http://user:p/ss@192.0.2.1:3128", "E"),
        ("bun", "http://user:p#ss@192.0.2.1:3128", "E"),
        ("bun", "http://user:p?ss@192.0.2.1:3128", "E"),
        ("bun", "http://user:p/ss@192.0.2.1:3128", "E"),
        ("bun", "ftp://192.0.2.1:3128", "E"),
        ("bun", " http://192.0.2.1:3128", "E"),
        ("bun", "http://user:p\\ss@192.0.2.1:3128", "P"),
        ("bun", "HTTP://192.0.2.1:3128", "P"),
    ] {
        let variables = everywhere(proxy, "");
        let destination = Destination::parse("http://a.test/").expect("a destination");
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        assert_eq!(letter(answer.decision), expected, "{name} {proxy}");
    }
}

#[test]
fn podman_and_gh_accept_no_ipv6_host() {
    let variables = everywhere("http://192.0.2.1:3128", "");
    let destination = Destination::parse("https://[fd00::1]/").expect("a destination");
    for name in ["podman", "gh"] {
        let answer = client::find(name).expect("a client").prepare(&variables).decide(&destination);
        assert_eq!(answer.decision, Decision::Fails, "{name}");
    }
}
