use super::*;

#[test]
fn clients_on_path_come_first_and_verbose_names_all() {
    let list = listing("localhost,127.0.0.1,10.0.0.0/8");
    let few = finds(
        &with_programs(list, &[("python3", ""), ("wget", "")]),
        "no-proxy-entry-ignored",
        "NO_PROXY: 10.0.0.0/8: ",
    );
    assert!(
        few.contains("ignored by these clients: wget, aiohttp, boto3, httplib2 and ")
            && few.contains(" more; "),
        "{few}"
    );
    let list = listing("localhost,127.0.0.1,10.0.0.0/8,11.*,12.*,13.*,14.*,15.*,16.*");
    let all = list.run(&["doctor", "--verbose"]).status(1).stdout;
    assert!(
        !all.contains(" more")
            && all.contains("urllib")
            && all.contains("11.*, 12.*, 13.*, 14.*, 15.*, 16.*"),
        "{all}"
    );
    assert_eq!(list.run(&["doctor", "-v"]).stdout, all);
}

#[test]
fn failures_come_first_and_json_has_them_too() {
    let job = listing("10.0.0.0/8,[::1],<local>").env("CI_SERVER_URL", "http://u:s3cret@gitlab");
    let text = doctor(&job).status(1).never_says("s3cret").stdout;
    let levels: Vec<&str> = text.lines().map(|line| &line[..4]).collect();
    assert!(levels.is_sorted() && levels.contains(&"fail") && levels.contains(&"note"), "{text}");
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&job.run(&["doctor", "--format=json"]).status(1).stdout).unwrap();
    assert_eq!(rows.len(), levels.len());
    let first = |key: &str| rows[0][key].clone();
    assert_eq!((first("level"), first("subject")), ("fail".into(), "NO_PROXY".into()));
    assert_eq!(
        (first("name"), first("entries")),
        ("no-proxy-entry-breaks".into(), serde_json::json!(["[::1]"]))
    );
    assert_eq!(first("clients"), serde_json::json!(["httpx@0.28.1"]));
    let ignored = rows.iter().find(|row| row["name"] == "no-proxy-entry-ignored").unwrap();
    assert!(ignored["clients"].as_array().unwrap().len() > 20, "{ignored}");
}

#[test]
fn ignored_findings_are_left_out_and_do_not_count() {
    let job = listing("localhost,127.0.0.1,[::1],10.*");
    let run = |arguments: &[&str]| job.run(&[&["doctor"], arguments].concat());
    assert_eq!(run(&[]).status(1).stdout.lines().count(), 2);
    assert_eq!(run(&["--ignore", "no-proxy-entry-breaks"]).status(1).stdout.lines().count(), 1);
    let both = [
        &["--ignore=no-proxy-entry-breaks,no-proxy-entry-unread"][..],
        &["--ignore", "no-proxy-entry-breaks", "--ignore", "no-proxy-entry-unread"],
        &["--ignore", " no-proxy-entry-breaks , no-proxy-entry-unread,", "--format=json"],
    ];
    for arguments in both {
        run(arguments).status(0);
    }
    let ignored = run(both[0]).stdout;
    assert_eq!(
        ignored,
        "ok: nothing else is wrong with this job's proxy settings (2 findings are ignored)\n"
    );
    run(&["--ignore", "no-proxy-star,no-proxy-satr"]).status(2).stdout("").stderr(
        "jobproxy: --ignore: there is no finding 'no-proxy-satr'; the nearest name is no-proxy-star; see jobproxy --help\n",
    );
    run(&["--ignore", "http://u:s3cret@p"]).status(2).never_says("s3cret");
}

#[test]
fn the_names_of_findings_are_different_and_plain() {
    let mut names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert!(
        names
            .iter()
            .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Kind::ALL.len());
}
