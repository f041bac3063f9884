//! Starts programs of the image whose output jobproxy reads, with a time limit.

use std::io::{self, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Runs a command without input and returns its exit status and standard output. The output is limited to the size of a
/// pipe (64 KiB). `None` where the command took too long and was killed.
///
/// # Errors
/// The command cannot be started.
pub fn run(command: &mut Command, patience: Duration) -> io::Result<Option<(ExitStatus, Vec<u8>)>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let status = wait(&mut child, patience);
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let mut output = Vec::new();
    if let (Some(_), Some(pipe)) = (status, &mut child.stdout) {
        let _ = pipe.read_to_end(&mut output);
    }
    Ok(status.map(|status| (status, output)))
}

/// The time in which a program must answer a question such as `node --version`.
const ANSWER: Duration = Duration::from_secs(5);

/// Returns the standard output of a command that answers a question; `None` where the command cannot be started or takes
/// longer than `ANSWER`, as `git config` does where a config is a FIFO.
#[must_use]
pub fn ask(command: &mut Command) -> Option<String> {
    let (_, output) = run(command, ANSWER).ok()??;
    Some(String::from_utf8_lossy(&output).into_owned())
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) if started.elapsed() < patience => sleep(Duration::from_millis(5)),
            done => return done.ok()?,
        }
    }
}
