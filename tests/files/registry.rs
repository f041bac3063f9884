//! Debian's docker-registry on loopback, which wants a login for everything, and the docker CLIs of this machine.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::tool;

pub const USER: &str = "alice";
pub const PASSWORD: &str = "s3cret";

pub struct Registry {
    pub address: String,
    server: Child,
    _folder: TempDir,
}

impl Registry {
    pub fn start() -> Self {
        let folder = TempDir::with_prefix("jobproxy-test-registry-").unwrap();
        let passwords =
            Command::new(tool("htpasswd")).args(["-Bbn", USER, PASSWORD]).output().unwrap().stdout;
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("passwords"), passwords).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             auth: {{htpasswd: {{realm: test, path: {}}}}}\nhttp: {{addr: \"{address}\"}}\n",
            path("data"),
            path("passwords")
        );
        fs::write(path("config.yml"), config).unwrap();
        let server = Command::new(tool("docker-registry"))
            .args(["serve", &path("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Self { address, server, _folder: folder };
        while TcpStream::connect(&registry.address).is_err() {
            sleep(Duration::from_millis(20));
        }
        registry
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Listens like a docker daemon and records what docker sends with a build: the proxies and all logins.
pub fn record_builds() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let (sender, heads) = channel();
    spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOstype: linux\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            if head.starts_with("POST ") {
                // The build's files, so that docker does not see the connection break.
                stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
                let _ = stream.read_to_end(&mut Vec::new());
                let _ = sender.send(head);
            }
        }
    });
    (address, heads)
}
