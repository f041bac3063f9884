//! Big files and odd content: kept to the byte, or refused.

use std::time::Instant;

use jobproxy::no_proxy::entry::CidrPolicy;
use jobproxy::no_proxy::{Origin, normalize};

use crate::support::Job;

const CONFIG: &str = ".docker/config.json";

#[test]
fn a_config_of_20_mb_keeps_every_byte() {
    let login = |number| format!("\"registry-{number}.corp\":{{\"auth\":\"{}\"}}", "dTpw".repeat(44));
    let old = format!("{{\"auths\":{{{}}}}}", (0..100_000).map(login).collect::<Vec<_>>().join(","));
    let job = Job::behind_proxy().file(CONFIG, &old);
    let started = Instant::now();
    job.run(&["setup"]).status(0).says("wrote ~/.docker/config.json");
    println!("big: config.json of {} bytes set up in {} ms", old.len(), started.elapsed().as_millis());
    let new = job.read(CONFIG);
    let added = r#","proxies":{"default":{"httpProxy":"http://proxy.corp:3128","httpsProxy":"http://proxy.corp:3128","noProxy":"docker:2375,docker:2376"}}}"#;
    assert!(old.len() > 20_000_000 && new == format!("{}{added}", old.strip_suffix('}').unwrap()));
    job.run(&["undo"]).status(0);
    assert!(job.read(CONFIG) == old);
}

#[test]
fn json_that_is_nested_too_deep_is_refused_and_stays() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [10_000, 1_000_000] {
            let old = format!("{{\"a\":{}1{}}}", open.repeat(depth), close.repeat(depth));
            let job = Job::behind_proxy().file(CONFIG, &old);
            job.run(&["setup"]).status(1).says(
                "jobproxy: ~/.docker/config.json: nested more than 10000 levels deep; docker cannot read such a file either; fix the file or move it away\n",
            );
            assert!(job.read(CONFIG) == old);
        }
        let old = format!("{{\"a\":{}1{}}}", open.repeat(9_000), close.repeat(9_000));
        let job = Job::behind_proxy().file(CONFIG, &old);
        job.run(&["setup"]).status(0);
        assert!(job.read(CONFIG).starts_with(old.strip_suffix('}').unwrap()));
    }
}

/// Values that docker would write in another form stay as written.
#[test]
fn odd_values_come_back_to_the_byte() {
    for value in [
        "1e400",
        "-1E+400",
        "1.0",
        "1.10",
        "-0",
        "-0.0",
        "12345678901234567890",
        "0.1000000000000000055511151231257827",
        "123456789012345678901234567890e-10",
        r#""\u0041\u00e4\ud83d\ude00""#,
        r#""\/\b\f""#,
        r#""\ud800""#,
        r#""\udc00x""#,
        "\"\u{7f}\u{2028}\u{10ffff}\"",
        r#"{"k":1,"k":2,"k":[]}"#,
        r#"{"":{"":{}}}"#,
        "[ 1 ,\t2\r\n]",
        "true",
        "null",
    ] {
        for (before, after) in [
            ("{\"odd\":", "}"),
            ("{\r\n\t\"odd\" : ", ",\r\n\t\"auths\": {}\r\n}\r\n"),
            ("\n\n{ \"odd\":", " }"),
            ("{\"odd\":1,\"odd\":", ",\"odd\":3}"),
            ("{\"proxies\":{\"default\":{\"httpProxy\":\"http://other:1\",\"odd\":1,\"odd\":", "}}}\n"),
        ] {
            let old = format!("{before}{value}{after}");
            let job = Job::behind_proxy().file(CONFIG, &old);
            job.run(&["setup"]).status(0);
            let new = job.read(CONFIG);
            let (head, tail) = new.split_once(value).unwrap_or_else(|| panic!("{value} is not in {new}"));
            assert_eq!(head.replace("http://proxy.corp:3128", "http://other:1"), before, "{new}");
            assert_eq!(tail.contains('\r'), after.contains('\r'), "{new}");
            assert_eq!(tail.ends_with('\n'), after.ends_with('\n'), "{new}");
            assert_eq!(new.matches("\"odd\"").count(), old.matches("\"odd\"").count(), "{new}");
            job.run(&["undo"]).status(0);
            // A value of another program that setup replaced does not come back.
            let gone = old.replace("\"httpProxy\":\"http://other:1\",", "");
            assert_eq!(job.read(CONFIG), gone);
        }
    }
}

/// Files that docker reads without a warning are edited: Go decodes one value and replaces bytes that are not UTF-8.
#[test]
fn what_docker_reads_is_kept_to_the_byte() {
    for (before, after) in [
        (&b"{\"auths\":{\"r\":{\"auth\":\"dTpw\"}}"[..], &b"}\0"[..]),
        (b"{\"a\":\"\xff\"", b"}"),
        (b"\n {\"\\ud800\":1", b"} trailing {"),
        (b"{\"a\":1", b"}}"),
    ] {
        let job = Job::behind_proxy().file(CONFIG, [before, after].concat());
        job.run(&["setup", "--no-git"]).status(0).says("wrote ~/.docker/config.json");
        let new = std::fs::read(job.path(CONFIG)).unwrap();
        assert!(new.starts_with(before) && new.ends_with(after), "{}", String::from_utf8_lossy(&new));
        job.run(&["setup", "--no-git"]).status(0).says("unchanged ");
        job.run(&["undo", "--no-git"]).status(0);
        assert_eq!(std::fs::read(job.path(CONFIG)).unwrap(), [before, after].concat());
    }
}

#[test]
fn what_cannot_be_kept_is_refused() {
    for (old, part) in [
        (&b"\xef\xbb\xbf{\"a\":1}\r\n"[..], "not valid JSON at line 1 column "),
        (b"\xff\xfe{\0}\0", "not valid JSON at line 1 column "),
        (b"{\"a\":01}", "not valid JSON at line 1 column "),
        (b"{\"a\":NaN}", "not valid JSON at line 1 column "),
        (b"{\"proxies\":{},\"proxies\":{}}", "has proxies twice, and docker mixes the two; remove one"),
        (b"{\"proxies\":{\"default\":{\"noProxy\":\"\",\"noProxy\":\"\"}}}", "has noProxy twice"),
        (
            b"{\"proxies\":{\"default\":{},\"default\":{}}}",
            "has default twice, and docker takes the last; remove one",
        ),
    ] {
        let job = Job::behind_proxy().file(CONFIG, old);
        job.run(&["setup", "--no-git"]).status(1).says(&format!("jobproxy: ~/.docker/config.json: {part}"));
        assert_eq!(std::fs::read(job.path(CONFIG)).unwrap(), old);
        assert_eq!(job.files(), [CONFIG]);
    }
}

#[test]
fn ten_thousand_entries_of_no_proxy_go_everywhere() {
    let list = (0..10_000).map(|number| format!("h{number}.corp")).collect::<Vec<_>>().join(",");
    let job = Job::behind_proxy().env("NO_PROXY", &list);
    let ran =
        job.run(&["setup", "--export"]).status(0).says("NO_PROXY has 10002 entries: 10000 kept, 2 added\n");
    let expected = format!("{list},docker:2375,docker:2376");
    assert!(ran.stdout.contains(&format!("export no_proxy='{expected}'\n")));
    assert!(job.read(CONFIG).contains(&expected));
}

/// No limit on the time: machines differ. Linear means that the cost of one entry stays about the same.
#[test]
fn the_cost_of_no_proxy_grows_with_the_number_of_entries() {
    let cost = |count: u32| {
        // A kept entry, a rewritten entry, a duplicate, a range by its prefix, a range.
        let forms = ["h{}.corp", "*.H{}.Corp.", "twice.corp", "10.{}.0.1", "fd{}::/16"];
        let entry = |number: u32| forms[number as usize % 5].replace("{}", &number.to_string());
        let list = (0..count).map(entry).collect::<Vec<_>>().join(",");
        let started = Instant::now();
        let normalized = normalize(&list, &[(Origin::DockerInDocker, "docker:2375")], CidrPolicy::Strip, &[]);
        let took = started.elapsed();
        // The list is cut at the length of a variable.
        assert!(normalized.entries.len() > (count as usize / 5).min(5_000), "{count}");
        took.as_nanos() / u128::from(count)
    };
    let _warm_up = cost(1_000);
    let costs = [1_000, 10_000, 100_000].map(cost);
    println!(
        "NO_PROXY costs {} ns, {} ns, {} ns for each of 1,000, 10,000, 100,000 entries",
        costs[0], costs[1], costs[2]
    );
}
