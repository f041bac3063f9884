use jobproxy::runtime::{NAMES, RUNTIMES};

use crate::support::{Job, tool};

/// Printed for a job, one line a variable.
fn dotenv(job: &Job, names: &str) -> Vec<String> {
    let ran = job.run(&["env", "--format", "dotenv", "--for", names]).status(0);
    ran.stdout.lines().filter(|line| !is_of_proxy(line)).map(str::to_owned).collect()
}

/// Whether a line sets one of the ten proxy variables.
fn is_of_proxy(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default().to_ascii_lowercase();
    ["all_proxy", "ftp_proxy", "http_proxy", "https_proxy", "no_proxy"].contains(&name.as_str())
}

#[test]
fn nothing_is_exported_for_a_program_that_nobody_asked_for() {
    let job = Job::new().env("HTTPS_PROXY", "http://u:p@proxy.corp:3128");
    let ran = job.run(&["env", "--format", "dotenv"]).status(0);
    assert!(ran.stdout.lines().all(is_of_proxy), "{}", ran.stdout);
    let group = |name| if ["maven", "gradle"].contains(&name) { "java" } else { name };
    let variables = |names: &str| {
        let lines = dotenv(&job, names);
        lines.iter().map(|line| line.split('=').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for name in NAMES {
        let others: Vec<&str> = NAMES.into_iter().filter(|other| group(other) != group(name)).collect();
        let (own, all, rest) = (variables(name), variables("all"), variables(&others.join(",")));
        assert!(!own.is_empty() && own.iter().all(|variable| all.contains(variable)), "{name}: {own:?}");
        assert!(own.iter().all(|variable| !rest.contains(variable)), "{name}: {own:?}");
    }
}

#[test]
fn each_program_gets_what_its_row_says() {
    let job = Job::new()
        .env("HTTP_PROXY", "http://a:1")
        .env("HTTPS_PROXY", "http://u:p%23@b:2")
        .env("NO_PROXY", ".corp.example,db");
    for (name, expected) in [
        (
            "java",
            &[
                "JAVA_TOOL_OPTIONS=-Dhttp.proxyHost=a -Dhttp.proxyPort=1 -Dhttps.proxyHost=b -Dhttps.proxyPort=2 \
               -Daether.connector.http.useSystemProperties=true \
               -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.corp.example|db|*.db|docker|*.docker",
            ][..],
        ),
        ("node", &["NODE_USE_ENV_PROXY=1"]),
        ("yarn", &["YARN_HTTPS_PROXY=http://u:p%23@b:2", "YARN_HTTP_PROXY=http://a:1"]),
        ("bundler", &["RUBYOPT=-rcgi"]),
        ("electron", &["ELECTRON_GET_USE_PROXY=true"]),
    ] {
        assert_eq!(dotenv(&job, name), expected, "{name}");
        let by_variable = Job::new()
            .env("HTTP_PROXY", "http://a:1")
            .env("HTTPS_PROXY", "http://u:p%23@b:2")
            .env("NO_PROXY", ".corp.example,db")
            .env("JOBPROXY_FOR", name);
        let exports = by_variable.run(&["setup", "--export"]).status(0).stdout;
        for line in expected {
            let (variable, value) = line.split_once('=').unwrap();
            assert!(exports.contains(&format!("export {variable}='{value}'\n")), "{name}: {exports}");
        }
    }
}

#[test]
fn a_variable_of_the_job_keeps_its_options_and_a_second_run_adds_nothing() {
    for (name, variable, own) in [
        ("java", "JAVA_TOOL_OPTIONS", "-Xmx1g '-Da=b  c'"),
        ("bundler", "RUBYOPT", "-W0"),
        ("node", "NODE_USE_ENV_PROXY", "0"),
        ("yarn", "YARN_HTTPS_PROXY", "http://own:1"),
        ("electron", "ELECTRON_GET_USE_PROXY", "1"),
    ] {
        let job =
            |value: &str| Job::new().env("HTTPS_PROXY", "http://u:p@proxy.corp:3128").env(variable, value);
        let line = |value: &str| {
            let lines = dotenv(&job(value), name);
            let line = lines.iter().find_map(|line| line.strip_prefix(&format!("{variable}=")));
            line.unwrap_or_else(|| panic!("{name}: {lines:?}")).to_owned()
        };
        let once = line(own);
        assert!(once.starts_with(own), "{name}: {once}");
        assert_eq!(line(&once), once, "{name}");
    }
}

#[test]
fn a_value_that_no_line_can_hold_is_left_as_it_is() {
    for (name, variable) in
        [("java", "JAVA_TOOL_OPTIONS"), ("bundler", "RUBYOPT"), ("yarn", "YARN_HTTPS_PROXY")]
    {
        let job = Job::new().env("HTTPS_PROXY", "http://u:p@proxy.corp:3128").env(variable, "-Da=b\nx");
        let ran = job.run(&["setup", "--export", "--for", name]).status(0);
        assert!(!ran.stdout.contains(variable), "{}", ran.stdout);
        ran.says(&format!(
            "jobproxy: {variable}: holds a control character or is not UTF-8, left as it is\n"
        ));
    }
}

#[test]
fn the_log_says_what_a_program_cannot_do() {
    let job = Job::new().env("HTTP_PROXY", "http://alice:s3cret@proxy.corp:3128");
    let ran = job.run(&["setup", "--export", "--for", "java"]).status(0);
    let line = ran.stdout.lines().find(|line| line.contains("JAVA_TOOL_OPTIONS")).unwrap();
    assert!(!line.contains("s3cret") && !line.contains("alice"), "{line}");
    ran.says("JAVA_TOOL_OPTIONS: Java takes no user and password this way; the proxy will ask for them\n");
    for command in ["env", "setup"] {
        job.run(&[command, "--for", "yarn"])
            .status(0)
            .says("jobproxy: yarn: has no exceptions: requests to hosts in NO_PROXY go to the proxy\n");
    }
}

#[test]
fn bundler_needs_nothing_where_the_proxy_asks_for_no_login() {
    assert!(dotenv(&Job::behind_proxy(), "bundler").is_empty());
}

#[test]
fn an_unknown_name_is_wrong_usage_with_the_known_names() {
    let known = NAMES.join(", ");
    for value in ["s3cret", "java,s3cret", "all,s3cret", ",", " "] {
        let expected = format!(": must be all, or a list of {known}; see jobproxy --help\n");
        Job::behind_proxy().run(&["--for", value]).status(2).stderr(&format!("jobproxy: --for{expected}"));
        if !value.trim().is_empty() {
            let job = Job::behind_proxy().env("JOBPROXY_FOR", value);
            job.run(&[]).status(2).stderr(&format!("jobproxy: JOBPROXY_FOR{expected}"));
        }
    }
    assert_eq!(dotenv(&Job::behind_proxy(), " node , ,java,node"), dotenv(&Job::behind_proxy(), "java,node"));
    let help = Job::new().run(&["help", "setup"]).status(0).stdout;
    let line = help.lines().find(|line| line.contains("reads no proxy variable")).unwrap();
    assert!(NAMES.iter().all(|name| line.contains(name)), "{line}");
}

#[test]
fn the_document_has_the_table_of_the_code() {
    let document = include_str!("../docs/runtimes.md");
    let table = document.split("\n\n").find(|part| part.starts_with("| name |")).unwrap();
    let expected: Vec<String> = RUNTIMES
        .iter()
        .map(|row| format!("| {} | {} | {} | {} |", row.name, row.sets, row.limits, row.source))
        .collect();
    assert_eq!(table.lines().skip(2).collect::<Vec<_>>(), expected);
    assert!(RUNTIMES.iter().map(|row| row.name).eq(NAMES));
}

/// A job whose home is the one that Java sees, too.
fn java_job() -> Job {
    let job = Job::new()
        .env("HTTP_PROXY", "http://proxy.corp:3128")
        .env("HTTPS_PROXY", "http://alice:p%26%5Cw@proxy.corp:3128")
        .env("JOBPROXY_FOR", "maven,gradle");
    let home = job.path("").display().to_string();
    job.env("JAVA_TOOL_OPTIONS", format!("-Duser.home={}", home.trim_end_matches('/')))
}

const FILES: [&str; 2] = [".gradle/gradle.properties", ".m2/settings.xml"];

#[test]
fn maven_and_gradle_get_user_and_password_in_files_of_their_own() {
    let job = java_job();
    let ran = job.run(&["setup", "--export", "--no-docker", "--no-git"]).status(0);
    assert_eq!(job.files(), FILES);
    for file in FILES {
        assert_eq!(job.mode(file), 0o600, "{file}");
        assert_eq!(job.mode(file.split('/').next().unwrap()), 0o700, "{file}");
    }
    let settings = job.read(FILES[1]);
    assert!(
        settings.contains("<username>alice</username>\n      <password>p&amp;\\w</password>"),
        "{settings}"
    );
    assert_eq!(settings.matches("<password>").count(), 1, "{settings}");
    let properties = job.read(FILES[0]);
    assert!(properties.contains("systemProp.https.proxyPassword=p&\\\\w\n"), "{properties}");
    assert!(properties.contains("systemProp.http.nonProxyHosts=localhost|127.*|[::1]|docker|*.docker\n"));
    let exported = ran.stdout.lines().find(|line| line.contains("JAVA_TOOL_OPTIONS")).unwrap();
    assert!(exported.contains(" -Dhttps.proxyHost=proxy.corp ") && !exported.contains("alice"), "{exported}");
    assert!(exported.ends_with(" -Djdk.http.auth.tunneling.disabledSchemes='"), "{exported}");
    let ran = ran.says("wrote ~/.m2/settings.xml, ~/.gradle/gradle.properties\n");
    ran.says("proxy.corp").never_says("Java takes no user and password");
    job.run(&["setup", "--no-docker", "--no-git"])
        .status(0)
        .says("unchanged ~/.m2/settings.xml, ~/.gradle/gradle.properties\n");
    job.run(&["undo"]).status(0).says("removed ~/.m2/settings.xml, ~/.gradle/gradle.properties\n");
    assert!(job.files().is_empty());
    // A forgotten --for leaves no password behind.
    job.run(&["setup", "--no-docker", "--no-git"]).status(0);
    let forgetful = job.without("JOBPROXY_FOR");
    forgetful.run(&["undo"]).status(0).says("removed ~/.m2/settings.xml, ~/.gradle/gradle.properties\n");
    assert!(forgetful.files().is_empty());
    forgetful.run(&["undo"]).status(0).never_says("settings.xml").never_says("gradle.properties");
}

#[test]
fn what_others_wrote_into_the_files_of_maven_and_gradle_stays() {
    let old = ["org.gradle.jvmargs=-Xmx4g", "<settings>\n  <servers/>\n</settings>"];
    let job = java_job().file(FILES[0], old[0]).file(FILES[1], old[1]);
    job.run(&["setup", "--dry-run", "--no-docker", "--no-git"])
        .status(0)
        .says("would write ~/.m2/settings.xml, ~/.gradle/gradle.properties\n")
        .never_says("alice");
    assert_eq!(FILES.map(|file| job.read(file)), old);
    job.run(&["setup", "--no-docker", "--no-git"]).status(0).says(
        "~/.m2/settings.xml: other users can read the proxy's password in it; chmod 600 ~/.m2/settings.xml\n",
    );
    assert!(job.read(FILES[0]).ends_with(old[0]) && job.read(FILES[1]).ends_with("<servers/>\n</settings>"));
    job.run(&["undo", "--no-docker", "--no-git"]).status(0);
    assert_eq!(FILES.map(|file| job.read(file)), old);
    let job = java_job().file(FILES[1], "<settings>s3cret");
    job.run(&["setup", "--no-docker", "--no-git"])
        .status(1)
        .says("~/.m2/settings.xml: is not read as XML (an element is not closed); fix the file or move it away\n")
        .never_says("s3cret");
    assert_eq!(job.read(FILES[1]), "<settings>s3cret");
    assert!(job.read(FILES[0]).contains("proxyPassword"));
}

#[test]
fn a_shared_home_and_a_work_tree_get_no_file_of_maven_and_gradle() {
    let shared = java_job().env("GITLAB_CI", "true").env("KUBERNETES_SERVICE_HOST", "");
    let in_work_tree = java_job();
    let home = in_work_tree.path("");
    for (name, job) in [("shared", shared), ("work tree", in_work_tree.env("CI_PROJECT_DIR", home))] {
        if name == "shared" && in_container() {
            continue;
        }
        let outside = tempfile::TempDir::new().unwrap();
        let job = job.env("TMPDIR", outside.path());
        let ran = job.run(&["setup", "--export", "--no-docker", "--no-git"]).status(0);
        assert!(job.files().iter().all(|file| !FILES.contains(&file.as_str())), "{name}: {:?}", job.files());
        let ran = ran.says("~/.m2/settings.xml: left as it is").says("Maven takes from this file only");
        let exported = ran.stdout.lines().find(|line| line.contains("JAVA_TOOL_OPTIONS")).unwrap();
        assert!(
            !exported.contains("alice") && exported.contains(" -Dhttps.proxyHost=proxy.corp "),
            "{exported}"
        );
        let (_, file) = exported.split_once("-XX:+IgnoreUnrecognizedVMOptions -XX:VMOptionsFile=").unwrap();
        let file = std::path::Path::new(file.trim_end_matches('\''));
        let options = std::fs::read_to_string(file).unwrap();
        assert_eq!(options, "-Dhttps.proxyUser=alice\n-Dhttps.proxyPassword=p&\\w\n");
        let mode = |path: &std::path::Path| {
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
        };
        assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700), "{name}");
        if !crate::needs::lacks("java") {
            let value = exported.split_once('\'').unwrap().1.trim_end_matches('\'');
            let mut java = job.command(tool("java"));
            let output =
                java.env("JAVA_TOOL_OPTIONS", value).args(["-XshowSettings:properties", "-version"]).output();
            let text = String::from_utf8(output.unwrap().stderr).unwrap();
            assert!(text.contains("https.proxyPassword = p&\\w\n"), "{text}");
        }
    }
}

/// Whether jobproxy takes this machine for a container, where no other job shares HOME.
fn in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|marker| std::path::Path::new(marker).exists())
}
