use std::process::Stdio;

use crate::support::{Job, program, tool};

#[test]
fn wrong_usage_is_status_2_and_quotes_no_argument() {
    for (arguments, expected) in [
        (&["stup"][..], "there is no command 'stup'"),
        (&["--bogus"], "there is no option '--bogus'"),
        (&["http://u:s3cret@p"], "there is no command of that name"),
        (&["--s3cret@x"], "there is no option of that name"),
        (&["--cidr", "s3cret"], "--cidr must be one of strip, keep, expand"),
        (&["--cidr"], "--cidr needs a value"),
        (&["--quiet=s3cret"], "--quiet takes no value"),
        (&["setup", "s3cret"], "setup takes options only"),
        (&["env", "--export"], "--export is not an option of env"),
        (&["exec"], "exec needs a COMMAND after --"),
        (&["completions", "csh"], "completions needs one of bash, zsh, fish"),
        (&["help", "s3cret"], "there is no command of that name"),
    ] {
        let job = Job::behind_proxy();
        job.run(arguments)
            .status(2)
            .stdout("")
            .stderr(&format!("jobproxy: {expected}; see jobproxy --help\n"));
        assert!(job.files().is_empty());
    }
}

#[test]
fn a_flag_overrides_its_environment_variable() {
    let job = Job::behind_proxy()
        .env("NO_PROXY", "10.0.0.0/8")
        .env("JOBPROXY_CIDR", "keep")
        .env("JOBPROXY_ADD", "variable");
    let list =
        |arguments: &[&str]| job.run(&[&["env", "--format", "dotenv"], arguments].concat()).status(0).stdout;
    assert!(list(&[]).contains("NO_PROXY=10.0.0.0/8,docker:2375,docker:2376,variable\n"));
    assert!(list(&["--cidr=strip", "--add=flag"]).contains("NO_PROXY=docker:2375,docker:2376,flag\n"));
    Job::behind_proxy().env("JOBPROXY_QUIET", "1").run(&["--verbose"]).status(0).says("jobproxy: proxy ");
    Job::behind_proxy().env("JOBPROXY_QUIET", "0").run(&[]).status(0).says("jobproxy: proxy ");
    Job::behind_proxy().env("JOBPROXY_QUIET", "").run(&[]).status(0).says("jobproxy: proxy ");
}

#[test]
fn an_option_variable_with_a_wrong_value_is_wrong_usage() {
    let run = |name: &str, value: &str| Job::behind_proxy().env(name, value).run(&[]).status(2);
    run("JOBPROXY_CIDR", "s3cret")
        .stderr("jobproxy: JOBPROXY_CIDR must be one of strip, keep, expand; see jobproxy --help\n");
    run("JOBPROXY_NO_GIT", "s3cret")
        .stderr("jobproxy: JOBPROXY_NO_GIT must be 1 or 0; see jobproxy --help\n");
}

#[test]
fn help_names_every_command_option_and_environment_variable() {
    let help = Job::new().run(&["--help"]).status(0).stderr("").stdout;
    for word in [
        "setup",
        "env",
        "exec",
        "completions",
        "--export",
        "--dry-run",
        "--cidr strip|keep|expand",
        "JOBPROXY_CIDR=",
        "JOBPROXY_ADD=",
        "JOBPROXY_NO_GIT=",
        "HTTP_PROXY",
        "Exit status",
    ] {
        assert!(help.contains(word), "{word} is not in:\n{help}");
    }
    assert!(help.is_ascii() && help.lines().all(|line| line.len() <= 100), "{help}");
    assert_eq!(Job::new().run(&["help"]).status(0).stdout, help);
    let exec = Job::new().run(&["help", "exec"]).status(0).stdout;
    assert!(exec.contains("Usage: jobproxy exec [OPTIONS] -- COMMAND [ARG...]\n"), "{exec}");
    assert_eq!(Job::new().run(&["exec", "--help"]).status(0).stdout, exec);
}

#[test]
fn version_is_the_package_s() {
    Job::new()
        .run(&["--version"])
        .status(0)
        .stdout(concat!("jobproxy ", env!("CARGO_PKG_VERSION"), "\n"))
        .stderr("");
}

#[test]
fn version_says_with_verbose_how_the_file_was_built() {
    let said = Job::new().run(&["--version", "--verbose"]).status(0).stderr("").stdout;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], concat!("jobproxy ", env!("CARGO_PKG_VERSION")));
    assert!(lines[1].starts_with("commit: ") && lines[3].starts_with("compiler: "), "{said}");
    assert!(lines[2].starts_with(&format!("target: {}-linux, ", std::env::consts::ARCH)), "{said}");
    assert_eq!(Job::new().run(&["-v", "--version"]).status(0).stdout, said);
}

#[test]
fn help_of_all_is_the_help_of_each() {
    let all = Job::new().run(&["help", "--all"]).status(0).stdout;
    assert!(all.starts_with(&Job::new().run(&["help"]).status(0).stdout));
    for row in jobproxy::cli::COMMANDS {
        assert!(all.contains(&Job::new().run(&["help", row.name]).status(0).stdout), "{}", row.name);
    }
}

#[test]
fn the_manual_page_has_every_option_and_mandoc_finds_nothing_wrong() {
    let page = jobproxy::cli::man_page("2026-11-26");
    let all = Job::new().run(&["help", "--all"]).status(0).stdout;
    for option in all.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2) {
        let option = option.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).replace('-', "\\-");
        assert!(page.contains(&option), "{option} is not in:\n{page}");
    }
    needs!("mandoc");
    let host = jobproxy::host::man_page("2026-11-26");
    let job = Job::new().file("jobproxy.1", page).file("jobproxy-host.1", host);
    let pages = ["jobproxy.1", "jobproxy-host.1"];
    job.ran(job.command(tool("mandoc")).arg("-Tlint").args(pages)).status(0).stdout("");
}

#[test]
fn completions_are_code_that_the_shell_accepts_and_that_completes() {
    needs!("bash", "zsh", "fish");
    let job = Job::new();
    job.write("bash", job.run(&["completions", "bash"]).status(0).stdout);
    job.shell(
        &["bash"],
        ". ./bash; COMP_WORDS=(jobproxy env --form); COMP_CWORD=2; _jobproxy; echo ${COMPREPLY[@]}",
    )
    .status(0)
    .stdout("--format\n");
    job.shell(
        &["bash"],
        ". ./bash; COMP_WORDS=(jobproxy setup --cidr ''); COMP_CWORD=3; _jobproxy; echo ${COMPREPLY[@]}",
    )
    .status(0)
    .stdout("strip keep expand\n");
    let complete = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let script = format!(
            ". ./bash; COMP_WORDS=({}); COMP_CWORD={}; _jobproxy; echo ${{COMPREPLY[@]}}",
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            words.len() - 1
        );
        job.shell(&["bash"], &script).status(0).stdout
    };
    assert_eq!(complete("jobproxy explain --format "), "text json\n");
    assert_eq!(complete("jobproxy env --format "), "sh pwsh dotenv json driver-opts build-args\n");
    assert_eq!(complete("jobproxy exec --no-g"), "--no-git\n");
    assert!(complete("jobproxy exec --setup -- ech").split_whitespace().any(|word| word == "echo"));
    assert_eq!(complete("jobproxy exec -- cat ba"), "bash\n");
    job.write("zsh", job.run(&["completions", "zsh"]).status(0).stdout);
    job.shell(&["zsh", "-f"], "autoload -U compinit; compinit -u -D; . ./zsh; echo ${_comps[jobproxy]}")
        .status(0)
        .stdout("_bash_complete -F _jobproxy\n");
    job.write("jobproxy.fish", job.run(&["completions", "fish"]).status(0).stdout);
    let fish = job
        .command(tool("fish"))
        .args(["-N", "-c", ". ./jobproxy.fish; complete -C 'jobproxy set'"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&fish.stdout).starts_with("setup\t"), "{fish:?}");
}

#[test]
fn a_standard_output_that_cannot_be_written_is_an_error() {
    let job = Job::behind_proxy();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = job.command(program()).arg("env").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text, "jobproxy: standard output: cannot be written: no space left on device\n");
    let closed = job
        .command("/bin/sh")
        .arg("-c")
        .arg(format!("'{}' setup --export >&- 2>&-", program().display()))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(closed.code().is_some_and(|code| code < 2), "{closed:?}");
}
