use super::*;

fn exposed(value: &str) -> String {
    ProxyUrl::parse(value).unwrap().0.expose()
}

fn error(value: &str) -> String {
    ProxyUrl::parse(value).unwrap_err().to_string()
}

#[test]
fn every_value_gets_the_form_that_every_client_accepts() {
    for (value, expected) in [
        ("http://proxy:3128", "http://proxy:3128"),
        ("  http://proxy:3128/ ", "http://proxy:3128"),
        ("172.17.0.1:3128", "http://172.17.0.1:3128"),
        ("proxy.corp:8080", "http://proxy.corp:8080"),
        ("localhost:3128", "http://localhost:3128"),
        ("[::1]:3128", "http://[::1]:3128"),
        ("[FD00:0::1]", "http://[fd00::1]:80"),
        ("proxy", "http://proxy:80"),
        ("HTTP://Proxy.Corp", "http://proxy.corp:80"),
        ("https://proxy.corp/", "https://proxy.corp:443"),
        ("SOCKS5h://Proxy.Corp", "socks5h://proxy.corp:1080"),
        ("socks4://p:1", "socks4://p:1"),
        ("http://proxy:080", "http://proxy:80"),
        ("http://proxy:", "http://proxy:80"),
        ("http://proxy:3128/path?query#fragment", "http://proxy:3128"),
        ("http://my_proxy:3128", "http://my_proxy:3128"),
        ("user:pw@proxy:3128", "http://user:pw@proxy:3128"),
        ("http://user@proxy:3128", "http://user@proxy:3128"),
        ("http://@proxy:3128", "http://proxy:3128"),
        ("'http://proxy:3128'", "http://proxy:3128"),
        ("\" proxy:3128 \"", "http://proxy:3128"),
        ("socks://proxy:80/", "socks5://proxy:80"),
        ("Socks://proxy", "socks5://proxy:1080"),
        ("http:8080", "http://http:8080"),
        ("http://none.corp:3128", "http://none.corp:3128"),
        ("http://u:a$PASS@proxy:1", "http://u:a$PASS@proxy:1"),
        ("http://u:$ecret@proxy:1", "http://u:$ecret@proxy:1"),
        ("http://u:p%40s%2fs@proxy:1", "http://u:p%40s%2fs@proxy:1"),
        ("http://u:p+w%@proxy:1", "http://u:p%2Bw%25@proxy:1"),
        ("http://u:p%zz@proxy:1", "http://u:p%25zz@proxy:1"),
        ("http://CORP\\alice:a:b c@proxy:1", "http://CORP%5Calice:a%3Ab%20c@proxy:1"),
        ("http://u:\u{e9}\u{20ac}@proxy:1", "http://u:%C3%A9%E2%82%AC@proxy:1"),
        ("http://u:a!$&'()*,;=[]@proxy:1", "http://u:a!$&'()*,%3B%3D%5B%5D@proxy:1"),
    ] {
        assert_eq!(exposed(value), expected, "{value}");
        assert_eq!(exposed(expected), expected, "repairing twice: {value}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_a_remedy() {
    for (value, part) in [
        ("http://user:s3#cret@proxy:3128", "the password holds an unescaped '#'; write it as %23"),
        ("http://user:s3/cret@proxy:3128", "%2F"),
        ("http://user:s3?cret@proxy:3128", "%3F"),
        ("http://user:s3@cret@proxy:3128", "%40"),
        ("http://user:s3#cret", "the port is not a number"),
        ("ftp://proxy:21", "the scheme is none of"),
        ("http://", "has no host"),
        ("http://:3128", "has no host"),
        ("http:///path", "has no host"),
        ("http://user:pw@", "has no host"),
        ("http://proxy:99999", "from 1 to 65535"),
        ("http://proxy:0", "from 1 to 65535"),
        ("http://proxy:+80", "from 1 to 65535"),
        ("http:proxy:3128", "has 'http:' where 'http://' belongs"),
        ("A%AEAE", "not a valid name"),
        ("\"", "not a valid name"),
        ("http://pro'xy:3128", "not a valid name"),
        ("http://proxy;x:3128", "not a valid name"),
        ("http://$(id):3128", "not a valid name"),
        ("http:/proxy:3128", "has 'http:/' where 'http://' belongs"),
        ("foo:/proxy:3128", "has ':/' where '://' ends a scheme"),
        ("http://pro xy:3128", "not a valid name"),
        ("http://[::1:3128", "not a valid name"),
        ("http://::1:3128", "not a valid name"),
        ("http://b\u{fc}cher:3128", "punycode"),
        ("http://proxy\n:3128", "control character"),
        ("http://proxy:31\t28", "control character"),
        ("http://256.1.1.1:3128", "not a valid name"),
    ] {
        let error = error(value);
        assert!(error.contains(part), "{value}: {error}");
        assert!(!error.contains("s3") && !error.contains("cret"), "{value}: {error}");
    }
}

#[test]
fn a_value_that_is_no_proxy_is_refused_in_words_of_its_own() {
    for (values, part) in [
        (
            &["http://$USER:$PASS@p:1", "http://${USER}:x@p:1", "http://a${USER}:x@p:1"][..],
            "the unexpanded variable $",
        ),
        (&["$HTTP_PROXY", "http://$PROXY_HOST:3128", "$http_proxy"], "holds the unexpanded variable $"),
        (&["http://${proxy_host}:${port}", "${HTTP_PROXY}"], "holds the unexpanded variable ${"),
        (&["http://%USER%:x@p:1", "%HTTP_PROXY%", "http://%PROXY%:80"], "holds the unexpanded variable %"),
        (
            &["http://u:$PASS@p:1", "http://u:${pass}@p:1"],
            "holds the unexpanded variable $*** in place of the password",
        ),
        (&["http://$user:$pass@p:1"], "holds the unexpanded variable $user;"),
        (&["http://:@p:1", ":@p:1"], "user and password are both empty: a protected or missing variable?"),
        (&["http://[MASKED]@p", "[MASKED]", "http://alice:[masked]@p:1"], "holds [MASKED]"),
        (
            &["http://<user>:<password>@p:1", "<user>@p:1", "http://<host>:<port>", "<proxy>"],
            "a placeholder in <...>",
        ),
        (
            &["none", "DIRECT", "-", ".", "off", "http://none", "no", "false", "NULL"],
            "is no proxy; to switch the proxy off for one job",
        ),
        (&["true", "auto", "http://default/"], "is no proxy; write http://HOST:PORT"),
        (
            &["http//proxy:3128", "https//proxy", "HTTP:/proxy", "http:\\\\proxy:3128", "http:proxy"],
            "belongs; write",
        ),
        (&["http://http://proxy:3128"], "has two schemes"),
        (
            &[
                "HTTP_PROXY=http://p:1 HTTPS_PROXY=http://p:1 NO_PROXY=x",
                "http_proxy=p:1",
                "export HTTP_PROXY=p:1",
                "http://p:1 https_proxy=http://p:1",
            ],
            "holds an assignment",
        ),
        (
            &[
                "http://w/proxy.pac",
                "http://wpad/wpad.dat",
                "http://w:8080/a/Proxy.PAC?x=1",
                "file:///etc/proxy.pac",
                "pac+http://w/x",
            ],
            "t",
        ),
        (&["http=proxy:80;https=proxy:443"], "the form of Windows"),
        (&["PROXY proxy:8080; DIRECT"], "a line of a PAC script"),
        (&["http://a:1,http://b:1", "a:1,b:1"], "names several proxies"),
        (&["3128", "http://8080"], "is a number without a host"),
    ] {
        for value in values {
            let error = error(value);
            assert!(error.contains(part), "{value}: {error}");
            assert!(!error.contains("pass@") && !error.contains("$PASS"), "{value}: {error}");
        }
    }
}

#[test]
fn a_value_that_looks_wrong_is_taken_with_a_remark() {
    use Remark::*;
    for (value, expected) in [
        ("http://u:p%%5Cw@h:1", SystemdPercent),
        ("http://u:p%2540w@h:1", DoubleEncoded),
        ("http://u:pw%0A@h:1", EncodedLineBreak),
        ("http://u:pw%0d%0a@h:1", EncodedLineBreak),
        ("http://u:@h:1", EmptyPassword),
        ("http://:pw@h:1", EmptyUser),
        ("http://@h:1", EmptyUser),
        ("'http://h:1'", Quotes),
        ("socks://h:1", Socks),
    ] {
        assert_eq!(ProxyUrl::parse(value).unwrap().1, [expected], "{value}");
    }
    for value in ["http://u:p%%w@h:1", "http://u:100%25@h:1", "http://u@h:1", "http://h:1"] {
        assert_eq!(ProxyUrl::parse(value).unwrap().1, [], "{value}");
    }
}

#[test]
fn of_a_value_that_is_no_proxy_nothing_is_shown() {
    for (value, shown) in [
        ("http://alicia:s3cret%40p:1", "***"),
        ("http://alicia:s3cret", "***"),
        ("http://alicia:s3cret#p:1", "***"),
        ("alicia:s3cret:p:1", "***"),
        ("s3cret p", "***"),
        ("http://alicia:s3cret@p:1", "http://***@p:1"),
        ("http://p:1", "http://p:1"),
        ("p:1", "p:1"),
        ("http://p:1/?s3cret", "http://p:1"),
        ("", ""),
    ] {
        assert_eq!(redact_proxy(value), shown);
    }
}

#[test]
fn credentials_are_decoded_for_the_header() {
    let header = |value: &str| ProxyUrl::parse(value).unwrap().0.authorization();
    assert_eq!(header("http://alice:p%40ss@p").as_deref(), Some("Basic YWxpY2U6cEBzcw=="));
    assert_eq!(header("http://alice@p").as_deref(), Some("Basic YWxpY2U6"));
    assert_eq!(header("http://p"), None);
    assert_eq!(header("http://u:50%+1@p").as_deref(), Some("Basic dTo1MCUrMQ=="), "%+1 is no escape");
}

#[test]
fn nothing_that_is_shown_holds_the_userinfo() {
    let (proxy, _) = ProxyUrl::parse("http://alice:s3cret@proxy:3128").unwrap();
    assert_eq!(proxy.to_string(), "http://***@proxy:3128");
    assert_eq!(format!("{proxy:?}"), "ProxyUrl(http://***@proxy:3128)");
    for (text, shown) in [
        ("http://alice:s3cret@proxy", "http://***@proxy"),
        ("alice:s3cret@proxy", "***@proxy"),
        ("s3cret://x@proxy", "***@proxy"),
        ("http://a:s3@cret@proxy", "http://***@proxy"),
        ("proxy", "proxy"),
        ("ssh://git@gitlab/g/p.git", "ssh://***@gitlab/g/p.git"),
    ] {
        assert_eq!(redact(text), shown);
    }
}
