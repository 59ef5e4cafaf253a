//! The security log: what is written down, who reads it, and what is never in it.

use ringpost::db::audit::{AuditFilter, AuditRecord};
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::Browser;
use crate::support::destinations::{PROVIDERS, request};
use crate::support::http::Request;
use crate::support::people::PASSWORD;
use crate::support::place::Place;
use crate::support::program::{Serving, ringpost};

/// Every line, the oldest first.
async fn lines(app: &TestApp) -> Vec<AuditRecord> {
    let mut lines = app.db.audit(&AuditFilter::default(), 1_000).await.unwrap();
    lines.reverse();
    lines
}

/// Who did what to what, and how it ended.
fn told(line: &AuditRecord) -> String {
    let account = line.account_id.map(|id| format!(" in {id}")).unwrap_or_default();
    let detail = if line.detail.is_empty() { String::new() } else { format!(": {}", line.detail) };
    format!("{} {} {}{account} {}{detail}", line.actor, line.action, line.object, line.result)
}

#[tokio::test]
async fn signing_in_failing_and_leaving_are_written_down_with_the_address() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let mut browser = app.browser();
    browser.sign_in("nobody@acme.example", "a wrong password of somebody").await.has_status(422);
    browser.sign_in("dana@acme.example", "a wrong password of dana").await.has_status(422);
    browser.sign_in("dana@acme.example", PASSWORD).await.leads_to();
    let password = [("current_password", "not this one at all"), ("new_password", "a new long passphrase")];
    browser.post("/profile/password", &password).await.has_status(422);
    let password = [("current_password", PASSWORD), ("new_password", "a new long passphrase")];
    browser.post("/profile/password", &password).await.leads_to();
    browser.post("/logout", &[]).await.leads_to();
    let lines = lines(&app).await;
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            " sign_in an unknown address refused: wrong address or password",
            " sign_in dana@acme.example refused: wrong address or password",
            "dana@acme.example sign_in dana@acme.example done",
            "dana@acme.example password_changed dana@acme.example refused: wrong current password",
            "dana@acme.example password_changed dana@acme.example done",
            "dana@acme.example sign_out dana@acme.example done",
        ]
    );
    assert!(lines.iter().all(|line| line.address == "127.0.0.1"), "{lines:?}");
    app.finish().await;
}

#[tokio::test]
async fn what_changes_who_may_do_what_and_where_messages_go_is_written_down_without_a_secret() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let before = lines(&app).await.len();
    let link = app.invite(&mut admin, "lee@acme.example").await;
    let newcomer = [("name", "Lee"), ("password", PASSWORD)];
    let mut newcomers = app.browser();
    newcomers.post(&format!("/invitations/{link}"), &newcomer).await.leads_to();
    newcomers.sign_in("lee@acme.example", PASSWORD).await.leads_to();
    newcomers.post(&format!("/invitations/{link}/accept"), &[]).await.leads_to();
    let lee = app.db.user_by_email("lee@acme.example").await.unwrap().unwrap().id;
    admin.post(&format!("/accounts/100/users/{lee}"), &[("role", "editor")]).await.leads_to();
    admin.post(&format!("/accounts/100/users/{lee}/remove"), &[]).await.leads_to();
    let token = [("name", "billing"), ("role", "ingest"), ("expires", "never")];
    admin.post("/accounts/100/tokens", &token).await.leads_to();
    let token = app.db.tokens(Some(100)).await.unwrap().remove(0);
    admin.post(&format!("/accounts/100/tokens/{}/revoke", token.id), &[]).await.leads_to();
    let form = admin.form("/accounts/100/company").await.with("name", "Acme & Sons");
    admin.submit("/accounts/100/company", &form).await.leads_to();

    let program = app.token(Some(100), Role::Admin).await;
    let id = app.db.tokens(Some(100)).await.unwrap().remove(0).id;
    let config = json!({ "url": "https://hooks.acme.invalid/secret-path", "secret": "secret-value" });
    let body = json!({ "kind": "webhook", "name": "Hook", "config": config });
    let created = app.send(request("POST", PROVIDERS, Some(&body)).bearer(&program)).await;
    created.has_status(201);
    let path = format!("{PROVIDERS}/{}", created.json()["id"].as_str().unwrap());
    app.send(request("PATCH", &path, Some(&json!({ "enabled": false }))).bearer(&program))
        .await
        .has_status(200);
    let number = app.db.destinations(100).await.unwrap().remove(0).id;
    admin.post(&format!("/accounts/100/destinations/{number}/delete"), &[]).await.leads_to();
    let form = admin.form("/accounts/100/notifications").await;
    // What changes nothing is not written down.
    admin.submit("/accounts/100/notifications", &form).await.leads_to();
    let form = form.with("subscribers.run_failed", "ops@acme.example");
    admin.submit("/accounts/100/notifications", &form).await.leads_to();

    let lines = lines(&app).await.split_off(before);
    let (id_of_token, who) = (token.id, "admin@acme.example");
    let told: Vec<String> = lines.iter().map(told).collect();
    assert_eq!(
        told[..told.len() - 1],
        [
            format!("{who} invitation_sent lee@acme.example in 100 done: viewer"),
            " person_added lee@acme.example done: by an invitation".to_owned(),
            "lee@acme.example sign_in lee@acme.example done".to_owned(),
            "lee@acme.example invitation_accepted lee@acme.example in 100 done".to_owned(),
            format!("{who} role_changed lee@acme.example in 100 done: viewer → editor"),
            format!("{who} person_removed lee@acme.example in 100 done"),
            format!("{who} token_created billing ({id_of_token}) in 100 done: ingest"),
            format!("{who} token_revoked {id_of_token} in 100 done"),
            format!("{who} account_changed Acme & Sons in 100 done"),
            format!("the command line token_created platform ({id}) in 100 done: admin"),
            format!("token platform ({id}) destination_created Hook ({number}) in 100 done: webhook"),
            format!("token platform ({id}) destination_changed Hook ({number}) in 100 done: webhook, paused"),
            format!("{who} destination_deleted Hook ({number}) in 100 done: webhook, paused"),
        ]
    );
    let last = told.last().unwrap();
    assert!(
        last.starts_with(&format!("{who} settings_changed notifications in 100 done: without")),
        "{last}"
    );
    assert!(!told.concat().contains("secret-"), "{told:?}");
    app.finish().await;
}

#[tokio::test]
async fn an_operator_filters_the_log_and_takes_it_along() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    app.browser().sign_in("=1+1@acme.example", "a wrong password of somebody").await.has_status(422);
    let mut root = app.signed_in("root@platform.example").await;
    let page = root.get("/security-log").await;
    page.has_status(200).says("Refused").says("root@platform.example").says("127.0.0.1");
    let refused = root.get("/security-log?result=refused").await;
    refused.has_status(200).says("an unknown address");
    assert!(!refused.text().contains("Done 1"), "{}", refused.text());
    assert_eq!(refused.html().select(&scraper::Selector::parse("tbody tr").unwrap()).count(), 1);
    root.get("/security-log?q=ROOT%40platform&from=2020-01-01&until=2199-12-31").await.says("Sign in");
    root.get("/security-log?until=2020-01-01").await.has_status(200).says("No lines match");
    root.get("/security-log?from=yesterday").await.has_status(422).says("like 2026-05-04");
    root.get("/security-log?action=all").await.has_status(422).says("sign_in, sign_out");

    let csv = root.get("/security-log/export?format=csv").await;
    csv.has_status(200);
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"security-log.csv\""));
    let rows: Vec<&str> = csv.body.lines().collect();
    assert_eq!(rows[0], "id,at,actor,address,action,account_id,object,result,detail");
    // The export itself is the newest line.
    assert!(
        rows[1].ends_with(",root@platform.example,127.0.0.1,exported,,security log,done,csv"),
        "{rows:?}"
    );
    assert_eq!(rows.len(), 4, "{rows:?}");
    let empty = root.get("/security-log/export?format=csv&until=2020-01-01").await;
    assert_eq!(empty.body, format!("{}\n", rows[0]));
    let json = root.get("/security-log/export?format=json&action=sign_in").await.json();
    let results: Vec<_> = json.as_array().unwrap().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, ["done", "refused"]);
    assert_eq!(root.get("/security-log/export?format=json&until=2020-01-01").await.json(), json!([]));
    root.get("/security-log/export?format=xml").await.has_status(422);
    app.finish().await;
}

#[tokio::test]
async fn a_long_log_has_pages_and_is_exported_whole() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut root = app.signed_in("root@platform.example").await;
    for part in 0..6 {
        let values: Vec<String> = (0..200)
            .map(|line| {
                format!(
                    "('01890000-0000-7000-8000-00000000{part}{line:03}', {line}, '', '', 'sign_in', null, 'old {part}-{line}', 'done', '')"
                )
            })
            .collect();
        app.place.change(&format!("insert into audit values {}", values.join(", "))).await;
    }
    let first = root.get("/security-log").await;
    let next = first.body.split('"').find(|word| word.contains("before=")).unwrap().replace("&amp;", "&");
    let second = root.get(&next).await;
    second.says("old 5-1");
    assert!(second.body.contains("after="));
    let exported = root.get("/security-log/export?format=json&action=sign_in").await.json();
    assert_eq!(exported.as_array().unwrap().len(), 1_201);
    for place in ["before=zzz", "after=1", "before=%27"] {
        let refused = root.get(&format!("/security-log?{place}")).await;
        refused.has_status(422).says("is no place in this list");
        root.get(&format!("/security-log/export?format=csv&{place}")).await.has_status(422);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_export_ends_in_order_for_a_client_that_takes_it_compressed() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut root = app.signed_in("root@platform.example").await;
    for (format, first) in [("csv", "id,at,actor"), ("json", "[\n{")] {
        let request = Request::new("GET", format!("/security-log/export?format={format}"));
        let answer = root.send(request.header("Accept-Encoding", "gzip")).await;
        assert_eq!(answer.header("content-encoding"), Some("gzip"));
        assert!(answer.body.starts_with(first) && answer.body.ends_with('\n'), "{}", answer.body);
        assert!(answer.body.contains("root@platform.example"), "{}", answer.body);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_line_that_is_400_days_old_is_forgotten_or_as_old_as_the_operator_says() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    app.signed_in("dana@acme.example").await;
    app.place.change("insert into audit select 'old', at - 34646400000, actor, address, action, account_id, object, result, detail from audit").await;
    let place = app.stop().await;
    let app = crate::support::app::start().at(&place).spawn().await;
    while lines(&app).await.iter().any(|line| line.id == "old") {
        tokio::task::yield_now().await;
    }
    assert_eq!(lines(&app).await.len(), 1);
    app.place.change("update audit set id = 'young', at = at - 2 * 86400000").await;
    let place = app.stop().await;
    let app = crate::support::app::start().at(&place).with("--history-days", "1").spawn().await;
    while lines(&app).await.iter().any(|line| line.id == "young") {
        tokio::task::yield_now().await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_server_writes_each_line_into_its_own_log_too_and_a_command_into_the_table_only() {
    let place = Place::fresh().await;
    let add = ["account", "add", "--id", "100", "--name", "Acme Corp", "--environment", "prod-acme"];
    let contact = ["--contact-name", "Dana Ito", "--contact-email", "dana@acme.example"];
    let ended = ringpost(&place, &[&add[..], &contact[..]].concat(), "").await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(place.count("audit where action = 'account_created' and actor = 'the command line'").await, 1);
    let person = ["user", "add", "dana@acme.example", "--name", "Dana", "--operator", "--password-stdin"];
    ringpost(&place, &person, PASSWORD).await.done();

    let server = Serving::start(&place, &["--log", "ringpost=info"]).await;
    Browser::new(server.address).sign_in("dana@acme.example", "not the passphrase").await.has_status(422);

    server
        .logs("the refused sign-in", |log| {
            log.contains(r#""action":"sign_in""#)
                && log.contains(r#""result":"refused""#)
                && log.contains(r#""target":"audit""#)
        })
        .await;
    assert!(!server.said().lock().unwrap().contains("not the passphrase"));
    assert_eq!(server.terminate().await, Some(0));
    place.clear().await;
}
