//! Commands where something else is wrong.

use super::commands::ADD_ACCOUNT;
use crate::support::app::spawn_app;
use crate::support::place::Place;
use crate::support::program::{command, ringpost};

/// A disk that is full, and a reader that has heard enough.
#[tokio::test]
async fn what_cannot_be_printed_is_told_and_a_closed_pipe_is_no_trouble() {
    let app = spawn_app().await;
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut printing = command(&app.place, &["token", "list"]);
    let ended = printing.stdout(full).spawn().unwrap().wait_with_output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("standard output cannot be written"), "{said}");

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut printing = command(&app.place, &["account", "list"]);
    let ended = printing.stdout(writer).spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(0), ""));
    app.finish().await;
}

#[tokio::test]
async fn several_commands_at_once_on_an_empty_folder_make_its_tables_once() {
    let place = Place::fresh().await;
    let adding = (301..=306).map(|id| {
        let place = place.clone();
        let id = id.to_string();
        tokio::spawn(async move {
            let mut arguments = ADD_ACCOUNT.to_vec();
            arguments[3] = &id;
            ringpost(&place, &arguments, "").await.done()
        })
    });
    for added in adding.collect::<Vec<_>>() {
        assert!(added.await.unwrap().contains("added"));
    }
    assert_eq!(place.count("accounts").await, 6);
    place.clear().await;
}
