use std::io::Write as _;
use std::process::Stdio;
use std::time::Instant;

use crate::support::{Job, program, tool};

fn job() -> Job {
    Job::new()
        .env("HTTP_PROXY", "http://alice:s3cret@proxy.corp:3128")
        .env("https_proxy", "proxy.corp:3128")
        .env("NO_PROXY", "*.corp.example,docker:2375,10.0.0.0/8")
}

#[test]
fn a_table_says_who_goes_where_and_why() {
    job().run(&["explain", "--client", "docker,curl,busybox-wget", "http://docker:2375/v1", "https://app.corp.example"])
        .status(0)
        .stderr("")
        .stdout(
            "http://docker:2375/v1\n\
             \x20 docker@28.5.2        direct   docker:2375 matches\n\
             \x20 curl@8.23.0          proxied  http://***@proxy.corp:3128: docker:2375: curl ignores entries with a port\n\
             \x20 busybox-wget@1.38.0  proxied  http://***@proxy.corp:3128: busybox-wget has no list of exceptions\n\
             \n\
             https://app.corp.example\n\
             \x20 docker@28.5.2        direct   .corp.example matches; this is docker's own call to its daemon; dockerd pulls and pushes\n\
             \x20 curl@8.23.0          direct   .corp.example matches\n\
             \x20 busybox-wget@1.38.0  proxied  http://***@proxy.corp:3128: busybox-wget has no list of exceptions\n",
        );
}

#[test]
fn raw_explains_the_environment_as_it_is() {
    let decisions = |arguments: &[&str]| {
        let job = job();
        let ran =
            job.run(&[&["explain", "--format", "json", "--client", "curl,git,wget"], arguments].concat());
        let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.status(0).stdout).unwrap();
        rows.iter().map(|row| row["decision"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // curl never reads HTTP_PROXY in upper case, and none of these reads `*.`.
    assert_eq!(decisions(&["--raw", "http://app.corp.example"]), ["direct", "direct", "direct"]);
    assert_eq!(decisions(&["--raw", "https://app.corp.example"]), ["proxied", "proxied", "proxied"]);
    assert_eq!(decisions(&["http://app.corp.example"]), ["direct", "direct", "direct"]);
    assert_eq!(decisions(&["http://elsewhere.example"]), ["proxied", "proxied", "proxied"]);
}

#[test]
fn json_has_every_field_and_no_password() {
    let ran = job()
        .run(&["explain", "--format=json", "--client=curl@7.88.1", "http://u:hunter2@docker:2375"])
        .status(0);
    assert_eq!(
        ran.stdout,
        r#"[
  {
    "url": "http://***@docker:2375",
    "client": "curl@7.88.1",
    "decision": "proxied",
    "proxy": "http://***@proxy.corp:3128",
    "entry": null,
    "reason": "docker:2375: curl ignores entries with a port"
  }
]
"#
    );
    let ran = job().run(&[
        "explain",
        "--format=json",
        "--raw",
        "--no-proxy",
        "[::1]",
        "--client=httpx",
        "http://a",
    ]);
    assert!(
        ran.stdout.contains("\"decision\": \"fails\",\n    \"proxy\": null,\n    \"entry\": \"[::1]\",\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn without_a_url_the_job_s_own_addresses_are_explained() {
    let job = job()
        .env("CI_SERVER_URL", "https://gitlab.corp.example")
        .env("CI_API_V4_URL", "https://gitlab.corp.example/api/v4")
        .env("CI_REGISTRY", "registry.corp.example:5050")
        .env("DOCKER_HOST", "tcp://docker:2376");
    let ran = job.run(&["explain"]).status(0);
    let headings: Vec<&str> =
        ran.stdout.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
    assert_eq!(
        headings,
        [
            "https://gitlab.corp.example",
            "https://gitlab.corp.example/api/v4",
            "https://registry.corp.example:5050",
            "tcp://docker:2376"
        ]
    );
    for client in [
        "docker@",
        "curl@",
        "git@",
        "wget@",
        "busybox-wget@",
        "apk@",
        "apt@",
        "pip@",
        "npm@",
        "go@",
        "java-env@",
    ] {
        assert_eq!(
            ran.stdout.lines().filter(|line| line.starts_with(&format!("  {client}"))).count(),
            4,
            "{client}"
        );
    }
    assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
    self::job().run(&["explain"]).status(0).stdout("").says("no URL was given");
}

#[test]
fn strict_fails_where_clients_disagree() {
    let explain = |url| job().run(&["explain", "--strict", "--client", "docker,curl", url]);
    explain("http://docker:2375")
        .status(1)
        .says("jobproxy: http://docker:2375: the clients disagree: direct: docker; proxied: curl\n");
    explain("http://elsewhere").status(0).stderr("");
}

#[test]
fn strict_leaves_out_clients_that_read_no_proxy_or_no_list_by_nature() {
    let clients = "curl,busybox-wget,java-env,java-properties,maven,got,yarn,node-fetch,dockerd";
    job().run(&["explain", "--strict", "--client", clients, "https://a.corp.example"]).status(0).stderr("");
    let all = job().run(&["explain", "--strict", "--client", "all", "http://docker:2375"]).status(1);
    let line = all.stderr.lines().find(|line| line.contains("disagree")).unwrap();
    assert!(line.contains("direct: ") && line.contains("proxied: ") && line.contains(" more"), "{line}");
    assert!(!line.contains("busybox-wget"), "{line}");
}

#[test]
fn lines_are_wrapped_on_a_terminal_only() {
    let explain = ["explain", "--client", "curl,huggingface_hub", "http://docker:2375"];
    let plain = job().run(&explain).status(0).stdout;
    assert!(plain.lines().any(|line| line.len() > 100), "{plain}");
    let job = job();
    let mut command = job.command(tool("script"));
    let line = format!("{} {}", program().display(), explain.join(" "));
    command.args(["-qec", &line, "/dev/null"]);
    let terminal = job.ran(&mut command).status(0).stdout;
    assert!(terminal.lines().all(|line| line.len() <= 101), "{terminal}");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&plain), words(&terminal));
}

#[test]
fn urls_of_ssh_and_git_get_an_answer_of_their_own() {
    for url in ["ssh://git@gitlab.corp.example/g/p.git", "git@gitlab.corp.example:g/p.git", "git+ssh://h/p"] {
        let ran = job().run(&["explain", url]).status(0).stderr("");
        let answer = ran.stdout.lines().nth(1).unwrap();
        assert!(
            answer.starts_with("  ssh") && answer.contains("direct   ssh reads no proxy variable"),
            "{answer}"
        );
        assert!(answer.contains("https://") && answer.contains("ProxyCommand"), "{answer}");
        assert_eq!(ran.stdout.lines().count(), 2);
    }
    let ran = job().run(&["explain", "--format=json", "git://gitlab.corp.example/p.git"]).status(0);
    assert!(ran.stdout.contains("git:// reads no proxy variable"), "{}", ran.stdout);
    // A user with a password and a port is an address, as curl reads it.
    for url in ["user@host:8080", "user:pass@host:8080/"] {
        let ran = job().run(&["explain", "--client", "curl", url]).status(0);
        assert!(ran.stdout.contains("  curl@"), "{}", ran.stdout);
    }
}

#[test]
fn an_unknown_client_is_named_with_the_nearest_known_one() {
    for (name, near) in [
        ("crul", "curl"),
        ("kubeclt", "kubectl"),
        ("Chromuim", "chromium"),
        ("curl@1.2.3", "curl@7.74.0 or curl@7.88.1 or curl@8.23.0"),
        ("curl@8.2", "curl@7.74.0 or curl@7.88.1 or curl@8.23.0"),
        ("buildx@1", "buildx-imagetools@0.29.1"),
        ("docker buildx", "docker-buildx"),
        ("php", "php-curl or php-stream"),
    ] {
        job().run(&["explain", "--client", &format!("docker,{name}"), "http://a"]).status(2).stdout("").stderr(
            &format!(
                "jobproxy: --client: {name} is no known client; did you mean {near}? jobproxy explain --clients lists all\n"
            ),
        );
    }
    job().run(&["explain", "--client", "u:s3cret@p", "http://a"]).status(2).never_says("s3cret");
    job().run(&["explain", "--client", "somethingelse", "http://a"]).status(2).stderr(
        "jobproxy: --client: somethingelse is no known client; most programs in Go behave like go, in Python \
         like requests or urllib, in Node like axios or undici; jobproxy explain --clients lists all\n",
    );
    // wget has two letters in common with nuget, and is another program.
    job().run(&["explain", "--client", "nuget", "http://a"]).status(2).never_says("wget");
}

#[test]
fn other_names_find_the_same_client() {
    for (alias, name) in [
        ("mvn", "maven"),
        ("buildx", "buildx-imagetools"),
        ("twine", "requests"),
        ("bun", "bun-fetch"),
        ("CURL", "curl"),
        ("npm@11", "npm@11.19.1"),
        ("NPX@12.2", "npm"),
    ] {
        let explain = |name| job().run(&["explain", "--client", name, "http://a"]).status(0).stdout;
        assert_eq!(explain(alias), explain(name));
    }
}

#[test]
fn options_override_the_variables() {
    let job = Job::new();
    let explain = |arguments: &[&str]| {
        job.run(&[&["explain", "--client", "curl"], arguments].concat()).status(0).stdout
    };
    let overridden = explain(&["--proxy", "P:3128", "--no-proxy", "a", "http://b"]);
    assert!(overridden.contains("proxied  http://p:3128: "), "{overridden}");
    assert!(
        explain(&["--proxy", "p:3128", "--no-proxy", "*.B", "http://a.b"]).contains("direct   .b matches")
    );
    assert!(explain(&["http://b"]).contains("direct "));
    job.run(&["explain", "--proxy", "http://u:s3#cret@p", "http://b"])
        .status(1)
        .stderr("jobproxy: --proxy: the password holds an unescaped '#'; write it as %23\n");
}

#[test]
fn clients_are_listed_and_a_url_of_another_scheme_is_an_error() {
    let list = Job::new().run(&["explain", "--clients"]).status(0).stdout;
    let measured = include_str!("data/no_proxy_clients.tsv")
        .lines()
        .skip(1)
        .map(|line| line.split('\t').next().unwrap());
    for client in measured {
        assert!(list.lines().any(|line| line == client), "{client} is not in the list");
    }
    let all = job().run(&["explain", "--client", "all", "http://a"]).status(0).stdout;
    let answers = all.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    assert_eq!(answers.count(), list.lines().count());
    job()
        .run(&["explain", "ftp://u:s3cret@x/"])
        .status(1)
        .says("jobproxy: ***@x/: not an http or https URL")
        .never_says("s3cret");
}

#[test]
fn ten_thousand_urls_on_standard_input_are_answered() {
    let urls: String = (0..10_000).map(|n| format!("https://host{n}.example:{}/\n", 1000 + n)).collect();
    let job = job();
    let mut command = job.command(program());
    command
        .args(["explain", "--client=curl", "--format=json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feed = std::thread::spawn(move || stdin.write_all(urls.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    println!("explain: 10,000 URLs in {:?}", started.elapsed());
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.len(), 10_000);
    assert_eq!(rows[9_999]["url"], "https://host9999.example:10999/");
}

#[test]
fn memory_does_not_grow_with_the_number_of_answers() {
    let urls: String = (0..3_000).map(|n| format!("https://host{n}.example/\n")).collect();
    let job = job().file("urls", urls);
    // 3,000 URLs for every client make more than 100 MB of answers.
    let script =
        format!("ulimit -v 65536; exec {} explain --client all - <urls | wc -c", program().display());
    let ran = job.shell(&["dash"], &format!("cd \"$HOME\" && ({script})")).status(0);
    let bytes: usize = ran.stdout.trim().parse().unwrap();
    assert!(bytes > 20_000_000, "{bytes}");
}
