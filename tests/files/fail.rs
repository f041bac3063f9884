//! An error at each file call: one line names the file, and the old file keeps its content.

use crate::backtraces::SETTINGS;
use crate::support::{Job, Ran, program};

use super::{Call, FILE_CALLS, PLAIN, WITH_PROXY, calls, contents, job, strace};

const ERRORS: [&str; 6] = ["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE", "EINTR"];

#[test]
fn an_error_of_any_file_call_is_reported_in_one_line_and_the_old_file_stays() {
    needs!("strace", "git");
    let [plain, with_proxy] = std::thread::scope(|scope| {
        [PLAIN, WITH_PROXY]
            .map(|files| scope.spawn(move || fail_everywhere(&files)))
            .map(|all| all.join().unwrap())
    });
    let (tried, reported) = (plain.0 + with_proxy.0, plain.1 + with_proxy.1);
    println!(
        "errors: {tried} tried, {reported} reported in one line, {} of no consequence",
        tried - reported
    );
}

/// Returns how many errors were tried, and how many were reported.
fn fail_everywhere(files: &[(&str, &str)]) -> (u32, u32) {
    let (mut tried, mut reported) = (0, 0);
    let undisturbed = job(files);
    let old = contents(&undisturbed);
    undisturbed.run(&["setup"]).status(0);
    let new = contents(&undisturbed);
    for call in file_calls(&job(files)) {
        for error in ERRORS {
            let job = job(files);
            // No error may become a backtrace (see tests/backtraces.rs).
            let (name, value) = SETTINGS[tried as usize % SETTINGS.len()];
            let job = job.env(name, value);
            let ran = failing(&job, &call, error);
            let at = format!("{error} at {}\n{}", call.line, ran.stderr);
            tried += 1;
            let now = contents(&job);
            if ran.is(0) {
                assert_eq!(now, new, "{at}");
            } else {
                reported += 1;
                let file = file_of_error(&ran).unwrap_or_else(|| panic!("{at}"));
                assert_ne!(error, "EINTR", "{at}");
                assert_eq!((&now[file], &now[1 - file]), (&old[file], &new[1 - file]), "{at}");
            }
            job.run(&["setup"]).status(0);
            assert_eq!(contents(&job), new, "after {at}");
            assert_eq!(job.files(), [".docker/config.json", ".gitconfig"], "after {at}");
        }
    }
    (tried, reported)
}

/// The file calls of the program itself, without those of its start.
fn file_calls(job: &Job) -> Vec<Call> {
    let mut calls = calls(job);
    let main = calls.iter().position(|call| call.name == "prctl").unwrap();
    calls.drain(..main);
    calls.retain(|call| FILE_CALLS.contains(&call.name.as_str()) && !call.line.contains("<pipe:"));
    calls
}

/// Runs `setup` with an error at this call.
fn failing(job: &Job, call: &Call, error: &str) -> Ran {
    let mut command = strace(job);
    command.args(["-o", "/dev/null"]).args(call.inject(&format!("error={error}")));
    job.ran(command.arg(program()).arg("setup"))
}

/// Returns the index of the file that the only error line names; `None` for any other output.
fn file_of_error(ran: &Ran) -> Option<usize> {
    let mut errors = ran.stderr.lines().filter(|line| line.contains(": cannot "));
    let line = errors.next().filter(|_| ran.is(1) && errors.next().is_none())?;
    let is_about = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    [["jobproxy: ~/.docker/config.json: "], ["jobproxy: ~/.gitconfig: "]]
        .iter()
        .position(|starts| is_about(starts))
}
