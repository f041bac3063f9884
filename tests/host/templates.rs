//! `apply` writes the same settings as the templates for people who edit the files by hand.

use std::fs;
use std::path::Path;

use super::{Host, values};

fn template(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ci-templates").join(path)).unwrap()
}

/// Returns the lines that are neither blank nor a comment.
fn settings(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(str::to_owned).collect()
}

/// The options for `apply` with the proxy and the list that the templates contain.
const PROXY: &str = "--proxy http://172.17.0.1:3128 --no-proxy localhost,127.0.0.1,.corp.example";

#[test]
fn the_drop_ins_have_the_lines_of_the_templates() {
    let host = Host::of("unix");
    host.run(&format!("apply {PROXY}")).status(0);
    for service in ["docker", "gitlab-runner"] {
        let by_hand = settings(&template(&format!("systemd/{service}.service.d/http-proxy.conf")));
        let applied = host.read(&format!("/etc/systemd/system/{service}.service.d/90-jobproxy.conf"));
        assert_eq!(settings(&applied), by_hand, "{service}");
    }
}

#[test]
fn apply_leaves_the_template_of_config_toml_unchanged() {
    let host = Host::of("unix");
    host.write("/etc/gitlab-runner/config.toml", template("runner/config.toml"));
    host.run(&format!("apply {PROXY}")).status(0);
    assert_eq!(host.read("/etc/gitlab-runner/config.toml"), template("runner/config.toml"));
    // A runner that has just been registered gets the same settings.
    let registered = "[[runners]]\n  name = \"x\"\n  executor = \"docker\"\n  [runners.docker]\n    volumes = [\"/certs/client\", \"/cache\"]\n";
    host.write("/etc/gitlab-runner/config.toml", registered);
    host.run(&format!("apply {PROXY}")).status(0);
    let of_runner = |text: &str| -> Vec<String> {
        let keys = ["environment[]", "pre_build_script", "pre_get_sources_script", "docker.volumes[]"];
        let is = |line: &String| keys.iter().any(|key| line.starts_with(&format!(".runners.0.{key}: ")));
        values(text).into_iter().filter(is).collect()
    };
    let applied = host.read("/etc/gitlab-runner/config.toml");
    assert_eq!(of_runner(&applied), of_runner(&template("runner/config.toml")));
}

#[test]
fn cntlm_conf_gets_the_lines_of_the_template() {
    needs!("cntlm");
    let (host, _) = super::golden::windows();
    let password = host.root().with_file_name("password");
    let by_hand = settings(&template("cntlm/cntlm.conf"));
    let value = |key: &str| {
        let line = by_hand.iter().find(|line| line.split_ascii_whitespace().next() == Some(key));
        line.and_then(|line| line.split_ascii_whitespace().nth(1))
            .unwrap_or_else(|| panic!("{key}"))
            .to_owned()
    };
    let parent = |line: &String| {
        let mut words = line.split_ascii_whitespace();
        words.next().filter(|word| *word == "Proxy").and_then(|_| Some(format!("--parent {}", words.next()?)))
    };
    let parents = by_hand.iter().filter_map(parent).collect::<Vec<_>>().join(" ");
    host.write("/etc/cntlm.conf", "");
    let options = format!(
        "--cntlm --listen {} {} --user {} --domain {} --password-file {}",
        value("Listen"),
        parents,
        value("Username"),
        value("Domain"),
        password.display()
    );
    host.run(&format!("apply {options}")).status(0);
    let applied = settings(&host.read("/etc/cntlm.conf"));
    let words = |line: &String| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    for line in by_hand.iter().map(words).filter(|line| !line[0].starts_with("Pass") && line[0] != "NoProxy")
    {
        assert!(applied.iter().map(words).any(|other| other == line), "{line:?} is not in {applied:?}");
    }
}

#[test]
fn the_values_for_helm_are_those_of_the_template() {
    let host = Host::of("unix");
    let printed = host.run(
        "helm-values --proxy http://proxy.corp.example:3128 --no-proxy localhost,127.0.0.1,.svc,.cluster.local,.corp.example \
         --image registry.example.com/tools/jobproxy:0.1.0",
    );
    let printed = printed.status(0).stderr("").stdout;
    // Quotes have no meaning here. The operator chooses the image and the variables of the runner's own pod, so these
    // are not compared.
    let lines = |text: &str| -> Vec<String> {
        let is_image = |line: &&str| line.trim_start().starts_with("image: ");
        let line =
            |line: &str| line.split(" #").next().unwrap_or_default().replace('"', "").trim_end().to_owned();
        let config = text.split("\nrunners:\n").nth(1).unwrap();
        config.lines().filter(|line| !is_image(line)).map(line).collect()
    };
    assert_eq!(lines(&printed), lines(&template("kubernetes/values.yaml")));
    let pod = "\n  - name: HTTPS_PROXY\n    value: \"http://proxy.corp.example:3128\"\n";
    assert!(
        printed.contains(pod) && printed.contains("image: registry.example.com/tools/jobproxy:0.1.0\n"),
        "{printed}"
    );
}
