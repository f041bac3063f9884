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

    /// Other addresses of the registry, each with a login of its own in docker's eyes.
    pub fn more_addresses(&self, count: u8) -> Vec<String> {
        let port = self.address.rsplit(':').next().unwrap();
        let listen = |last: u8| {
            let (address, registry) = (format!("127.0.1.{last}:{port}"), self.address.clone());
            let listener = TcpListener::bind(&address).unwrap();
            spawn(move || {
                for from in listener.incoming().flatten() {
                    let Ok(to) = TcpStream::connect(&registry) else { continue };
                    for (mut one, mut other) in
                        [(from.try_clone().unwrap(), to.try_clone().unwrap()), (to, from)]
                    {
                        spawn(move || {
                            let _ = std::io::copy(&mut one, &mut other);
                            let _ = other.shutdown(std::net::Shutdown::Write);
                        });
                    }
                }
            });
            address
        };
        (1..=count).map(listen).collect()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Stands where a daemon would and keeps what docker sends with a build: the proxies and all logins.
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
