//! The address on which cntlm listens: the address of `--listen`, or that of a bridge.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::cli::Options;

/// cntlm's default port.
const PORT: u16 = 3128;

/// Returns the devices of this host, each with its IPv4 address.
fn addresses() -> Result<Vec<(String, Ipv4Addr)>> {
    let all = nix::ifaddrs::getifaddrs().context("cannot read the addresses of this host")?;
    let address =
        |one: nix::ifaddrs::InterfaceAddress| Some((one.interface_name, one.address?.as_sockaddr_in()?.ip()));
    Ok(all.filter_map(address).collect())
}

/// Returns ADDRESS:PORT on which cntlm will listen.
///
/// # Errors
/// The device of `--bridge` does not exist, `--listen` is not an address, or the address can be reached from outside.
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

/// Refuses a device that is not a bridge. The address of a bridge is reached only by containers and by this host,
/// unless a neighbour has a route to the address.
fn ensure_inside(device: &str, option: &str) -> Result<()> {
    let folder = Path::new("/sys/class/net").join(device);
    let inside = device == "lo" || folder.join("bridge").exists() || !folder.exists();
    ensure!(
        inside,
        "{option}: {device} is no bridge, so its address can be reached from outside; give the bridge of docker"
    );
    Ok(())
}
