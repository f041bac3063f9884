//! Builds a job with its own home and an exact environment.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Returns the program under test: the file that `JOBPROXY` names, else the program that cargo built.
pub fn program() -> PathBuf {
    std::env::var_os("JOBPROXY").map_or_else(|| env!("CARGO_BIN_EXE_jobproxy").into(), PathBuf::from)
}

/// Copies a program by another process: a process that another test forks meanwhile would inherit a descriptor that can
/// write to the copy, and nobody could execute the copy then (execve(2), ETXTBSY).
pub fn copy_program(from: &Path, to: &Path) {
    assert!(Command::new(tool("cp")).args([from, to]).status().unwrap().success());
}

/// A program of this machine, by its full path: the jobs have no PATH unless they are given one.
pub fn tool(name: &str) -> PathBuf {
    which::which(name).unwrap_or_else(|_| panic!("no {name}; begin the test with needs!(\"{name}\")"))
}

/// Every docker CLI of this machine.
pub fn clis() -> Vec<PathBuf> {
    let found = which::which_all("docker").into_iter().flatten();
    let mut clis: Vec<PathBuf> = found.map(|path| path.canonicalize().unwrap()).collect();
    clis.sort();
    clis.dedup();
    clis
}

pub struct Job {
    home: TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Job {
    pub fn new() -> Self {
        let home = TempDir::with_prefix("jobproxy-test-").unwrap();
        let environment = vec![("HOME".into(), home.path().into())];
        Self { home, environment }
    }

    /// A job behind the proxy that most tests use.
    pub fn behind_proxy() -> Self {
        Self::new().env("HTTP_PROXY", "http://proxy.corp:3128").env("HTTPS_PROXY", "http://proxy.corp:3128")
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let name = name.into();
        self.environment.retain(|(other, _)| *other != name);
        self.environment.push((name, value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(other, _)| other != name);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
            .unwrap()
    }

    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    /// Every file below the home, sorted.
    pub fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    walk(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.home.path(), self.home.path(), &mut found);
        found.sort();
        found
    }

    /// A command with the job's environment and nothing else, in its home.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(self.command(program()).args(arguments))
    }

    /// Runs a command of this job.
    pub fn ran(&self, command: &mut Command) -> Ran {
        Ran::of(self, command.output().unwrap())
    }

    /// Runs a script in a shell, with `jobproxy` standing for the program.
    pub fn shell(&self, shell: &[&str], script: &str) -> Ran {
        let script = format!("jobproxy() {{ '{}' \"$@\"; }}\n{script}", program().display());
        Ran::of(self, self.command(tool(shell[0])).args(&shell[1..]).args(["-c", &script]).output().unwrap())
    }
}

/// The result of a program. `~` stands for the home of the job.
pub struct Ran {
    status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn of(job: &Job, output: Output) -> Self {
        let home = job.home.path().display().to_string();
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(&home, "~");
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub fn is(&self, status: i32) -> bool {
        self.status == Some(status)
    }

    #[track_caller]
    pub fn status(self, expected: i32) -> Self {
        assert_eq!(self.status, Some(expected), "stdout:\n{}stderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn stdout(self, expected: &str) -> Self {
        assert_eq!(self.stdout, expected, "stderr:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn stderr(self, expected: &str) -> Self {
        assert_eq!(self.stderr, expected);
        self
    }

    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "{part:?} is not in:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn never_says_in_stderr(self, part: &str) -> Self {
        assert!(!self.stderr.contains(part), "{part:?} is in:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn never_says(self, part: &str) -> Self {
        assert!(
            !self.stderr.contains(part) && !self.stdout.contains(part),
            "{part:?} is in:\n{}",
            self.stderr
        );
        self
    }
}

/// An HTTP proxy on loopback. The proxy asks for a login, then answers 502, and records the first line and the login
/// of each request.
pub struct RecordingProxy {
    pub address: String,
    requests: std::sync::mpsc::Receiver<String>,
}

impl RecordingProxy {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, requests) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &sender);
            }
        });
        Self { address, requests }
    }

    /// Returns the requests that arrived since the last call.
    pub fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

/// Records the request before the answer, or the client could end before its request is on record.
fn answer(mut stream: std::net::TcpStream, requests: &std::sync::mpsc::Sender<String>) {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    let login = lines.find(|line| line.to_ascii_lowercase().starts_with("proxy-authorization:"));
    // libcurl shows its login only to a proxy that asks for one.
    let status =
        if login.is_some() { "502 Recorded" } else { "407 Who\r\nProxy-Authenticate: Basic realm=\"corp\"" };
    let _ = requests.send(login.map_or(first.clone(), |login| format!("{first} | {login}")));
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes());
}
