use super::*;
use crate::host::file::Edited;

fn cntlm() -> Cntlm {
    Cntlm {
        listen: "172.17.0.1:3128".to_owned(),
        parents: vec!["a:8080".to_owned(), "b:8080".to_owned()],
        user: "alice".to_owned(),
        domain: "CORP".to_owned(),
        login: Login::Hashes(
            [("PassLM", "1"), ("PassNT", "2"), ("PassNTLMv2", "3")]
                .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
                .to_vec(),
        ),
    }
}

fn edit(old: &str) -> (String, Vec<Finding>) {
    let Edited { content, findings } = cntlm().edit(Some(old.as_bytes())).unwrap();
    let new = content.unwrap();
    assert_eq!(cntlm().edit(Some(&new)).unwrap().content.unwrap(), new, "editing twice: {old}");
    let record = Record { before: old.into(), after: new.clone() };
    let removed = remove(&new, Some(&record));
    assert_eq!(removed, Removed { content: Some(old.into()), left: Vec::new() });
    (String::from_utf8(new).unwrap(), findings)
}

#[test]
fn lines_are_replaced_in_place_and_missing_lines_are_added_at_the_end() {
    assert_eq!(
        edit("# c\nUsername  x\r\nPassword  s3cret\nPassNT  9\nProxy\t10.0.0.1:1\n# d\nproxy 10.0.0.2:1\nListen 3128").0,
        "# c\nUsername  alice\r\nPassNTLMv2\t3\nProxy\ta:8080\nProxy\tb:8080\n# d\nListen 172.17.0.1:3128\r\nDomain\tCORP\r\n"
    );
    assert_eq!(
        edit("Auth NTLM\n").0,
        "Auth NTLM\nUsername\talice\nDomain\tCORP\nListen\t172.17.0.1:3128\nProxy\ta:8080\nProxy\tb:8080\nPassLM\t1\nPassNT\t2\n"
    );
}

#[test]
fn a_port_that_the_outside_can_reach_is_closed_or_reported() {
    let (new, findings) = edit(
        "Gateway yes\nListen 0.0.0.0:3128\nListen 127.0.0.1:8\nListen 9\nSOCKS5Proxy 10.1.1.1:80\nTunnel 11:a:22\n",
    );
    assert!(new.starts_with("Gateway no\nListen 172.17.0.1:3128\nListen 127.0.0.1:8\nSOCKS5Proxy"), "{new}");
    let names: Vec<_> = findings.iter().map(|finding| (finding.name, finding.fails)).collect();
    assert_eq!(names, [("cntlm-gateway", false), ("cntlm-exposed", false), ("cntlm-exposed", true)]);
}

#[test]
fn the_login_in_the_example_of_the_package_is_ignored() {
    let example = "Username testuser\nDomain corp-uk\nPassword password\nProxy 10.0.0.41:8080\n";
    assert_eq!(Current::of(example.as_bytes()), Current::default());
    let own = Current::of(b"Username bob\nDomain D\nPassNTLMv2 X\nProxy p:1\n");
    assert_eq!(
        (own.user.as_deref(), own.has_hashes, own.parents),
        (Some("bob"), true, vec!["p:1".to_owned()])
    );
    assert!(!Current::of(b"Auth NT\nUsername bob\nPassNTLMv2 X\n").has_hashes);
}

#[test]
fn no_password_and_no_hash_is_shown() {
    let text = "Password  s3cret\n# PassLM  s3cret\nPassNTLMv2 s3cret\nSOCKS5User a:s3cret\n#SOCKS5User a:s3cret\nListen 1\n# any s3\nHeader A: s3cret\n";
    let shown = cntlm().masked(text.as_bytes());
    assert!(
        !shown.contains("s3cret") && shown.lines().count() == 8 && shown.contains("Listen 1\n"),
        "{shown}"
    );
}
