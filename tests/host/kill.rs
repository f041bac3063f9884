//! `apply` and `remove` are killed before each system call that changes a file. Every file then has its old or its
//! new content, and the next run completes. The other system calls change nothing, so a kill before one of them
//! leaves what a kill before the next changing call leaves. `JOBPROXY_TEST_KILLS=all` kills before those calls too,
//! which takes some minutes.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use super::{Host, host_program};
use crate::files::Call;
use crate::support::tool;

fn host() -> Host {
    Host::of("unix")
}

fn words(command: &str) -> String {
    match command {
        "remove" => command.to_owned(),
        _ => format!("{command} --proxy http://proxy.corp:3128"),
    }
}

fn strace(host: &Host, command: &str, options: &[String]) -> Command {
    let mut strace = Command::new(tool("strace"));
    strace.env_clear().arg("-qq").args(options).arg(host_program()).args(host.arguments(&words(command)));
    strace.stdout(Stdio::null()).stderr(Stdio::null());
    strace
}

/// Returns the system calls before which the program is killed.
fn calls(host: &Host, command: &str) -> Vec<Call> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let options = ["-y".to_owned(), "-o".to_owned(), log.path().display().to_string()];
    assert!(strace(host, command, &options).status().unwrap().success());
    let mut calls = Call::all(&std::fs::read_to_string(log.path()).unwrap());
    if std::env::var_os("JOBPROXY_TEST_KILLS").is_none() {
        let root = host.root().display().to_string();
        calls.retain(|call| call.changes_a_file_below(&root));
    }
    calls
}

/// Kills `command` before each of its calls on a host that `prepare` makes.
fn kill(command: &str, prepare: &dyn Fn() -> Host) {
    let host = prepare();
    let before = host.contents();
    let calls = calls(&host, command);
    let after = host.contents();
    assert_ne!(before, after);
    for call in &calls {
        let host = prepare();
        let mut options = call.kill().to_vec();
        options.extend(["-o".to_owned(), "/dev/null".to_owned()]);
        let ran = strace(&host, command, &options).status().unwrap();
        assert_eq!(ran.signal(), Some(9), "{:?}: {ran}", call.kill());
        let now: BTreeMap<String, String> = host.contents();
        for (path, content) in &now {
            let whole = [before.get(path), after.get(path)].contains(&Some(content));
            assert!(whole || path.ends_with(".jobproxy"), "{:?}: {path}: {content}", call.kill());
        }
        assert!(before.keys().filter(|path| after.contains_key(*path)).all(|path| now.contains_key(path)));
        host.run(&words(command)).status(0);
        assert_eq!(host.contents(), after, "{:?}", call.kill());
        host.run("remove").status(0);
        let first = self::host();
        assert_eq!(host.contents(), first.contents(), "{:?}", call.kill());
        assert_eq!(host.state().len(), first.state().len(), "{:?}: {:?}", call.kill(), host.state().keys());
    }
    println!("kills of jobproxy-host {command}: {} tried, {0} survived", calls.len());
}

#[test]
fn a_kill_at_any_step_of_apply_leaves_whole_files_and_the_next_run_completes() {
    needs!("strace");
    kill("apply", &host);
}

#[test]
fn a_kill_at_any_step_of_remove_leaves_whole_files_and_the_next_run_completes() {
    needs!("strace");
    kill("remove", &|| {
        let host = host();
        host.run(&words("apply")).status(0);
        host
    });
}
