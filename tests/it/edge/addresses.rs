//! Behind a TLS proxy everybody has one address, unless the proxy is trusted to tell.

use ringpost::db::audit::AuditFilter;
use ringpost::domain::role::Role;

use crate::support::app::{TestApp, start};
use crate::support::http::{Answer, Request};
use crate::support::people::PASSWORD;

/// A sign-in that a proxy has forwarded for somebody.
async fn sign_in(app: &TestApp, forwarded_for: &str, email: &str, password: &str) -> Answer {
    let fields = [("email".to_owned(), email.to_owned()), ("password".to_owned(), password.to_owned())];
    let request = Request::new("POST", "/login")
        .header("Origin", format!("http://{}", app.address))
        .header("X-Forwarded-For", forwarded_for)
        .form(&fields);
    app.send(request).await
}

#[tokio::test]
async fn behind_a_trusted_proxy_nobody_locks_out_everybody_else() {
    let app = start().with("--trusted-proxy", "127.0.0.0/8").spawn().await;
    let dana = app.person("dana@acme.example", Some((100, Role::Admin))).await;
    for number in 0..30 {
        let guess = format!("guess{number}@acme.example");
        // What a client writes itself stands to the left.
        sign_in(&app, &format!("192.0.2.{number}, 198.51.100.7"), &guess, PASSWORD).await.has_status(422);
    }
    sign_in(&app, "198.51.100.7", "dana@acme.example", PASSWORD).await.has_status(429);

    let answer = sign_in(&app, "198.51.100.8", "dana@acme.example", PASSWORD).await;

    answer.leads_to();
    let session = app.db.sessions_of(&dana, app.clock.now_ms()).await.unwrap().remove(0);
    assert_eq!(session.address, "198.51.100.8");
    let lines = app.db.audit(&AuditFilter::default(), 100).await.unwrap();
    assert_eq!((lines[0].address.as_str(), lines[0].actor.as_str()), ("198.51.100.8", "dana@acme.example"));
    let lockout = lines.iter().find(|line| line.action.as_str() == "lockout").unwrap();
    assert_eq!(lockout.object, "198.51.100.7");
    app.finish().await;
}

#[tokio::test]
async fn somebody_who_is_no_trusted_proxy_cannot_choose_an_address() {
    let app = start().with("--trusted-proxy", "192.0.2.0/24").spawn().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    for number in 0..30 {
        let guess = format!("guess{number}@acme.example");
        sign_in(&app, &format!("198.51.100.{number}"), &guess, PASSWORD).await.has_status(422);
    }
    sign_in(&app, "203.0.113.9", "dana@acme.example", PASSWORD).await.has_status(429);
    app.finish().await;
}

#[tokio::test]
async fn an_option_that_is_no_network_is_refused_with_an_example() {
    let refused = start().with("--trusted-proxy", "proxy.example").try_spawn().await.err().unwrap();
    assert!(refused.contains("--trusted-proxy") && refused.contains("like 10.0.0.0/8"), "{refused}");
}
