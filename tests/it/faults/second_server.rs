//! One file is one server's, by whatever name it is called.

use std::os::unix::fs::symlink;

use crate::support::http::Request;
use crate::support::place::Place;
use crate::support::program::{Serving, free_address, ringpost};

use super::stage::LONG;

/// A second server at this place is refused, and the first one goes on.
async fn is_refused(place: &Place, first: &Serving) {
    let other = free_address().await.to_string();
    let arguments = ["--listen", &other, "serve"];
    let ended = tokio::time::timeout(LONG, ringpost(place, &arguments, "")).await.expect("it is refused");
    ended.refused(1, &format!("in use by another Ringpost (process {})", first.pid()));
    assert_eq!(Request::new("GET", "/readyz").send(first.address).await.status, 200);
}

#[tokio::test]
async fn a_second_server_through_a_link_to_the_folder_is_refused() {
    let place = Place::on_sqlite();
    let first = Serving::start(&place, &[]).await;
    let elsewhere = Place::on_sqlite();
    let link = elsewhere.folder().join("link");
    symlink(place.folder(), &link).unwrap();

    is_refused(&place.by(&link, &format!("sqlite://{}/ringpost.db", link.display())), &first).await;

    assert_eq!(first.terminate().await, Some(0));
}

#[tokio::test]
async fn a_second_server_through_a_link_to_the_file_is_refused() {
    let place = Place::on_sqlite();
    let first = Serving::start(&place, &[]).await;
    let elsewhere = Place::on_sqlite();
    let link = elsewhere.folder().join("other.db");
    symlink(place.folder().join("ringpost.db"), &link).unwrap();

    is_refused(&elsewhere.by(place.folder(), &format!("sqlite://{}", link.display())), &first).await;

    assert_eq!(first.terminate().await, Some(0));
}

#[tokio::test]
async fn a_second_server_through_a_path_with_detours_is_refused() {
    let place = Place::on_sqlite();
    let first = Serving::start(&place, &[]).await;
    let name = place.folder().file_name().unwrap().to_str().unwrap();
    let detour = place.folder().join("..").join(name);

    is_refused(&place.by(&detour, &format!("sqlite://{}/./ringpost.db", detour.display())), &first).await;

    assert_eq!(first.terminate().await, Some(0));
}
