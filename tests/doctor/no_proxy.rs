use super::*;

#[test]
fn entries_are_examined_client_by_client() {
    let list = |entry: &str| listing(&format!("localhost,127.0.0.1,{entry}"));
    finds(
        &list("[::1],[fd00::1]"),
        "no-proxy-entry-breaks",
        "NO_PROXY: [::1], [fd00::1]: every request of these fails because of the entry: httpx; write ::1, fd00::1",
    );
    finds(&list("10.*"), "no-proxy-entry-unread", "NO_PROXY: 10.*: ignored by nearly every client: ");
    finds(
        &list("10.*,172.17.*"),
        "no-proxy-entry-unread",
        "NO_PROXY: 10.*, 172.17.*: ignored by nearly every client: ",
    );
    finds(&list("<local>"), "no-proxy-entry-unread", "NO_PROXY: <local>: names no host ");
    finds(
        &list("*:8080"),
        "no-proxy-entry-wide",
        "NO_PROXY: *:8080: these go direct to more hosts than the entry names: ",
    );
    finds(&list("fd00::/8"), "no-proxy-entry-breaks", "NO_PROXY: fd00::/8: every request of these fails ");
    let range = finds(
        &list("10.0.0.0/8,172.16.0.0/12"),
        "no-proxy-entry-ignored",
        "NO_PROXY: 10.0.0.0/8, 172.16.0.0/12: ignored by these clients: curl@7.74.0, wget, apt, npm and ",
    );
    assert!(
        range.contains(" more; set JOBPROXY_CIDR=keep for the programs that read ranges, or name the hosts"),
        "{range}"
    );
    let range = list("10.1.0.0/8").env("JOBPROXY_CIDR", "keep");
    let range = finds(&range, "no-proxy-entry-ignored", "NO_PROXY: 10.1.0.0/8: ");
    assert!(range.contains("; write 10.0.0.0/8, and name the hosts"), "{range}");
    finds(&list("host:8080"), "no-proxy-entry-ignored", "NO_PROXY: host:8080: ignored by these clients: ");
    finds_no(&list("d"), "no-proxy-entry-wide");
}

#[test]
fn the_list_is_judged_as_it_is() {
    let whole = listing("localhost;127.0.0.1;*.corp;10.*;<local>");
    finds(
        &whole,
        "no-proxy-separator",
        "NO_PROXY: localhost;127.0.0.1;*.corp;10.*;<local>: entries joined by ",
    );
    finds_no(&whole, "no-proxy-loopback-missing");
    doctor(&listing("*")).status(0).stdout("ok: nothing is wrong with this job's proxy settings\n");
    finds(
        &listing("localhost,127.0.0.1,*"),
        "no-proxy-star",
        "NO_PROXY: has a * beside other entries, and these ",
    );
    let empty =
        finds(&listing("localhost,,127.0.0.1"), "no-proxy-empty-entry", "NO_PROXY: has an empty entry, ");
    assert!(empty.contains("HTTP-Tiny") && empty.contains("LWP@6.68") && !empty.contains("curl"), "{empty}");
    let blank =
        finds(&listing("localhost 127.0.0.1"), "no-proxy-blank", "NO_PROXY: has blanks in the list, ");
    assert!(blank.contains("curl@8.23.0, git@2.55.0, wget, apt"), "{blank}");
    finds(&listing("'localhost,127.0.0.1'"), "no-proxy-quoted", "NO_PROXY: has quotes in the value, ");
    finds(
        &listing("localhost,127.0.0.1,http://u:s3cret@h:1"),
        "no-proxy-credentials",
        "NO_PROXY: holds an '@'",
    );
    finds(&listing("a"), "no-proxy-loopback-missing", "NO_PROXY: localhost, 127.0.0.1: not in the list, ");
}

#[test]
fn an_entry_that_another_entry_covers_is_named() {
    let list = |entries: &str| listing(&format!("localhost,127.0.0.1,{entries}"));
    for (entries, line) in [
        (".corp,a.corp,b.a.corp", "a.corp, b.a.corp: is covered by .corp; remove a.corp, b.a.corp"),
        ("a,A", "A: is covered by a; remove A"),
        ("*.corp,.corp", "*.corp: is covered by .corp; remove *.corp"),
        ("a,a", "a: is covered by a; remove a"),
        (".a.corp,.corp", ".a.corp: is covered by .corp; remove .a.corp"),
    ] {
        finds(&list(entries), "no-proxy-duplicate", &format!("NO_PROXY: {line} ("));
    }
    for entries in ["a,a:80", "corp,a.corp", ".corp,a.corp:80", "10.0.0.1,.0.1", "a,b"] {
        finds_no(&list(entries), "no-proxy-duplicate");
    }
}

#[test]
fn the_job_s_own_hosts_are_asked_about() {
    finds(
        &job().env("CI_SERVER_URL", "http://gitlab.internal").env("CI_REGISTRY", "registry:5000"),
        "no-proxy-local-host",
        "NO_PROXY: gitlab.internal, registry: looks local, and requests to this host go to the proxy; ",
    );
    finds_no(&job().env("CI_SERVER_URL", "https://gitlab.com"), "no-proxy-local-host");
}

#[test]
fn a_list_of_thousands_takes_time_in_proportion() {
    let seconds = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("h{n:05}.corp.example")).collect();
        let job = listing(&format!("localhost,127.0.0.1,{}", names.join(",")));
        // The processor time of the shell's children, which does not depend on what else the machine does.
        let ran = job.shell(&["bash"], "jobproxy doctor >/dev/null; times").status(0);
        let user = ran.stdout.lines().nth(1).and_then(|line| line.split(' ').next()).unwrap();
        let (minutes, seconds) = user.trim_end_matches('s').split_once('m').unwrap();
        60.0 * minutes.parse::<f64>().unwrap() + seconds.parse::<f64>().unwrap()
    };
    let (few, many) = (seconds(800), seconds(3200));
    assert!(many < 8.0 * few.max(0.01), "800 entries: {few} s, 3200 entries: {many} s");
}
