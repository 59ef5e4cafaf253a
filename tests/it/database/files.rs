//! A SQLite file is one file by whatever path it is named, and nobody else's to read.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use ringpost::db::{self, Db};

use crate::support::place::Place;
use crate::support::program::{Serving, command, free_address, run};

/// A second server on the same file, named by another path.
async fn refused(place: &Place, database: &Path, pid: u32) {
    let mut second = command(place, &["--listen", &free_address().await.to_string(), "serve"]);
    second.args(["--database-url", &format!("sqlite://{}", database.display())]);
    let ended = run(second, "").await;
    ended.refused(1, &format!("is in use by another Ringpost (process {pid})"));
}

#[tokio::test]
async fn a_second_server_is_refused_through_a_link_to_the_file_and_to_its_folder() {
    let (place, links) = (Place::on_sqlite(), Place::on_sqlite());
    let (file, folder) = (links.folder().join("file.db"), links.folder().join("folder"));
    // The link to the file exists before the file does.
    symlink(place.folder().join("ringpost.db"), &file).unwrap();
    symlink(place.folder(), &folder).unwrap();
    let first = Serving::start(&place, &[]).await;

    refused(&place, &file, first.pid()).await;
    refused(&place, &folder.join("ringpost.db"), first.pid()).await;
    refused(&place, &links.folder().join("folder/./ringpost.db"), first.pid()).await;

    assert_eq!(first.terminate().await, Some(0));
}

#[tokio::test]
async fn through_a_link_the_log_lies_beside_the_file_itself() {
    let (place, links) = (Place::on_sqlite(), Place::on_sqlite());
    let link = links.folder().join("link.db");
    symlink(place.folder().join("ringpost.db"), &link).unwrap();

    let db = Db::open(&format!("sqlite://{}", link.display())).await.unwrap();

    assert!(place.folder().join("ringpost.db-wal").exists());
    assert!(!links.folder().join("link.db-wal").exists());
    db.close().await;
}

#[tokio::test]
async fn files_and_folders_that_are_made_are_for_nobody_else() {
    let place = Place::on_sqlite();
    let folder = place.folder().join("made");
    let url = format!("sqlite://{}", folder.join("ringpost.db").display());
    let lock = db::lock(&url).unwrap();
    let db = Db::open(&url).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 3, "the file, its log and its lock");
    db.close().await;
    drop(lock);
}

#[tokio::test]
async fn what_others_could_read_is_closed_to_them_at_the_start_and_the_log_says_so() {
    let place = Place::on_sqlite();
    let folder = place.folder().to_owned();
    Serving::start(&place, &[]).await.kill().await;
    let set = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    let files = ["ringpost.db", "ringpost.db-wal", "ringpost.db.lock"].map(|name| folder.join(name));
    set(&folder, 0o755);
    for file in &files {
        set(file, 0o644);
    }

    let server = Serving::start(&place, &[]).await;

    assert_eq!(mode(&folder), 0o700);
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    assert!(server.said().lock().unwrap().contains("others could read it: it is closed to them now"));
    assert_eq!(server.terminate().await, Some(0));
}
