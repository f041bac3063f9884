//! Runs the commands of the README as written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use crate::support::{Job, Ran, program, tool};

const README: &str = include_str!("../README.md");

/// Returns the blocks of one kind in a section.
fn blocks(section: &str, kind: &str) -> Vec<&'static str> {
    let start = format!("\n## {section}\n");
    let text = README.split_once(&start).unwrap_or_else(|| panic!("no section {section}")).1;
    let text = text.split("\n## ").next().unwrap();
    // Fences come in pairs.
    let fenced = text.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n')).collect()
}

#[test]
fn every_command_and_every_option_of_setup_is_in_the_readme() {
    let section = README.split_once("\n## Options\n").unwrap().1.split("\n## ").next().unwrap();
    let job = Job::new();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let help = job.run(&["help"]).status(0).stdout;
    let commands = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    for command in commands.lines().map(|line| words(line)[0].clone()) {
        let shown = [format!("jobproxy {command} "), format!("jobproxy [{command}] ")];
        assert!(shown.iter().any(|shown| section.contains(shown)), "{command}");
    }
    let help = job.run(&["help", "setup"]).status(0).stdout;
    let options = help.lines().map(words).filter(|words| words.iter().any(|word| word.starts_with("--")));
    let mut seen = 0;
    for words in options.filter(|words| words[0].starts_with('-')) {
        let option = words.iter().find(|word| word.starts_with("--")).unwrap();
        let variable = words.iter().find(|word| word.starts_with("JOBPROXY_"));
        let is_row =
            |line: &&str| ["`", " "].iter().any(|end| line.starts_with(&format!("| `{option}{end}")));
        let row = section.lines().find(is_row).unwrap_or_else(|| panic!("{option}"));
        let variable = variable.map_or("| |", |name| name.trim_end_matches("..."));
        assert!(row.contains(variable), "{variable}: {row}");
        seen += 1;
    }
    assert!(seen > 10, "{help}");
}

/// Returns the block that contains this text.
fn block(section: &str, part: &str) -> &'static str {
    let found: Vec<_> = blocks(section, "sh").into_iter().filter(|block| block.contains(part)).collect();
    assert_eq!(found.len(), 1, "{part} in {section}: {found:?}");
    found[0]
}

/// A machine with its own temporary folder and with real proxy variables.
fn machine() -> Job {
    let job = Job::new()
        .env("PATH", "/usr/bin:/bin")
        .env("http_proxy", "http://real.proxy:1")
        .env("HTTPS_PROXY", "http://real.proxy:1");
    fs::create_dir(job.path("tmp")).unwrap();
    let temporary = job.path("tmp");
    job.env("TMPDIR", temporary)
}

fn script(job: &Job, name: &str, text: &str) {
    job.write(name, text);
    fs::set_permissions(job.path(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Held by a test while cargo builds. The builds share a target folder, and one build would remove the file of the
/// other.
static ONE_BUILD: Mutex<()> = Mutex::new(());

/// The machine with a cargo that prints its proxy variables and then builds quickly and without the network. All
/// packages are there, since cargo built this test.
fn machine_with_cargo() -> Job {
    let job = machine();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| tool("cargo").display().to_string());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let home = std::env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap_or_default()));
    script(
        &job,
        "bin/cargo",
        &format!("#!/bin/sh\necho \"cargo's own: $http_proxy $HTTPS_PROXY\"\nexec '{cargo}' \"$@\"\n"),
    );
    let rust = Path::new(&cargo).parent().unwrap().display().to_string();
    let path = format!("{}:{rust}:/usr/bin:/bin", job.path("bin").display());
    // `cargo install` records its work in CARGO_HOME. The folder is always the same, so that nothing is built twice.
    let own_home = target.join("home");
    fs::create_dir_all(&own_home).unwrap();
    let _ = std::os::unix::fs::symlink(format!("{home}/registry"), own_home.join("registry"));
    let rustup = std::env::var_os("RUSTUP_HOME").or_else(|| {
        let folder = Path::new(&std::env::var_os("HOME")?).join(".rustup");
        folder.exists().then(|| folder.into())
    });
    let job = match rustup {
        Some(folder) => job.env("RUSTUP_HOME", folder),
        None => job,
    };
    job.env("PATH", path)
        .env("CARGO_HOME", own_home)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
}

fn is_set_up(job: &Job, ran: &Ran) {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    for part in [
        "\njobproxy: proxy http://***@proxy.corp:3128 (HTTP_PROXY, HTTPS_PROXY)\n",
        "\nexport https_proxy='http://alice:s3cret@proxy.corp:3128'\n",
        "/.docker/config.json <==\n",
        "\"httpProxy\": \"http://alice:s3cret@proxy.corp:3128\"",
        "/.gitconfig <==\n",
        "\tproxy = http://alice:s3cret@proxy.corp:3128\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    assert_eq!(fs::read_dir(job.path("tmp")).unwrap().count(), 0, "the scratch folder is there");
}

#[test]
fn the_first_block_builds_sets_up_and_cleans_up_and_leaves_the_proxy_to_cargo() {
    needs!("cc");
    let _one_build = ONE_BUILD.lock();
    let job = machine_with_cargo();
    let mut command = job.command(tool("sh"));
    command.args(["-c", block("Try it", "cargo install")]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let ran = job.ran(&mut command).status(0);
    assert!(ran.stdout.contains("cargo's own: http://real.proxy:1 http://real.proxy:1\n"), "{}", ran.stdout);
    is_set_up(&job, &ran);
}

/// Writes the files of a release.
fn release(job: &Job) {
    let programs = [("jobproxy", program()), ("jobproxy-host", crate::host::host_program())];
    for (name, path) in &programs {
        job.write(&format!("release/{name}"), fs::read(path).unwrap());
    }
    let mut sum = Command::new("sha256sum");
    sum.args(programs.map(|(name, _)| name)).current_dir(job.path("release"));
    job.write("release/SHA256SUMS", [&sum.output().unwrap().stdout[..], b"00  jobproxy-aarch64\n"].concat());
}

#[test]
fn the_second_block_does_the_same_with_a_release() {
    let job = machine();
    release(&job);
    let run = || {
        let mut command = job.command(tool("sh"));
        job.ran(command.args(["-c", block("Try it", "sha256sum")]).current_dir(job.path("release")))
    };
    is_set_up(&job, &run().status(0));
    job.write("release/SHA256SUMS", format!("{}  jobproxy\n", "0".repeat(64)));
    let ran = run();
    assert!(ran.stdout.starts_with("jobproxy: FAILED\n") && !ran.stdout.contains("export"), "{}", ran.stdout);
}

/// Makes a machine with a release. A script in place of curl copies the files from a folder, since the test has no network.
fn machine_with_release() -> Job {
    let job = machine();
    release(&job);
    fs::create_dir(job.path("work")).unwrap();
    script(
        &job,
        "bin/curl",
        "#!/bin/sh\nfor url; do case $url in https://gitlab.example.com/*) cp \"$HOME/release/${url##*/}\" .;; esac; done\n",
    );
    let path = format!("{}:/usr/bin:/bin", job.path("bin").display());
    job.env("PATH", path).without("http_proxy").without("HTTPS_PROXY")
}

/// Runs a script in a mount namespace.
fn in_namespace(job: &Job, script: &str) -> Ran {
    let mut command = job.command(tool("unshare"));
    job.ran(command.args(["--mount", "--propagation", "private", "sh", "-ec", script]))
}

#[test]
fn a_host_is_put_behind_its_proxy_by_three_commands_as_written() {
    needs!("mount namespaces");
    let job = machine_with_release();
    let commands = block("If you run the runners", "jobproxy-host apply");
    let script = format!(
        "mount -t tmpfs tmpfs /opt; mount -t tmpfs tmpfs /etc; mkdir /etc/gitlab-runner
         printf '[[runners]]\\nexecutor = \"docker\"\\n' >/etc/gitlab-runner/config.toml
         release=https://gitlab.example.com/x; cd work; set +e; {commands}cat /etc/gitlab-runner/config.toml; ls /opt/jobproxy"
    );
    let ran = in_namespace(&job, &script).status(0);
    for part in [
        "jobproxy: OK\njobproxy-host: OK\n",
        "\nenvironment = [\"HTTP_PROXY=http://proxy.corp:3128\"",
        "\npre_build_script = 'eval ",
        "\njobproxy\n",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in:\n{}{}", ran.stdout, ran.stderr);
    }
}

/// Runs where /opt is empty.
#[test]
fn a_release_is_installed_updated_and_rolled_back_as_written() {
    needs!("mount namespaces");
    let job = machine_with_release();
    let [install, update, go_back] =
        ["curl", "cp -p", "mv /opt/jobproxy/jobproxy.old"].map(|part| match part {
            "cp -p" | "curl" => block("Install", part),
            _ => blocks("Install", "sh").into_iter().find(|block| block.starts_with(part)).unwrap(),
        });
    let script = format!(
        "mount -t tmpfs tmpfs /opt; cd work; {install}\n\
         old=$(ls -i /opt/jobproxy/jobproxy)\n{update}\nls /opt/jobproxy\n\
         [ \"$(ls -i /opt/jobproxy/jobproxy)\" != \"$old\" ]\n{go_back}\nstat -c %a /opt/jobproxy/*"
    );
    let ran = in_namespace(&job, &script);
    let doctor = blocks("Install", "").concat();
    ran.status(0).stdout(&format!("jobproxy: OK\n{doctor}jobproxy\njobproxy.old\n755\n"));
}

/// Builds the last commit. Git redirects the address of the README to this repository.
#[test]
fn cargo_installs_jobproxy_from_git_as_written() {
    needs!("cc", "git");
    let project = env!("CARGO_MANIFEST_DIR");
    if !Path::new(project).join(".git").exists() {
        return;
    }
    let _one_build = ONE_BUILD.lock();
    let job = machine_with_cargo()
        .without("http_proxy")
        .without("HTTPS_PROXY")
        .without("CARGO_NET_OFFLINE")
        .env("CARGO_NET_GIT_FETCH_WITH_CLI", "true");
    job.write(
        ".gitconfig",
        format!(
            "[url \"file://{project}\"]\n\tinsteadOf = https://gitlab.example.com/tools/jobproxy.git\n\
             [safe]\n\tdirectory = *\n"
        ),
    );
    let root = job.path("installed");
    let job = job.env("CARGO_INSTALL_ROOT", root);
    job.ran(job.command(tool("sh")).args(["-c", block("Install", "--git")])).status(0);
    job.ran(job.command(job.path("installed/bin/jobproxy")).arg("--version")).status(0);
}

#[test]
fn explain_prints_what_is_shown() {
    let job = Job::new();
    let command = blocks("Ask before it fails", "sh").concat();
    let shown = blocks("Ask before it fails", "").concat();
    job.shell(&["sh"], &command).status(0).stdout(&shown);
}
