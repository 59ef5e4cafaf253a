//! The server under a supervisor, and behind the proxies whose examples are in `deploy/`.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::UnixDatagram;
use tokio::process::Command;

use crate::support::place::Place;
use crate::support::program::Serving;

const PATIENCE: Duration = Duration::from_secs(30);

/// What the server says next.
async fn next(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 1_024];
    let heard = tokio::time::timeout(PATIENCE, socket.recv(&mut bytes)).await;
    let length = heard.expect("the server says something").unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_supervisor_is_told_when_the_server_is_ready_that_it_lives_and_when_it_stops() {
    let (place, folder) = (Place::fresh().await, TempDir::new().unwrap());
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")];
    let server = Serving::start_within(&place, &[], &environment).await;

    assert_eq!(next(&socket).await, "READY=1");
    for _ in 0..5 {
        assert_eq!(next(&socket).await, "WATCHDOG=1");
    }

    server.signal("TERM").await;
    let mut said = next(&socket).await;
    while said == "WATCHDOG=1" {
        said = next(&socket).await;
    }
    assert_eq!(said, "STOPPING=1");
    assert_eq!(server.ended(PATIENCE).await, Some(0));
    place.clear().await;
}

/// Where there is systemd. 20 is an exposure of 2.0 of 10.
#[tokio::test]
async fn the_systemd_unit_is_well_formed_and_exposes_little() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/systemd/ringpost.service");
    let judged = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=20"])
        .arg(&unit)
        .output()
        .await;
    let Ok(judged) = judged else { return };
    let said = String::from_utf8([judged.stdout, judged.stderr].concat()).unwrap();
    assert!(judged.status.success() && said.contains("Overall exposure level"), "{said}");
    let verified =
        Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().await.unwrap();
    let said = String::from_utf8(verified.stderr).unwrap();
    // The program and its user are on the machine that it is installed on.
    let wrong: Vec<&str> = said.lines().filter(|line| !line.contains("/usr/local/bin/ringpost")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
