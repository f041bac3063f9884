use super::*;

fn values(content: &str) -> Option<Vec<String>> {
    let file = GitFile::parse(content.as_bytes()).ok()?;
    Some(
        file.values
            .into_iter()
            .map(|value| format!("{}={}", value.key, value.value.unwrap_or_default()))
            .collect(),
    )
}

#[test]
fn values_are_read_as_git_reads_them() {
    for (content, expected) in [
        ("", &[][..]),
        ("[http]\n\tproxy = x\n", &["http.proxy=x"]),
        ("[HTTP] Proxy=x", &["http.proxy=x"]),
        ("\u{feff}[a]b\r\n", &["a.b="]),
        ("[http \"https://Git.Corp\"]\nproxy = \"x y\" ; z\n", &["http.https://Git.Corp.proxy=x y"]),
        ("[a.B]c=d\\\n  e # f", &["a.b.c=d  e"]),
        ("[a \"b\\\"c\\d\"]e = \\t\\\\\\\"\n# x = y\n;\n", &["a.b\"cd.e=\t\\\""]),
        ("x = y\n[a] # b\n c", &["x=y", "a.c="]),
        (
            "[include]path = ~/x\n[includeIf \"onbranch:x\"]path=y",
            &["include.path=~/x", "includeif.onbranch:x.path=y"],
        ),
    ] {
        assert_eq!(values(content).unwrap(), expected, "{content}");
    }
}

#[test]
fn what_git_refuses_is_refused_with_its_line() {
    for (content, line) in [
        ("[http\nproxy = x\n", 1),
        ("[a]\nb = \"c\n", 2),
        ("[a]\nb = \\x\n", 2),
        ("[a \"b\n\"]\n", 1),
        ("[a b]\n", 1),
        ("[a \"b\"", 1),
        ("[a]\n\n_b = c\n", 3),
        ("[a]\nb c\n", 2),
        ("<<<<<<< HEAD\n[a]\n", 1),
        ("\u{feff}\u{feff}[a]\n", 1),
    ] {
        let error = GitFile::parse(content.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("git cannot read line {line}; fix that line or move the file away"),
            "{content}"
        );
    }
}

#[test]
fn a_value_goes_with_its_line_and_a_section_that_is_empty_then() {
    for (old, new) in [
        ("[a]\n\tb = 1\n[http]\n\tproxy = x\n", "[a]\n\tb = 1\n"),
        ("[http]\n\tproxy = x\n\n[a]\n\tb = 1\n", "\n[a]\n\tb = 1\n"),
        ("[http]\n\tproxy = x\n\tsslVerify = no\n", "[http]\n\tsslVerify = no\n"),
        ("[http]\n# mine\n\tproxy = x ; old\n", "[http]\n# mine\n"),
        ("[http] proxy = x\n", ""),
        ("[http] proxy = x", ""),
        ("[a][http] proxy = x\n[c]\n", "[a]\n[c]\n"),
        ("[http]\n\tproxy = x\\\n  y\n\tproxy = z\r\n[a]\r\n", "[a]\r\n"),
        ("[http \"https://h\"]\n\tproxy = x\n[http]\n\tproxy = x", "[http \"https://h\"]\n\tproxy = x"),
        ("proxy = x\n[http]\n", "proxy = x\n[http]\n"),
    ] {
        let file = GitFile::parse(old.as_bytes()).unwrap();
        let kept = file.without(old.as_bytes(), &|value| value.key == "http.proxy");
        assert_eq!(String::from_utf8_lossy(&kept), new, "{old}");
    }
}
