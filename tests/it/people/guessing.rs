//! Whoever guesses by the hundred has guessed once: on one instance, on two, and from many addresses.

use std::time::Duration;

use ringpost::db::audit::AuditFilter;
use ringpost::domain::role::Role;
use tokio::task::JoinSet;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::browser::Browser;
use crate::support::people::PASSWORD;
use crate::support::place::on_postgres;

/// Sign-ins that all begin at once; their statuses.
async fn at_once(apps: &[&TestApp], count: usize, email: impl Fn(usize) -> String) -> Vec<u16> {
    let mut tries = JoinSet::new();
    for number in 0..count {
        let (to, email) = (apps[number % apps.len()].address, email(number));
        tries.spawn(async move {
            let guess = format!("not the passphrase {number}");
            Browser::new(to).sign_in(&email, &guess).await.status.as_u16()
        });
    }
    tries.join_all().await
}

/// How many guesses were held against a password.
async fn judged(app: &TestApp) -> usize {
    let lines = app.db.audit(&AuditFilter::default(), 1_000).await.unwrap();
    lines.iter().filter(|line| line.action.as_str() == "sign_in" && line.actor.is_empty()).count()
}

#[tokio::test]
async fn of_150_guesses_at_once_at_one_person_no_more_are_judged_than_one_after_the_other() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let statuses = at_once(&[&app], 150, |_| "dana@acme.example".to_owned()).await;
    assert!(statuses.iter().all(|status| [422, 429].contains(status)), "{statuses:?}");
    let judged = judged(&app).await;
    assert_eq!(judged, statuses.iter().filter(|status| **status == 422).count());
    // Two are free; the third begins a wait of a second, the fourth one of two: so many fit into the seconds it took.
    assert!((1..=5).contains(&judged), "{judged} were judged");
    app.finish().await;
}

#[tokio::test]
async fn of_150_guesses_at_once_from_one_address_30_are_judged() {
    let app = spawn_app().await;
    let statuses = at_once(&[&app], 150, |number| format!("guess{number}@acme.example")).await;
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 30, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 120, "{statuses:?}");
    assert_eq!(judged(&app).await, 30);
    app.finish().await;
}

#[tokio::test]
async fn two_instances_count_together() {
    if !on_postgres() {
        // One process has a SQLite file for itself.
        return;
    }
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let other = start().at(&app.place).spawn().await;
    let both = [&app, &other];
    let statuses = at_once(&both, 60, |_| "dana@acme.example".to_owned()).await;
    assert!((1..=5).contains(&judged(&app).await), "{statuses:?}");
    let before = judged(&app).await;
    let statuses = at_once(&both, 150, |number| format!("guess{number}@acme.example")).await;
    assert_eq!(judged(&app).await, 30, "{statuses:?}");
    assert!(before < 30);
    other.browser().sign_in("dana@acme.example", PASSWORD).await.has_status(429);
    other.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn a_browser_that_has_signed_in_before_is_not_locked_out_by_strangers() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    let mut known = app.signed_in("dana@acme.example").await;
    known.post("/logout", &[]).await.leads_to();
    // Strangers on the same network: the person and the address are locked.
    at_once(&[&app], 40, |_| "dana@acme.example".to_owned()).await;
    at_once(&[&app], 60, |number| format!("guess{number}@acme.example")).await;
    app.browser().sign_in("dana@acme.example", PASSWORD).await.has_status(429);

    known.sign_in("dana@acme.example", PASSWORD).await.leads_to();

    // It knows one person, and has a limit of its own.
    known.post("/logout", &[]).await.leads_to();
    known.sign_in("lee@acme.example", PASSWORD).await.has_status(429);
    for _ in 0..3 {
        known.sign_in("dana@acme.example", "not the passphrase").await.has_status(422);
    }
    known.sign_in("dana@acme.example", PASSWORD).await.has_status(429);
    app.finish().await;
}

#[tokio::test]
async fn a_cookie_that_was_made_up_or_is_a_year_old_is_no_known_browser() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let known = app.signed_in("dana@acme.example").await;
    let cookie = known.cookie("ringpost-device").unwrap().to_owned();
    let lock = async || {
        for _ in 0..3 {
            app.browser().sign_in("dana@acme.example", "not the passphrase").await;
        }
    };
    lock().await;
    let (text, signature) = cookie.rsplit_once('.').unwrap();
    let mut forged = app.browser();
    forged.keep("ringpost-device", &format!("{text}x.{signature}"));
    forged.sign_in("dana@acme.example", PASSWORD).await.has_status(429);
    app.time.advance(Duration::from_hours(366 * 24));
    lock().await;
    let mut old = app.browser();
    old.keep("ringpost-device", &cookie);
    old.sign_in("dana@acme.example", PASSWORD).await.has_status(429);
    app.finish().await;
}

#[tokio::test]
async fn what_is_kept_of_a_guess_tells_nobody_what_was_typed() {
    let app = spawn_app().await;
    let typed = "my-own-passphrase-in-the-wrong-field";
    app.browser().sign_in(typed, PASSWORD).await.has_status(422);
    let place = app.stop().await;
    assert_eq!(place.count("attempts").await, 2, "one of the person and one of the address");
    let told = format!("audit where actor || object || detail like '%{typed}%'");
    assert_eq!((place.count("audit").await, place.count(&told).await), (1, 0));
    assert_eq!(place.count(&format!("attempts where key like '%{typed}%'")).await, 0);
    for file in std::fs::read_dir(place.folder()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            // SQLite takes its WAL away when the last of those who counted above has closed the file.
            let text = match std::fs::read(file.path()) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => panic!("{}: {error}", file.path().display()),
            };
            assert!(!text.contains(typed), "{}", file.path().display());
        }
    }
    place.clear().await;
}
