//! Files that hold logins: kills, errors, unusual files, mounts, many runs at the same time, big files.

mod big;
mod ca;
mod crowds;
mod fail;
mod kill;
mod mounts;
mod odd;
mod owners;
mod registry;

use std::fs;
use std::process::Command;

use crate::support::{Job, program, tool};

/// Files that a run may find: logins without a proxy, and files in which an old proxy is replaced.
const PLAIN: [(&str, &str); 2] = [
    (
        ".docker/config.json",
        "{\n\t\"auths\": {\n\t\t\"registry.corp\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t}\n}",
    ),
    (".gitconfig", "[user]\n\tname = x\n"),
];
const WITH_PROXY: [(&str, &str); 2] = [
    (
        ".docker/config.json",
        // The old value is so long that the new file is shorter.
        r#"{"auths":{"registry.corp":{"auth":"dTpw"}},"proxies":{"default":{"httpProxy":"http://a-very-long-name.of-an-older-proxy.in-a-house.corp:3128/with/a/path/that/is/longer/than/all/that/comes/instead/of/it/and/so/on/and/on","ftpProxy":"http://other:1"}},"end":1}"#,
    ),
    (".gitconfig", "[http]\n\tproxy = http://older:1\n\tsslVerify = false\n[user]\n\tname = x\n"),
];

/// The system calls on files. `close` is left out: the kernel closes the file even when `close` fails, but strace
/// skips a call that it makes fail.
const FILE_CALLS: [&str; 21] = [
    "readlink",
    "statx",
    "newfstatat",
    "lstat",
    "stat",
    "fstat",
    "open",
    "openat",
    "read",
    "write",
    "lseek",
    "fchmod",
    "chmod",
    "fchown",
    "fstatfs",
    "fdatasync",
    "rename",
    "renameat",
    "unlink",
    "mkdir",
    "ftruncate",
];

/// A job that finds these files and has a TMPDIR of its own below its home.
fn job(files: &[(&str, &str)]) -> Job {
    let job = Job::behind_proxy().env("PATH", "/usr/bin:/bin");
    for (name, content) in files {
        job.write(name, content);
    }
    let temporary = job.path("tmp");
    fs::create_dir(&temporary).unwrap();
    job.env("TMPDIR", temporary)
}

/// Returns the contents of the two files.
fn contents(job: &Job) -> [Option<String>; 2] {
    [".docker/config.json", ".gitconfig"].map(|name| fs::read_to_string(job.path(name)).ok())
}

/// A system call of a program. `number` counts the calls of the same name.
pub struct Call {
    name: String,
    number: usize,
    line: String,
}

impl Call {
    /// Returns the calls in a log of strace, without the call that starts the program.
    pub fn all(log: &str) -> Vec<Self> {
        let mut calls = Vec::<Self>::new();
        for line in log.lines().filter(|line| !line.starts_with(['+', '-']) && !line.starts_with("execve")) {
            let name = line.split('(').next().unwrap().to_owned();
            let number = calls.iter().filter(|call| call.name == name).count() + 1;
            calls.push(Self { name, number, line: line.to_owned() });
        }
        calls
    }

    /// Returns the options by which strace kills the program before this call. A kill after the call is a kill before
    /// the next call.
    pub fn kill(&self) -> [String; 4] {
        self.inject("signal=KILL")
    }

    /// Whether the call changes a file or folder there. The log is one of `strace -y`, which names the file of a descriptor.
    pub fn changes_a_file_below(&self, folder: &str) -> bool {
        let reads = ["read", "stat", "lseek", "getdents", "getxattr", "close", "flock", "access", "mmap"];
        let opens = self.name.starts_with("open") && !self.line.contains("O_CREAT");
        self.line.contains(folder) && !opens && !reads.iter().any(|name| self.name.contains(name))
    }

    fn inject(&self, what: &str) -> [String; 4] {
        let Self { name, number, .. } = self;
        ["-e".into(), format!("trace={name}"), "-e".into(), format!("inject={name}:{what}:when={number}")]
    }
}

/// Returns the system calls of `setup`, in order.
fn calls(job: &Job) -> Vec<Call> {
    calls_of(job, "setup")
}

fn calls_of(job: &Job, command: &str) -> Vec<Call> {
    calls_with(job, &[command])
}

fn calls_with(job: &Job, arguments: &[&str]) -> Vec<Call> {
    let log = job.path("strace");
    let ran = strace(job).args(["-y", "-o"]).arg(&log).arg(program()).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = fs::read_to_string(&log).unwrap();
    Call::all(&text)
}

/// Debian's strace, in the job.
fn strace(job: &Job) -> Command {
    let mut command = job.command(tool("strace"));
    command.arg("-qq");
    command
}
