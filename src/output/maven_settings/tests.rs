use proptest::prelude::*;

use super::*;

fn proxies(password: &str) -> Vec<Proxy> {
    let login = Some(("al&ice".to_owned(), password.to_owned()));
    vec![
        Proxy { scheme: "http", host: "a".to_owned(), port: 1, login: None },
        Proxy { scheme: "https", host: "fd00::1".to_owned(), port: 2, login },
    ]
}

/// Returns the text after `setup`; `None` where the file does not change.
fn set_up(old: Option<&str>) -> Result<Option<String>> {
    let elements = elements(&proxies("p<w"), "localhost|*.corp")?;
    let edit = decide(old.map(str::as_bytes), &elements)?;
    assert!(!edit.diff.concat().contains("p<w") && !edit.diff.concat().contains("p&lt;w"));
    Ok(match edit.change {
        Change::Content(content) => Some(String::from_utf8(content)?),
        _ => None,
    })
}

fn undone(text: &str) -> Option<String> {
    match revert(Some(text.as_bytes())).unwrap().change {
        Change::Nothing => Some(text.to_owned()),
        Change::Content(content) => Some(String::from_utf8(content).unwrap()),
        Change::Removal => None,
    }
}

const HTTPS: &str = "\n    <proxy>\n      <id>jobproxy-https</id>\n      <active>true</active>\n      \
    <protocol>https</protocol>\n      <host>fd00::1</host>\n      <port>2</port>\n      \
    <username>al&amp;ice</username>\n      <password>p&lt;w</password>\n      \
    <nonProxyHosts>localhost|*.corp</nonProxyHosts>\n    </proxy>\n    ";

/// Files of real users, each with the number of first comments of a block in the new file.
const FILES: [&str; 14] = [
    "<settings></settings>",
    "<settings/>",
    "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- a > b -->\r\n<settings xmlns=\"http://maven.apache.org/SETTINGS/1.2.0\"\r\n          xsi:schemaLocation='a > b'>\r\n  <servers/>\r\n</settings>\r\n",
    "<settings>\n  <proxies/>\n</settings>\n",
    "<settings>\n  <proxies a=\"1\" />\n</settings>\n",
    "<settings>\n  <proxies>\n  </proxies>\n</settings>",
    "<settings><proxies></proxies></settings>",
    "<settings>\n  <proxies>\n    <!-- <proxy><id>x</id></proxy> -->\n  </proxies>\n</settings>\n",
    "<settings><proxies><proxy><id>off</id><active> false </active></proxy></proxies></settings>",
    "<settings><!-- <proxies/> --><servers><server><password><![CDATA[</settings><proxies/>]]></password></server></servers></settings>",
    "<settings><profiles><profile><properties><proxies/></properties></profile></profiles></settings>",
    "<settings a='<!-- jobproxy -->'>\u{e4}\u{20ac}</settings><!-- end -->",
    "<settings><proxies><!-- jobproxy --></proxies></settings>",
    "<?pi > ?><settings\n>\n</settings\n>\n\n",
];

#[test]
fn a_new_file_holds_the_proxies_and_goes_with_them() {
    let new = set_up(None).unwrap().unwrap();
    assert!(new.starts_with(
        "<settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\"><!--jobproxy begin--><proxies>"
    ));
    assert!(new.contains(HTTPS) && new.ends_with("</proxies><!--jobproxy end--></settings>\n"), "{new}");
    assert!(!new[..new.find("jobproxy-https").unwrap()].contains("password"), "{new}");
    assert_eq!(set_up(Some(&new)).unwrap(), None);
    assert_eq!(undone(&new), None);
}

#[test]
fn all_else_keeps_its_bytes_and_undo_gives_the_file_back() {
    for old in FILES {
        if old == "<settings/>" {
            assert!(set_up(Some(old)).unwrap_err().to_string().contains("<settings>"));
            continue;
        }
        let new = set_up(Some(old)).unwrap().unwrap_or_else(|| panic!("{old}"));
        assert_eq!(new.matches(HTTPS).count(), 1, "{old}");
        assert_eq!(set_up(Some(&new)).unwrap(), None, "set up twice: {old}");
        assert_eq!(undone(&new).as_deref(), Some(old));
        let shorter = new.replace("p&lt;w", "other");
        assert_eq!(set_up(Some(&shorter)).unwrap().as_ref(), Some(&new), "another password before: {old}");
        assert_eq!(undone(old).as_deref(), Some(old), "nothing was written: {old}");
    }
}

#[test]
fn a_proxy_of_the_file_stays_in_force() {
    for proxies in [
        "<proxies><proxy><host>own</host></proxy></proxies>",
        "<proxies>\n<proxy>\n<active>true</active></proxy></proxies>",
        "<proxies><proxy><active>false</active></proxy><proxy/></proxies>",
        "<proxies><proxy><id>false</id></proxy></proxies>",
        "<proxies><proxy><active>${env.X}</active></proxy></proxies>",
    ] {
        let old = format!("<settings>{proxies}</settings>");
        let edit = decide(Some(old.as_bytes()), "elements").unwrap();
        assert_eq!(edit.change, Change::Nothing, "{old}");
        assert_eq!(
            edit.notes,
            ["maven: settings.xml names a proxy of its own, which stays in force"],
            "{old}"
        );
    }
}

#[test]
fn what_is_not_read_for_sure_is_refused_and_quotes_nothing() {
    for (old, part) in [
        ("", "there is no element"),
        ("\n", "there is no element"),
        ("<project></project>", "does not begin with <settings>"),
        ("<s:settings xmlns:s='x'></s:settings>", "does not begin with <settings>"),
        ("<settings>\n<a></b>s3cret</settings>", "line 2: an end tag has no start tag"),
        ("<settings>\n<servers>\n</settings>", "line 3: an end tag"),
        ("<settings>", "an element is not closed"),
        ("<settings><!-- s3cret</settings>", "--> is missing"),
        ("<settings><![CDATA[s3cret</settings>", "]]> is missing"),
        ("<settings a='s3cret></settings>", "a tag is not closed"),
        ("<settings><a <b></b></settings>", "a tag is not closed"),
        ("<settings>< a></settings>", "a tag has no name"),
        (
            "<!DOCTYPE settings [<!ENTITY a \"<proxies/>\">]><settings>&a;</settings>",
            "there is a document type",
        ),
        ("<settings></settings><settings></settings>", "beside the outermost element"),
        ("s3cret<settings></settings>", "beside the outermost element"),
        ("<settings><proxies/><proxies></proxies></settings>", "has <proxies> twice"),
        ("<settings><proxies a='--'/></settings>", "\"--\""),
        ("<settings><!--jobproxy begin--></settings>", "without the other"),
        ("<settings><!--jobproxy end--></settings>", "without the other"),
        ("<settings><!--jobproxy end--><!--jobproxy begin--></settings>", "without the other"),
        (
            "<settings><proxies><!--jobproxy begin--></proxies><!--jobproxy end--></settings>",
            "without the other",
        ),
    ] {
        let error = set_up(Some(old)).expect_err(old).to_string();
        assert!(error.contains(part) && !error.contains("s3cret") && !error.contains('\n'), "{old}: {error}");
    }
    for bytes in [&b"<settings>\xe4</settings>"[..], b"\xff\xfe<\0s\0", b"<\0s\0e\0"] {
        assert!(decide(Some(bytes), "elements").is_err(), "{bytes:?}");
    }
}

#[test]
fn a_password_that_maven_does_not_read_as_it_is_is_refused() {
    for (password, part) in [
        ("p\u{e4}ss", "not plain ASCII"),
        ("p\nw", "not plain ASCII"),
        (" pw", "a blank at its end"),
        ("pw ", "a blank at its end"),
        ("a${env.HOME}", "'${'"),
        ("{abc}", "braces around it"),
    ] {
        let error = elements(&proxies(password), "").unwrap_err().to_string();
        assert!(error.starts_with("maven: the proxy's password has ") && error.contains(part), "{error}");
    }
    for password in ["a{b}c", "$a", "p\"w'", "\\{x\\}y", ""] {
        assert!(elements(&proxies(password), "").is_ok(), "{password}");
    }
}

proptest! {
    /// Any text: the file is refused, does not change, or is restored by `undo` byte for byte.
    #[test]
    fn no_text_is_damaged(
        parts in proptest::collection::vec(prop_oneof![
            Just("<settings>"), Just("</settings>"), Just("<proxies>"), Just("</proxies>"), Just("<proxies/>"),
            Just("<proxy>"), Just("</proxy>"), Just("<active>false</active>"), Just("<!--"), Just("-->"), Just("<![CDATA["),
            Just("]]>"), Just("<!--jobproxy begin-->"), Just("<!--jobproxy end-->"), Just("<?x?>"), Just("\r\n"), Just("a='"),
            Just(">"), Just("\u{e4}"), Just("<a b=\">\">"), Just("</a>"),
        ], 0..8),
        whole in any::<bool>(),
    ) {
        let inside = parts.concat();
        let old = if whole { format!("<settings>{inside}</settings>") } else { inside };
        let original = without_ours(&old);
        if let Ok(Some(new)) = set_up(Some(&old)) {
            prop_assert_eq!(undone(&new), original.ok());
        }
    }
}
