//! The walk itself.

use ringpost::assets::Asset;
use ringpost::db::destinations::DestinationRecord;
use ringpost::domain::role::Role;

use serde_json::json;

use super::table::{Gate, ROUTES, Route, TWO_ACCOUNTS, VISITORS};
use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::Browser;
use crate::support::clock::minutes;
use crate::support::http::{Answer, Request};
use crate::support::samples::sample;

/// A person with a session for the pages and a token for the APIs, a program with a token only, or nobody.
struct Visitor {
    browser: Browser,
    token: Option<String>,
    is_program: bool,
    /// The token is one for all accounts.
    is_everywhere: bool,
}

/// What the paths lead to.
struct Things {
    delivery: String,
    event: String,
    recovery: String,
    token: String,
    user: String,
    /// The id of an invitation, and its link.
    invitation: (String, String),
    unsubscribe: String,
    destination: DestinationRecord,
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("host@acme.example", Some((100, Role::Admin))).await;
    let mut host = app.signed_in("host@acme.example").await;
    for (column, name) in VISITORS.into_iter().enumerate() {
        // All come from one address: what one has guessed is not held against the next.
        app.time.advance(minutes(6));
        let mut visitor = visitor(&app, name).await;
        let mut things = things(&app, &mut host, column).await;
        for route in ROUTES {
            if route.method == "DELETE" || route.path.ends_with("/delete") {
                things.destination = destination(&app).await;
            }
            let answer = visitor.visit(&app, route, &things).await;
            let what = format!("{name}: {} {} answered {}", route.method, route.path, answer.status);
            // 502 is how the APIs say that a test did not arrive.
            assert!(!answer.status.is_server_error() || answer.status == 502, "{what}");
            assert_eq!(gate(&answer), route.gates[column], "{what}");
        }
    }
    app.finish().await;
}

async fn visitor(app: &TestApp, name: &str) -> Visitor {
    let (account, role) = match name {
        "nobody" => {
            return Visitor { browser: app.browser(), token: None, is_program: false, is_everywhere: false };
        }
        "ingest" => {
            let token = Some(app.token(Some(100), Role::Ingest).await);
            return Visitor { browser: app.browser(), token, is_program: true, is_everywhere: false };
        }
        "operator" => {
            app.operator("root@platform.example").await;
            let token = Some(app.token(None, Role::Admin).await);
            return Visitor {
                browser: app.signed_in("root@platform.example").await,
                token,
                is_program: false,
                is_everywhere: true,
            };
        }
        "admin of another account" => (200, Role::Admin),
        TWO_ACCOUNTS => {
            let email = "both@acme.example";
            let id = app.person(email, Some((200, Role::Admin))).await;
            app.join(&id, 100, Role::Viewer).await;
            let token = Some(app.token(Some(100), Role::Viewer).await);
            let browser = app.signed_in(email).await;
            return Visitor { browser, token, is_program: false, is_everywhere: false };
        }
        role => (100, role.parse().unwrap()),
    };
    let email = format!("{role}@{account}.example");
    app.person(&email, Some((account, role))).await;
    let token = Some(app.token(Some(account), role).await);
    Visitor { browser: app.signed_in(&email).await, token, is_program: false, is_everywhere: false }
}

/// Made anew for each visitor: some routes use them up.
async fn things(app: &TestApp, host: &mut Browser, column: usize) -> Things {
    let token = app.token(Some(100), Role::Admin).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let user = app.person(&format!("lee{column}@acme.example"), Some((100, Role::Viewer))).await;
    let link = app.invite(host, &format!("new{column}@acme.example")).await;
    let invitation = app.db.invitations(100).await.unwrap().pop().unwrap().id;
    let last = app.settled_log().await.pop().unwrap();
    Things {
        delivery: last.id.to_string(),
        event: last.event_id.to_string(),
        recovery: recovery(app, column).await,
        token: app.db.tokens(Some(100)).await.unwrap().remove(0).id,
        unsubscribe: app.sender.unsubscribe_links().sign(100, &"lee@acme.example".parse().unwrap()),
        destination: destination(app).await,
        user,
        invitation: (invitation, link),
    }
}

/// One that goes on, of nothing: it ends as soon as somebody looks at it.
async fn recovery(app: &TestApp, column: usize) -> String {
    let id = format!("00000000-0000-7000-8000-{column:012}");
    let row = format!(
        "insert into recoveries (id, account_id, status, above, below, total, started_by, last_event, last_delivery,
           created_at) values ('{id}', 100, 'failed', '', 'g', 0, 'dana@acme.example', '', '', 0)"
    );
    app.place.change(&row).await;
    app.dispatch.settled().await.unwrap();
    id
}

async fn destination(app: &TestApp) -> DestinationRecord {
    let token = app.token(Some(100), Role::Admin).await;
    let asked =
        json!({ "kind": "webhook", "name": "Hook", "config": { "url": "https://hooks.acme.invalid/" } });
    let request = Request::new("POST", "/api/v1/notifications/providers")
        .body("application/json", asked.to_string())
        .header("X-Requested-With", "XMLHttpRequest");
    let created = app.send(request.bearer(&token)).await;
    created.has_status(201);
    let kept = app.db.destinations(100).await.unwrap();
    kept.into_iter().find(|row| created.body.contains(&row.uuid)).unwrap()
}

impl Visitor {
    async fn visit(&mut self, app: &TestApp, route: &Route, things: &Things) -> Answer {
        let method = if route.method == "ANY" { "PUT" } else { route.method };
        let mut request = Request::new(method, fill(route.path, things));
        let is_api = route.path.starts_with("/api/") || route.path.starts_with("/v1/");
        if is_api {
            let body = sample("run_failed").to_string();
            request = request.body("application/json", body).header("X-Requested-With", "XMLHttpRequest");
            if self.is_everywhere {
                request = request.header("X-Tenant-Id", "100");
            }
        } else if method == "POST" {
            request = request.form(&[]);
        }
        request = request.header("Origin", format!("http://{}", app.address));
        match &self.token {
            Some(token) if is_api || self.is_program => self.browser.send(request.bearer(token)).await,
            _ => self.browser.send(request).await,
        }
    }
}

fn fill(path: &str, things: &Things) -> String {
    let number = things.destination.id.to_string();
    let id = match path {
        _ if path.contains("/recoveries/") => &things.recovery,
        _ if path.contains("/deliveries/") => &things.delivery,
        _ if path.contains("/events/") => &things.event,
        _ if path.contains("/invitations/") => &things.invitation.0,
        _ if path.contains("/tokens/") => &things.token,
        _ if path.contains("/webhooks/test/") || path.contains("/destinations/") => &number,
        _ if path.contains("/providers/") => &things.destination.uuid,
        _ => &things.user,
    };
    path.replace("{account_id}", "100")
        .replace("{organization_id}", "org_100")
        .replace("{resource_id}", &number)
        .replace("{id}", id)
        .replace("{key}", "run_failed")
        .replace("{word}", "on")
        .replace("/invitations/{link}", &format!("/invitations/{}", things.invitation.1))
        .replace("{link}", "nobodys")
        .replace("{signed}", &things.unsubscribe)
        .replace("{name}", Asset::Css.url().rsplit('/').next().unwrap())
        .replace("{*path}", "nothing/here")
}

fn gate(answer: &Answer) -> Gate {
    let leads_to = answer.header("location").unwrap_or_default();
    match answer.status.as_u16() {
        303 if leads_to == "/login?ended=1" || leads_to.starts_with("/login?next=") => Gate::SignIn,
        401 => Gate::Unknown,
        403 => Gate::Forbidden,
        404 => Gate::Missing,
        _ => Gate::Open,
    }
}

#[tokio::test]
async fn who_is_admin_of_one_account_reaches_no_other_by_its_path() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("host@acme.example", Some((100, Role::Admin))).await;
    let mut host = app.signed_in("host@acme.example").await;
    let mut visitor = visitor(&app, TWO_ACCOUNTS).await;
    let things = things(&app, &mut host, 0).await;
    let own = |route: &&Route| {
        let path = route.path;
        path.starts_with("/accounts/{account_id}/") && path.contains("{id}") && !path.contains("/new")
    };
    let mut walked = 0;
    for route in ROUTES.iter().filter(own) {
        let path = fill(route.path, &things).replace("/accounts/100/", "/accounts/200/");
        let request = Request::new(route.method, &path);
        let origin = format!("http://{}", app.address);
        let request = match route.method {
            "POST" => request.form(&[]).header("Origin", origin),
            _ => request,
        };
        visitor.browser.send(request).await.has_status(404);
        walked += 1;
    }
    assert!(walked > 15, "{walked}");
    app.finish().await;
}
