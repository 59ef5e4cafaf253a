//! `ringpost serve`: its start, its refusals and its end.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::support::http::Request;
use crate::support::place::{Place, on_postgres};
use crate::support::program::{Serving, command, free_address, ringpost};

#[tokio::test]
async fn a_server_starts_answers_and_ends_with_0() {
    let place = Place::fresh().await;
    let server = Serving::start(&place, &[]).await;
    assert_eq!(Request::new("GET", "/readyz").send(server.address).await.status, 200);
    assert_eq!(server.terminate().await, Some(0));
    place.clear().await;
}

#[tokio::test]
async fn the_first_start_makes_the_data_folder_and_nobody_else_reads_what_is_in_it() {
    let place = Place::fresh().await;
    std::fs::remove_dir(place.folder()).unwrap();
    let server = Serving::start(&place, &[]).await;

    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.folder()), 0o700);
    let files: Vec<_> =
        std::fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.contains(&place.folder().join("secret.key")), "{files:?}");
    assert!(on_postgres() || files.contains(&place.folder().join("ringpost.db")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(server.terminate().await, Some(0));
    place.clear().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused_and_names_the_first() {
    let place = Place::on_sqlite();
    let server = Serving::start(&place, &[]).await;
    let other = free_address().await.to_string();

    let ended = ringpost(&place, &["--listen", &other, "serve"], "").await;

    ended.refused(1, &format!("in use by another Ringpost (process {})", server.pid()));
    assert_eq!(Request::new("GET", "/readyz").send(server.address).await.status, 200);
    server.terminate().await;
}

#[tokio::test]
async fn a_port_in_use_is_refused_with_what_to_do() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = ringpost(&Place::on_sqlite(), &["--listen", &address], "").await;
    ended.refused(1, &format!("{address} cannot be listened on"));
    ended.refused(1, "--listen");
}

#[tokio::test]
async fn what_cannot_work_is_refused_at_the_start() {
    let place = Place::on_sqlite();
    let folder = place.folder().display().to_string();
    let address = free_address().await.to_string();
    let listen = ["--listen", &address];
    let broken = place.folder().join("events.toml");
    std::fs::write(&broken, "[[event]]\nkey = \"flow_paused\"\ncolour = 1\n").unwrap();
    let broken = broken.display().to_string();
    let file_as_folder = format!("{broken}/secret.key");
    let wrong_line =
        format!("ringpost: --catalog {broken}: line 3, column 1: `colour` is not a field here: use");
    for (arguments, told) in [
        (["--catalog", "/nowhere.toml"], "ringpost: --catalog /nowhere.toml cannot be read: it is not there"),
        (["--catalog", &folder], "cannot be read: it is a folder, not a file"),
        (["--catalog", &broken], &wrong_line),
        (["--secret-key-file", &folder], "cannot be read: it is a folder, not a file"),
        (["--smtp-url-file", "/nowhere"], "--smtp-url-file /nowhere cannot be read: it is not there"),
        (["--log", "info,ringpost=loud"], "--log: “ringpost=loud” cannot be read: write error, warn"),
        (["--log", "info,a[=debug"], "--log: “a[=debug” cannot be read: write error, warn"),
        (
            ["--listen", "192.0.2.1:80"],
            "192.0.2.1:80 cannot be listened on (this machine has no such address)",
        ),
        (
            ["--secret-key-file", &file_as_folder],
            "cannot be read: a part of its path is a file, not a folder",
        ),
    ] {
        let line =
            if arguments[0] == "--listen" { arguments.to_vec() } else { [&listen[..], &arguments].concat() };
        let ended = ringpost(&place, &line, "").await;
        ended.refused(1, told);
        let said: Vec<&str> = ended.stderr.lines().filter(|line| !line.starts_with('{')).collect();
        assert!(said.len() <= 2 && !ended.stderr.contains("os error"), "{arguments:?}: {}", ended.stderr);
        assert!(!said.concat().contains("invalid") && !said.concat().contains("expected"), "{said:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_with_one_that_is() {
    let place = Place::on_sqlite();
    for (arguments, typed) in [
        (&["--listen", "127.0.0.1:80000"][..], "127.0.0.1:80000"),
        (&["--listen", "localhost:8080"], "localhost:8080"),
        (&["--metrics-listen", "9090"], "9090"),
        (&["demo", "--catcher", "127.0.0.1"], "127.0.0.1"),
    ] {
        let ended = ringpost(&place, arguments, "").await;
        ended.refused(2, &format!("'{typed}'"));
        ended.refused(2, "write an IP address and a port from 0 to 65535, like 127.0.0.1:8080 or [::1]:8080");
        assert!(!ended.stderr.contains("syntax"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_refused_in_plain_words() {
    let place = Place::on_sqlite();
    for (arguments, told) in [
        (
            &["deliveries", "list", "--account", "x"][..],
            "'x' for '--account <ACCOUNT>': write a whole number",
        ),
        (&["account", "add", "--id", "9".repeat(30).leak()], "for '--id <ID>': write a whole number"),
        (&["--retention-days", "", "serve"], "'--retention-days <DAYS>': write a whole number"),
    ] {
        ringpost(&place, arguments, "").await.refused(2, told);
    }
    let nowhere = place.folder().join("nowhere");
    let man = ringpost(&place, &["man", nowhere.to_str().unwrap()], "").await;
    man.refused(1, "nowhere: it is not there");
    let file = place.folder().join("settings.toml");
    std::fs::write(&file, "version = 1\nwebhook\n").unwrap();
    let account = ["account", "add", "--id", "100", "--name", "Acme Corp", "--environment", "prod-acme"];
    let contact = ["--contact-name", "Dana Ito", "--contact-email", "dana@acme.example"];
    ringpost(&place, &[&account[..], &contact].concat(), "").await.done();
    let import = ["settings", "import", "--account", "100", file.to_str().unwrap()];
    ringpost(&place, &import, "").await.refused(1, "line 2: this is not TOML: look for a quote, a bracket");
    let backup = nowhere.join("copy.db");
    ringpost(&place, &["backup", backup.to_str().unwrap()], "")
        .await
        .refused(1, "cannot be written: it is not");
}

#[tokio::test]
async fn half_a_header_is_not_waited_for_for_ever() {
    let place = Place::on_sqlite();
    let server = Serving::start(&place, &[]).await;
    let mut slow = tokio::net::TcpStream::connect(server.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut slow, b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let mut answer = Vec::new();
    let closed =
        tokio::time::timeout(std::time::Duration::from_secs(14), slow.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the connection is still open");
    server.terminate().await;
}

#[tokio::test]
async fn a_server_on_any_free_port_says_which_one_it_is() {
    let place = Place::fresh().await;
    let mut child = command(&place, &["--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let (_, rest) = line.split_once("Open http://").unwrap();
    let address: SocketAddr = rest.split_once("/setup").unwrap().0.parse().unwrap();
    // It is said before the first connection is taken.
    Request::new("GET", "/setup").send(address).await.has_status(200);
    child.kill().await.unwrap();
    place.clear().await;
}
