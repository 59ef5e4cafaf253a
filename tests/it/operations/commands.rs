//! What a supervisor, a shell and a reader of manuals ask the program.

use clap::{Command, CommandFactory as _};
use ringpost::cli::Cli;
use tempfile::TempDir;

use crate::support::place::Place;
use crate::support::program::{Serving, free_address, ringpost};

#[tokio::test]
async fn a_healthcheck_ends_with_0_beside_a_server_that_is_ready_and_with_1_beside_none() {
    let place = Place::fresh().await;
    let server = Serving::start(&place, &[]).await;
    let here = server.address.to_string();
    let printed = ringpost(&place, &["--listen", &here, "healthcheck"], "").await.done();
    assert!(printed.contains(r#""status":"ok""#), "{printed}");
    let everywhere = format!("0.0.0.0:{}", server.address.port());
    ringpost(&place, &["--listen", &everywhere, "healthcheck"], "").await.done();
    server.terminate().await;

    let ended = ringpost(&place, &["--listen", &here, "healthcheck"], "").await;

    ended.refused(1, &format!("no server answers at {here} (connection refused): start it"));
    place.clear().await;
}

#[tokio::test]
async fn a_healthcheck_ends_with_1_beside_a_server_that_is_not_ready() {
    let address = free_address().await;
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let answer =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 22\r\n\r\n{\"status\": \"draining\"}";
        tokio::io::AsyncReadExt::read(&mut socket, &mut [0; 1_024]).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut socket, answer.as_bytes()).await.unwrap();
    });
    let ended = ringpost(&Place::on_sqlite(), &["--listen", &address.to_string(), "healthcheck"], "").await;
    ended.refused(1, "is not ready: it answers 503");
    assert!(ended.stdout.contains("draining"), "{ended:?}");
    server.await.unwrap();
}

/// The names of all commands below one, `user add` as `user-add`.
fn names(command: &Command, before: &str) -> Vec<String> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    below
        .flat_map(|below| {
            let name = format!("{before}-{}", below.get_name());
            let mut all = names(below, &name);
            all.push(name);
            all
        })
        .collect()
}

#[tokio::test]
async fn every_command_has_a_page_in_the_manual() {
    let place = Place::on_sqlite();
    let folder = TempDir::new().unwrap();
    ringpost(&place, &["man", folder.path().to_str().unwrap()], "").await.done();
    let mut all = names(&Cli::command(), "ringpost");
    all.push("ringpost".to_owned());
    assert!(all.len() > 15);
    for name in all {
        let page = std::fs::read_to_string(folder.path().join(format!("{name}.1")));
        let page = page.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(".TH ") && page.contains(".SH NAME"), "{name}: {page}");
    }
    let printed = ringpost(&place, &["man"], "").await.done();
    assert!(printed.contains("RINGPOST_DATABASE_URL") && printed.contains("healthcheck"), "{printed}");
    ringpost(&place, &["man", "/nowhere"], "").await.refused(1, "/nowhere");
}

#[tokio::test]
async fn the_completions_are_a_script_that_the_shell_takes_and_completes_by() {
    let place = Place::on_sqlite();
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("ringpost.bash");
    std::fs::write(&script, ringpost(&place, &["completions", "bash"], "").await.done()).unwrap();
    let asked = "source $1; COMP_WORDS=(ringpost healt); COMP_CWORD=1; _ringpost ringpost healt ringpost; echo ${COMPREPLY[*]}";
    let shell =
        tokio::process::Command::new("bash").args(["-c", asked, "-"]).arg(&script).output().await.unwrap();
    let said = String::from_utf8(shell.stdout).unwrap();
    assert_eq!(said.trim(), "healthcheck", "{}", String::from_utf8_lossy(&shell.stderr));
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        let script = ringpost(&place, &["completions", shell], "").await.done();
        assert!(script.contains("healthcheck"), "{shell}");
    }
}
