//! `ringpost healthcheck`: whether the server that the same settings lead to can do its work.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::send::probe;
use crate::send::trust::Trust;

use crate::cli::say;

pub(super) async fn run(config: &Config) -> Result<()> {
    let address = reachable(config.listen);
    let url = Url::parse(&format!("http://{address}/readyz")).map_err(Error::internal)?;
    let answered = probe::get(&url, &Trust::only([])).await.map_err(|why| {
        Error::startup(format!(
            "no server answers at {address} ({why}): start it, or name its address with --listen"
        ))
    })?;
    say!("{}", answered.body)?;
    if answered.status == 200 {
        return Ok(());
    }
    Err(Error::startup(format!("the server at {address} is not ready: it answers {}", answered.status)))
}

/// A server that listens everywhere is asked on this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
        let asked =
            ["0.0.0.0:80", "[::]:80", "10.1.2.3:80"].map(|text| reachable(text.parse().unwrap()).to_string());
        assert_eq!(asked, ["127.0.0.1:80", "[::1]:80", "10.1.2.3:80"]);
    }
}
