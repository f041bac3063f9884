//! The address of a bridge, from the kernel.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::cli::Options;

/// cntlm's default port.
const PORT: u16 = 3128;

/// IPv4 addresses and the devices that have them.
fn addresses() -> Result<Vec<(String, Ipv4Addr)>> {
    let all = nix::ifaddrs::getifaddrs().context("cannot read the addresses of this host")?;
    let address =
        |one: nix::ifaddrs::InterfaceAddress| Some((one.interface_name, one.address?.as_sockaddr_in()?.ip()));
    Ok(all.filter_map(address).collect())
}

/// ADDRESS:PORT on which cntlm is to listen.
///
/// # Errors
/// There is no such device, or its address can be reached from outside.
pub fn listen(options: &Options, is_running: bool) -> Result<String> {
    let Some(listen) = &options.listen else {
        ensure!(
            is_running,
            "--root needs --listen ADDRESS: the bridge of this host is not that of the image"
        );
        let address = of_device(&options.bridge)?;
        return Ok(format!("{address}:{PORT}"));
    };
    let (address, port) = listen.split_once(':').unwrap_or((listen, ""));
    let port = if port.is_empty() {
        PORT
    } else {
        port.parse().ok().filter(|port| *port > 0).context("--listen: no port")?
    };
    let address: Ipv4Addr = address.parse().ok().context("--listen: is no IPv4 address")?;
    ensure!(
        !address.is_unspecified(),
        "--listen: {address} is every address of this host, also those that can be reached from outside; \
         give the address of the bridge"
    );
    if let Some((device, _)) = addresses()?.into_iter().find(|(_, other)| is_running && *other == address) {
        ensure_inside(&device, "--listen")?;
    }
    Ok(format!("{address}:{port}"))
}

fn of_device(device: &str) -> Result<Ipv4Addr> {
    let Some((_, address)) = addresses()?.into_iter().find(|(name, _)| name == device) else {
        bail!(
            "{device}: there is no such device with an IPv4 address; start docker, or give --bridge or --listen"
        );
    };
    ensure_inside(device, "--bridge")?;
    Ok(address)
}

/// Only containers and this host itself reach a bridge's own address, unless a neighbour routes it here.
fn ensure_inside(device: &str, option: &str) -> Result<()> {
    let folder = Path::new("/sys/class/net").join(device);
    let inside = device == "lo" || folder.join("bridge").exists() || !folder.exists();
    ensure!(
        inside,
        "{option}: {device} is no bridge, so its address can be reached from outside; give the bridge of docker"
    );
    Ok(())
}
