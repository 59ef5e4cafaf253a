//! A token ends with its maker's access to the account, or is handed over.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::Browser;
use crate::support::destinations::{PROVIDERS, request};
use crate::support::program::ringpost;

/// A token that somebody makes on the page.
async fn make(browser: &mut Browser) -> String {
    let form = [("name", "billing"), ("role", "viewer"), ("expires", "never")];
    let made = browser.post("/accounts/100/tokens", &form).await;
    let page = browser.get(made.leads_to()).await;
    page.body.split('"').find(|word| word.starts_with("rp_")).unwrap().to_owned()
}

async fn is_alive(app: &TestApp, token: &str) -> bool {
    let status = app.send(request("GET", PROVIDERS, None).bearer(token)).await.status;
    assert!([200, 401].contains(&status.as_u16()), "{status}");
    status == 200
}

#[tokio::test]
async fn a_token_ends_when_its_maker_is_removed_demoted_or_disabled() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    let own = make(&mut admin).await;
    for (number, ending) in ["demoted", "removed", "disabled"].into_iter().enumerate() {
        let email = format!("lee{number}@acme.example");
        let lee = app.person(&email, Some((100, Role::Admin))).await;
        let token = make(&mut app.signed_in(&email).await).await;
        assert!(is_alive(&app, &token).await);
        let path = format!("/accounts/100/users/{lee}");
        match ending {
            "demoted" => admin.post(&path, &[("role", "editor")]).await.leads_to().to_owned(),
            "removed" => admin.post(&format!("{path}/remove"), &[]).await.leads_to().to_owned(),
            _ => operator.post(&format!("/people/{lee}/disable"), &[]).await.leads_to().to_owned(),
        };
        assert!(!is_alive(&app, &token).await, "{ending}");
    }
    assert!(is_alive(&app, &own).await, "nobody else's ends");
    app.finish().await;
}

#[tokio::test]
async fn a_token_that_is_kept_is_whose_kept_it() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    let token = make(&mut app.signed_in("lee@acme.example").await).await;
    let path = format!("/accounts/100/users/{lee}/remove");
    admin.get(&path).await.says("Keep the API token that they made");

    admin.post(&path, &[("keep_tokens", "on")]).await.leads_to();

    assert!(is_alive(&app, &token).await);
    assert_eq!(app.db.tokens(Some(100)).await.unwrap()[0].created_by, "admin@acme.example");
    app.person("kim@acme.example", Some((100, Role::Admin))).await;
    let kept = ["user", "remove", "admin@acme.example", "--keep-tokens"];
    ringpost(&app.place, &kept, "").await.done();
    assert_eq!(app.db.tokens(Some(100)).await.unwrap()[0].created_by, "the command line");
    app.finish().await;
}
