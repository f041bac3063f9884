use crate::support::Job;

#[test]
fn a_fresh_home_gets_both_files_and_the_log_two_or_three_lines() {
    let job = Job::behind_proxy().env("NO_PROXY", "*.corp.example,10.0.0.0/8");
    job.run(&["setup"]).status(0).stdout("").stderr(
        "jobproxy: proxy http://proxy.corp:3128 (HTTP_PROXY, HTTPS_PROXY)\n\
         jobproxy: wrote ~/.docker/config.json, ~/.gitconfig\n\
         jobproxy: NO_PROXY has 3 entries: 1 rewritten, 2 added, 1 removed\n\
         jobproxy: NO_PROXY: removed 10.0.0.0/8 (many programs ignore CIDR ranges); JOBPROXY_CIDR=keep keeps the range\n\
         jobproxy: NO_PROXY: *.corp.example became .corp.example (more programs read a suffix without the *; some take the domain itself too)\n",
    );
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
    assert_eq!(
        job.read(".docker/config.json"),
        "{\n\t\"proxies\": {\n\t\t\"default\": {\n\t\t\t\"httpProxy\": \"http://proxy.corp:3128\",\n\
         \t\t\t\"httpsProxy\": \"http://proxy.corp:3128\",\n\
         \t\t\t\"noProxy\": \".corp.example,docker:2375,docker:2376\"\n\t\t}\n\t}\n}"
    );
    assert_eq!(job.read(".gitconfig"), "[http]\n\tproxy = http://proxy.corp:3128\n");
    assert_eq!(
        [job.mode(".docker"), job.mode(".docker/config.json"), job.mode(".gitconfig")],
        [0o700, 0o600, 0o600]
    );
}

#[test]
fn a_second_run_changes_nothing_not_even_a_time() {
    let job = Job::behind_proxy();
    job.run(&[]).status(0);
    let times = || {
        [".docker/config.json", ".gitconfig"]
            .map(|name| job.path(name).metadata().unwrap().modified().unwrap())
    };
    let before = times();
    job.run(&[]).status(0).says("jobproxy: unchanged ~/.docker/config.json, ~/.gitconfig\n");
    assert_eq!(times(), before);
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
}

#[test]
fn without_a_proxy_there_is_nothing_to_do() {
    for job in [Job::new(), Job::new().env("NO_PROXY", "a")] {
        let line =
            "jobproxy: no proxy is set (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, FTP_PROXY): nothing to do\n";
        job.run(&["setup", "--export"]).status(0).stdout("").stderr(line);
        job.run(&["env"]).status(0).stdout("").stderr(line);
        assert!(job.files().is_empty());
    }
}

#[test]
fn a_job_switches_the_proxy_of_its_runner_off_with_empty_variables() {
    for (job, names, lines) in [
        (
            Job::new().env("HTTP_PROXY", "").env("https_proxy", "  "),
            "HTTP_PROXY, HTTPS_PROXY",
            "unset HTTPS_PROXY\nunset HTTP_PROXY\nunset http_proxy\nunset https_proxy\n",
        ),
        (
            Job::new().env("ALL_PROXY", "''").env("NO_PROXY", "a"),
            "ALL_PROXY",
            "unset ALL_PROXY\nunset all_proxy\n",
        ),
    ] {
        let line = format!("jobproxy: the proxy is switched off: {names} set to nothing, so unset\n");
        job.run(&["setup", "--export"]).status(0).stdout(lines).stderr(&line);
        job.run(&["env"]).status(0).stdout(lines).stderr(&line);
        assert!(job.files().is_empty());
    }
}

#[test]
fn a_value_that_cannot_be_used_is_left_out_and_the_others_are_used() {
    let error = "jobproxy: https_proxy: the password holds an unescaped '#'; write it as %23\n";
    let job = Job::new().env("http_proxy", "http://p:1").env("https_proxy", "http://alice:s3#cret@proxy:1");
    let ran = job.run(&["setup", "--export"]).status(1).says(error);
    assert!(ran.stdout.contains("export HTTP_PROXY='http://p:1'\n") && !ran.stdout.contains("HTTPS_PROXY"));
    assert!(
        job.read(".docker/config.json").contains("httpProxy")
            && job.read(".gitconfig").contains("http://p:1")
    );

    let job = job.env("HTTPS_PROXY", "http://good:1");
    let ran = job.run(&["setup", "--export"]).status(1).says(error);
    assert!(ran.stdout.contains("export https_proxy='http://good:1'\n"), "{}", ran.stdout);

    for (name, value) in
        [("all_proxy", "ftp://p:80/"), ("FTP_PROXY", "ftp://proxy:21"), ("ALL_PROXY", "http://w/proxy.pac")]
    {
        let job = Job::behind_proxy().env(name, value);
        let ran = job.run(&["setup", "--export"]).status(1).says(&format!("jobproxy: {name}: "));
        assert!(ran.stdout.contains("export https_proxy='http://proxy.corp:3128'\n"), "{}", ran.stdout);
        assert!(!ran.stdout.contains(name), "{}", ran.stdout);
        assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
    }
    let job = Job::new().env("HTTP_PROXY", "none").env("http_proxy", "none");
    job.run(&["setup", "--export"]).status(1).stdout("").stderr(
        "jobproxy: http_proxy: 'none' is no proxy; to switch the proxy off for one job, set the variable to an empty value there\n",
    );
    assert!(job.files().is_empty());
}

#[test]
fn an_output_that_fails_does_not_stop_the_other_outputs() {
    let job = Job::behind_proxy().file(".docker/config.json", "{broken");
    let ran = job.run(&["setup", "--export"]).status(1).says(
        "jobproxy: ~/.docker/config.json: not valid JSON at line 1 column 2; docker cannot read such a file either; fix the file or move it away\n",
    );
    assert!(ran.stdout.contains("export HTTP_PROXY='http://proxy.corp:3128'\n"), "{}", ran.stdout);
    assert_eq!(job.read(".docker/config.json"), "{broken");
    assert_eq!(job.read(".gitconfig"), "[http]\n\tproxy = http://proxy.corp:3128\n");

    let job = Job::behind_proxy().file(".gitconfig/file", "");
    job.run(&["setup"])
        .status(1)
        .says("jobproxy: ~/.gitconfig: is a folder, not a regular file; set GIT_CONFIG_GLOBAL to a file that this user can write\n");
    assert!(job.read(".docker/config.json").contains("httpProxy"));
}

#[test]
fn dry_run_shows_and_writes_nothing() {
    needs!("git");
    let job = Job::behind_proxy()
        .env("http_proxy", "http://alice:s3cret@proxy.corp:3128")
        .env("https_proxy", "http://alice:s3cret@proxy.corp:3128")
        .env("PATH", "/usr/bin:/bin")
        .file(".docker/config.json", r#"{"auths":{"r":{"auth":"c2VjcmV0"}},"proxies":{"default":{"httpsProxy":"http://bob:hunter2@old:1"}}}"#)
        .file(".gitconfig", "[http]\n\tproxy = http://bob:hunter2@old:1\n");
    let before = [job.read(".docker/config.json"), job.read(".gitconfig")];
    let ran = job.run(&["setup", "--dry-run"]).status(0).stdout("");
    for secret in ["s3cret", "hunter2", "alice", "bob", "c2VjcmV0"] {
        assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
    }
    let ran = ran.says(
        "jobproxy: would write ~/.docker/config.json, ~/.gitconfig\n\
         jobproxy: +proxies.default.httpProxy: http://***@proxy.corp:3128\n\
         jobproxy: -proxies.default.httpsProxy: http://***@old:1\n\
         jobproxy: +proxies.default.httpsProxy: http://***@proxy.corp:3128\n\
         jobproxy: +proxies.default.noProxy: docker:2375,docker:2376\n",
    );
    ran.says("jobproxy: -http.proxy: http://***@old:1\njobproxy: +http.proxy: http://***@proxy.corp:3128\n");
    assert_eq!([job.read(".docker/config.json"), job.read(".gitconfig")], before);
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);

    let fresh = Job::behind_proxy();
    fresh.run(&["-n"]).status(0).says("would write ~/.docker/config.json, ~/.gitconfig\n");
    assert!(fresh.files().is_empty());
}

#[test]
fn outputs_can_be_left_out() {
    let job = Job::behind_proxy();
    job.run(&["--no-docker"]).status(0).says("wrote ~/.gitconfig\n");
    assert_eq!(job.files(), [".gitconfig"]);
    let job = Job::behind_proxy().env("JOBPROXY_NO_GIT", "1");
    job.run(&[]).status(0).says("wrote ~/.docker/config.json\n");
    assert_eq!(job.files(), [".docker/config.json"]);
}

#[test]
fn quiet_shows_errors_only_and_verbose_shows_every_entry() {
    let job = Job::behind_proxy().env("NO_PROXY", "Corp,db,10.*");
    job.run(&["--quiet"]).status(0).stderr("");
    job.run(&["--verbose", "--add", "extra:80"]).status(0).says(
        "jobproxy: NO_PROXY has 5 entries: 1 kept, 1 rewritten, 3 added, 1 removed\n\
         jobproxy: NO_PROXY: removed 10.* (a part of an address, which few programs read as a range); JOBPROXY_CIDR=keep turns the prefix into a range\n\
         jobproxy: NO_PROXY: Corp became corp (canonical form)\n\
         jobproxy: NO_PROXY: db kept\n\
         jobproxy: NO_PROXY: docker:2375 added (docker in docker)\n\
         jobproxy: NO_PROXY: docker:2376 added (docker in docker)\n\
         jobproxy: NO_PROXY: extra:80 added (--add)\n",
    );
    Job::new().env("HTTP_PROXY", "ftp://x").run(&["-q"]).status(1).says("jobproxy: HTTP_PROXY: the scheme");
}

#[test]
fn homes_that_cannot_be_used_are_reported_with_a_remedy() {
    let job = Job::behind_proxy().file("file", "");
    let home = job.path("file").display().to_string();
    let job = job.env("HOME", home);
    job.run(&["--no-git"])
        .status(1)
        .says("~/file/.docker/config.json: cannot read: not a directory; set DOCKER_CONFIG ");

    let nowhere = Job::behind_proxy().env("HOME", "/proc").run(&[]).status(1).never_says("lock");
    nowhere
        .says("jobproxy: /proc/.docker/config.json: cannot create: no such file or directory; set DOCKER_CONFIG ")
        .says("jobproxy: /proc/.gitconfig: cannot write: no such file or directory; set GIT_CONFIG_GLOBAL ");

    let job = Job::behind_proxy();
    std::os::unix::fs::symlink("nowhere", job.path("dangling")).unwrap();
    let (docker, git) = (job.path("dangling/docker"), job.path("dangling/gitconfig"));
    let job = job.env("DOCKER_CONFIG", docker).env("GIT_CONFIG_GLOBAL", git);
    job.run(&[]).status(0).says("wrote ~/dangling/docker/config.json, ~/dangling/gitconfig\n");
    assert!(job.read("nowhere/gitconfig").contains("proxy"));
}
