//! Finds the addresses on which cntlm listens, from the kernel (proc(5): /proc/net/tcp, /proc/PID/fd).

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};

use crate::host::finding::Finding;

/// The state of a socket that listens.
const LISTEN: &str = "0A";

/// Reports a cntlm that does not listen at `wanted`, or that listens on another address except loopback.
pub fn check(wanted: &str) -> Option<Finding> {
    let inodes = inodes_of("cntlm");
    let [ipv4, ipv6] =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|file| fs::read_to_string(file).unwrap_or_default());
    let mut open: Vec<String> = listening(&ipv4, &inodes);
    // cntlm 0.92 knows IPv4 only, so every IPv6 socket of cntlm counts as open to the outside.
    open.extend(listening(&ipv6, &inodes));
    if let Some(other) = open.iter().find(|address| *address != wanted && !address.starts_with("127.")) {
        let text = format!("cntlm listens on {other}, which the outside may reach");
        let remedy = "run jobproxy-host apply --cntlm, then systemctl restart cntlm";
        return Some(Finding::failure("cntlm-exposed", text, remedy));
    }
    if open.iter().any(|address| address == wanted) {
        return None;
    }
    let text = format!("cntlm does not listen on {wanted}");
    Some(Finding::failure(
        "cntlm-not-listening",
        text,
        "systemctl restart cntlm; see journalctl --unit=cntlm",
    ))
}

/// Returns the local addresses of listening sockets whose inode numbers are among `inodes`.
fn listening(table: &str, inodes: &[u64]) -> Vec<String> {
    let address = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let ours = inode.parse().is_ok_and(|inode| inodes.contains(&inode));
        (*state == LISTEN && ours).then(|| readable(address))
    };
    table.lines().skip(1).filter_map(address).collect()
}

/// Returns `127.0.0.1:3128` for `0100007F:0C38`. The kernel prints the address in the byte order of the machine, and
/// the port in hexadecimal.
fn readable(address: &str) -> String {
    let parsed = address.split_once(':').filter(|(ip, _)| ip.len() == 8).and_then(|(ip, port)| {
        let ip = Ipv4Addr::from(u32::from_str_radix(ip, 16).ok()?.to_ne_bytes());
        Some(SocketAddrV4::new(ip, u16::from_str_radix(port, 16).ok()?).to_string())
    });
    parsed.unwrap_or_else(|| format!("IPv6 {address}"))
}

/// Returns the inode numbers of the sockets of every process named `name`.
fn inodes_of(name: &str) -> Vec<u64> {
    let mut inodes = Vec::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let path = process.path();
        if fs::read_to_string(path.join("comm")).unwrap_or_default().trim_end() != name {
            continue;
        }
        for descriptor in fs::read_dir(path.join("fd")).into_iter().flatten().flatten() {
            let link = fs::read_link(descriptor.path()).unwrap_or_default();
            let number = link.to_str().and_then(|link| link.strip_prefix("socket:[")?.strip_suffix(']'));
            inodes.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
    }
    inodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_read_as_the_kernel_prints_them() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 010011AC:0C38 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1\n\
            \x20  1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1\n\
            \x20  2: 010011AC:0C38 020011AC:0001 01 00000000:00000000 00:00000000 00000000     0        0 7 1\n";
        if cfg!(target_endian = "little") {
            assert_eq!(listening(table, &[7]), ["172.17.0.1:3128"]);
        }
        assert_eq!(listening(table, &[9]), [""; 0]);
        let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let process = fs::read_to_string("/proc/self/comm").unwrap();
        let open = listening(&fs::read_to_string("/proc/net/tcp").unwrap(), &inodes_of(process.trim_end()));
        assert!(open.contains(&own.local_addr().unwrap().to_string()), "{open:?}");
    }
}
