//! API tokens: shown once, and never again.

use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::clock::minutes;
use crate::support::samples::sample;

const TOKENS: &str = "/accounts/100/tokens";

#[tokio::test]
async fn a_token_is_shown_once_works_and_can_be_revoked() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let fields = [("name", "billing"), ("role", "ingest"), ("expires", "never")];

    let created = browser.post(TOKENS, &fields).await;

    assert_eq!(created.leads_to(), "/accounts/100/tokens/created");
    let page = browser.get(created.leads_to()).await;
    let token = page.body.split('"').find(|word| word.starts_with("rp_")).unwrap().to_owned();
    assert_eq!(token.len(), 39);
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    for path in ["/accounts/100/tokens/created", TOKENS] {
        let again = browser.get(path).await;
        again.has_status(200);
        assert!(!again.body.contains(&token), "{path}");
    }
    let row = app.db.tokens(Some(100)).await.unwrap().remove(0);
    assert!(!format!("{row:?}").contains(&token));
    browser.get(TOKENS).await.says("billing").says(&format!("{}…{}", row.prefix, row.last4));

    let revoke = format!("{TOKENS}/{}/revoke", row.id);
    browser.get(&revoke).await.has_status(200).says("Revoke billing?");
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    assert_eq!(browser.post(&revoke, &[]).await.leads_to(), TOKENS);
    app.post_event(&token, &sample("run_failed")).await.error(401, "UNAUTHORIZED");
    browser.post(&revoke, &[]).await.has_status(404);
    app.finish().await;
}

/// A second press finds the first one's token, which is shown; what else is typed into the same form is another one.
#[tokio::test]
async fn one_form_makes_one_token_however_often_it_is_sent() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let form =
        browser.form(TOKENS).await.with("name", "billing").with("role", "ingest").with("expires", "never");
    for _ in 0..5 {
        assert_eq!(browser.submit(TOKENS, &form).await.leads_to(), "/accounts/100/tokens/created");
    }
    assert_eq!(app.db.tokens(Some(100)).await.unwrap().len(), 1);
    let page = browser.get("/accounts/100/tokens/created").await;
    let token = page.body.split('"').find(|word| word.starts_with("rp_")).unwrap();
    app.post_event(token, &sample("run_failed")).await.has_status(202);
    browser.submit(TOKENS, &form).await.leads_to();
    browser.get("/accounts/100/tokens/created").await.says("revoke it and create another");

    browser.submit(TOKENS, &form.clone().with("name", "import")).await.leads_to();
    let next =
        browser.form(TOKENS).await.with("name", "billing").with("role", "ingest").with("expires", "90");
    browser.submit(TOKENS, &next).await.leads_to();
    let names: Vec<_> = app.db.tokens(Some(100)).await.unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!((names.len(), names[0].as_str()), (3, "billing"), "{names:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_new_tokens_command_can_be_pasted_into_a_terminal() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    for (role, answered) in [("ingest", "\"deliveries\""), ("viewer", "run_failed")] {
        browser.post(TOKENS, &[("name", "try"), ("role", role), ("expires", "never")]).await.leads_to();
        let page = browser.get("/accounts/100/tokens/created").await;
        let page = scraper::Html::parse_document(&page.body);
        let command = page.select(&scraper::Selector::parse("#curl").unwrap()).next().unwrap();
        let command: String = command.text().collect();
        let output = tokio::process::Command::new("sh").args(["-c", &command]).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(answered), "{command}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_token_ends_when_it_was_said_to() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    browser.post(TOKENS, &[("name", "short"), ("role", "ingest"), ("expires", "30")]).await.leads_to();
    let page = browser.get("/accounts/100/tokens/created").await;
    let token = page.body.split('"').find(|word| word.starts_with("rp_")).unwrap().to_owned();
    app.time.advance(minutes(29 * 24 * 60));
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.time.advance(minutes(25 * 60));
    app.post_event(&token, &sample("run_failed")).await.error(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn a_token_without_a_name_a_role_or_an_end_is_refused_with_each_reason() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let answer = browser.post(TOKENS, &[("role", "king"), ("expires", "31")]).await;
    answer.has_status(422).says("Enter what the token is for").says("Choose what the token may do");
    answer.says("Choose when the token ends");
    assert!(app.db.tokens(Some(100)).await.unwrap().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn another_accounts_token_is_neither_listed_nor_revoked_here() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.token(Some(200), Role::Ingest).await;
    let theirs = app.db.tokens(Some(200)).await.unwrap().remove(0);
    let mut browser = app.visitor(Role::Admin).await;
    assert!(!browser.get(TOKENS).await.body.contains(&theirs.id));
    let revoke = format!("{TOKENS}/{}/revoke", theirs.id);
    browser.get(&revoke).await.has_status(404);
    browser.post(&revoke, &[]).await.has_status(404);
    assert_eq!(app.db.tokens(Some(200)).await.unwrap().len(), 1);
    app.finish().await;
}
