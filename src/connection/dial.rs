//! Resolves a name and connects, within a deadline.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A point in time that several operations share.
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(patience: Duration) -> Self {
        Self(Instant::now() + patience)
    }

    /// Returns the time that is left; `None` when there is none.
    pub fn left(&self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The name has no address, or DNS did not answer in time.
    Unresolved,
    /// No address answered in time.
    Late,
    /// The last address gave this error.
    Other(ErrorKind),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved => f.write_str("the name cannot be resolved"),
            Self::Late => f.write_str("no answer in 3 seconds"),
            Self::Other(kind) => kind.fmt(f),
        }
    }
}

/// Connects to the first address that answers. Each address gets an equal share of the time that is left, so that an
/// address that drops packets leaves time for the next address.
pub fn dial(host: &str, port: u16, deadline: &Deadline) -> Result<TcpStream, Failure> {
    let addresses = resolve(host, port, deadline);
    let mut failure = if addresses.is_empty() { Failure::Unresolved } else { Failure::Late };
    for (at, address) in addresses.iter().enumerate() {
        let Some(left) = deadline.left() else { return Err(Failure::Late) };
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == ErrorKind::TimedOut => failure = Failure::Late,
            Err(error) => failure = Failure::Other(error.kind()),
        }
    }
    Err(failure)
}

/// Returns the addresses of a host. The resolver of the C library has no deadline. A thread therefore waits for the
/// resolver, and a late thread ends with the process.
pub fn resolve(host: &str, port: u16, deadline: &Deadline) -> Vec<SocketAddr> {
    let host = host.trim_matches(['[', ']']);
    if let Ok(address) = host.parse::<IpAddr>() {
        return vec![(address, port).into()];
    }
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
        let _ = sender.send(found);
    });
    deadline.left().and_then(|left| receiver.recv_timeout(left).ok()).unwrap_or_default()
}
