//! The log and the history as files.

use ringpost::domain::role::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::app::{TestApp, spawn_app};
use crate::support::http::{Answer as Answered, Request};
use crate::support::receiver::{Answer, Receiver};
use crate::support::samples::sample;

const EXPORT: &str = "/accounts/100/deliveries/export";
const HISTORY: &str = "/accounts/100/history";

/// A file as it was sent.
fn file_name(answer: &Answered) -> &str {
    let disposition = answer.header("content-disposition").unwrap();
    disposition.strip_prefix("attachment; filename=\"").unwrap().strip_suffix('"').unwrap()
}

/// The rows of a CSV, each cell by its column.
fn rows(answer: &Answered) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(answer.has_status(200).body.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| -> Value {
        Value::Object(columns.iter().zip(&row).map(|(name, cell)| (name.to_owned(), json!(cell))).collect())
    };
    reader.records().map(|read| row(read.unwrap())).collect()
}

async fn post_many(app: &TestApp, count: usize, tenant: &str) {
    let token = app.token(Some(100), Role::Ingest).await;
    let mut event = sample("tenant_created");
    event["tenant_name"] = json!(tenant);
    let at_once = 500_000 / event.to_string().len();
    for begun in (0..count).step_by(at_once) {
        let events = vec![&event; at_once.min(count - begun)];
        let post =
            Request::new("POST", "/api/v1/events/batch").body("application/json", json!(events).to_string());
        app.send(post.bearer(&token)).await.has_status(202);
    }
    app.dispatch.settled().await.unwrap();
}

#[tokio::test]
async fn what_is_filtered_is_exported_and_the_files_name_says_the_filters() {
    let (app, receiver) = (spawn_app().await, Receiver::answering(Answer::status(500, "no")).await);
    app.notify(Some(&receiver.url("/t0k3n")), "run_failed", true, "ops@acme.example").await;
    let token = app.token(Some(100), Role::Ingest).await;
    for key in ["run_failed", "sync_failed"] {
        app.post_event(&token, &sample(key)).await.has_status(202);
    }
    app.dispatch.settled().await.unwrap();
    let mut viewer = app.visitor(Role::Viewer).await;

    let page = viewer.get("/accounts/100/deliveries?status=failed&event=run_failed&destination=bogus").await;
    let link = page.body.split('"').find(|word| word.starts_with(EXPORT)).unwrap();
    let link = link.replace("&#38;", "&").replace("&amp;", "&");
    let csv = viewer.get(&link).await;

    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(file_name(&csv), "deliveries-100-status-failed-event-run_failed.csv");
    let [row] = &rows(&csv)[..] else { panic!("{}", csv.body) };
    assert_eq!(
        (&row["channel"], &row["status"], &row["code"]),
        (&json!("webhook"), &json!("failed"), &json!("500"))
    );
    assert_eq!(
        (&row["target"], &row["subject"]),
        (&json!("Webhook URL"), &json!("Shopify Integration for Widget Co (run 9876)"))
    );
    assert!(!csv.body.contains("t0k3n"));
    let all = viewer.get(&format!("{EXPORT}?format=json")).await;
    assert_eq!(file_name(&all), "deliveries-100.json");
    let all = all.json();
    let states: Vec<&Value> = all.as_array().unwrap().iter().map(|row| &row["status"]).collect();
    // The newest event first, its deliveries in the order in which they were planned.
    assert_eq!(states, ["skipped", "written_to_file", "failed", "written_to_file", "written_to_file"]);
    assert_eq!(rows(&viewer.get(&format!("{EXPORT}?format=csv&q=ops%40")).await).len(), 3);
    assert_eq!(rows(&viewer.get(&format!("{EXPORT}?format=csv&channel=slack")).await).len(), 0);
    for (query, field) in [("format=xml", "format"), ("", "format"), ("format=csv&status=bogus", "status")] {
        viewer.get(&format!("{EXPORT}?{query}")).await.has_status(422).says(field);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_long_log_is_exported_whole_each_delivery_once_and_no_cell_is_a_formula() {
    let app = spawn_app().await;
    post_many(&app, 450, "Widget Co").await;
    let mut wild = sample("tenant_created");
    wild["tenant_name"] = json!("=HYPERLINK(\"https://evil.example\")\n\"x\"");
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &wild).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    let mut viewer = app.visitor(Role::Viewer).await;

    let csv = viewer.get(&format!("{EXPORT}?format=csv")).await;

    let mut ids: Vec<String> = rows(&csv).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    ids.sort_unstable();
    let mut log: Vec<String> = app.log().await.iter().map(|row| row.id.to_string()).collect();
    log.sort_unstable();
    assert_eq!((ids.len(), ids), (451, log));
    let formula = |cell: &Value| cell.as_str().unwrap().starts_with(['=', '+', '-', '@']);
    assert!(!rows(&csv).iter().any(|row| row.as_object().unwrap().values().any(formula)));
    let request = Request::new("GET", format!("{EXPORT}?format=json")).header("Accept-Encoding", "gzip");
    let json = viewer.send(request).await;
    assert_eq!(json.header("content-encoding"), Some("gzip"));
    assert_eq!(json.json().as_array().unwrap().len(), 451);
    assert_eq!(app.place.count("audit where action = 'exported' and account_id = 100").await, 2);
    app.finish().await;
}

#[tokio::test]
async fn one_delivery_is_taken_along_with_what_left_and_what_came_back_but_no_secret() {
    let (app, receiver) =
        (spawn_app().await, Receiver::answering(Answer::status(500, "upstream is gone")).await);
    app.notify(Some(&receiver.url("/t0k3n")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let row = app.settled_log().await.into_iter().find(|row| row.status == Some(500)).unwrap();
    let mut viewer = app.visitor(Role::Viewer).await;

    let page = format!("/accounts/100/deliveries/{}", row.id);
    assert!(viewer.get(&page).await.body.contains(&format!("href=\"{page}/json\"")));
    let file = viewer.get(&format!("{page}/json")).await;

    assert_eq!(file_name(&file), format!("delivery-{}.json", row.id));
    let told = file.has_status(200).json();
    assert_eq!((&told["status"], &told["code"]), (&json!("failed"), &json!(500)));
    assert!(told["message"].as_str().unwrap().contains("answered 500"), "{told}");
    assert!(told["request"]["head"].as_str().unwrap().starts_with("POST /"), "{told}");
    assert!(told["request"]["body"].as_str().unwrap().contains("9876"), "{told}");
    assert_eq!(told["response"]["body"], "upstream is gone");
    assert!(!file.body.contains("t0k3n"));
    viewer.get("/accounts/100/deliveries/x/json").await.has_status(404);
    app.finish().await;
}

/// Asks for a file and reads no more of it than its head.
async fn begin(app: &TestApp, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut stream = socket.connect(app.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test]
async fn an_account_has_two_exports_at_a_time_which_end_when_their_readers_go() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    // More than sockets hold.
    post_many(&app, 300, &"x".repeat(30_000)).await;
    let mut viewer = app.visitor(Role::Viewer).await;
    app.operator("root@platform.example").await;
    let mut root = app.signed_in("root@platform.example").await;
    let cookie = viewer.cookie_header();
    let request = format!("GET {EXPORT}?format=json HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n");
    let held = (begin(&app, &request).await, begin(&app, &request).await);

    viewer
        .get(&format!("{EXPORT}?format=csv"))
        .await
        .has_status(429)
        .says("Too many exports of this account");
    // Neither another account waits for them, nor does anything that is written.
    root.get("/accounts/200/deliveries/export?format=csv").await.has_status(200);
    post_many(&app, 1, "Widget Co").await;
    viewer.get("/accounts/100/deliveries").await.has_status(200);

    drop(held);
    let whole = viewer.get(&format!("{EXPORT}?format=csv&from=2020-01-01")).await;
    assert_eq!(rows(&whole).len(), 301);
    app.finish().await;
}

#[tokio::test]
async fn the_history_is_filtered_and_exported_as_it_is_filtered() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let company = "/accounts/100/company";
    for name in ["One", "Two"] {
        let form = admin.form(company).await.with("name", name).with("environment", format!("prod-{name}"));
        admin.submit(company, &form).await.leads_to();
    }

    let page = admin.get(&format!("{HISTORY}?setting=name&who=ADMIN%40&from=2020-01-01&to=2199-12-31")).await;
    page.has_status(200).says("Before One After Two");
    assert!(!page.text().contains("Before prod-One"), "{}", page.text());
    admin.get(&format!("{HISTORY}?who=nobody")).await.says("No changes match");
    admin.get(&format!("{HISTORY}?from=yesterday")).await.has_status(422).says("like 2026-05-04");
    let link = page.body.split('"').find(|word| word.starts_with(&format!("{HISTORY}/export"))).unwrap();
    let csv = admin.get(&link.replace("&#38;", "&").replace("&amp;", "&")).await;

    assert_eq!(file_name(&csv), "history-100-who-ADMIN@-setting-name-from-2020-01-01-to-2199-12-31.csv");
    let told: Vec<Value> = rows(&csv).iter().map(|row| row["after"].clone()).collect();
    assert_eq!(told, ["Two", "One"]);
    let json = admin.get(&format!("{HISTORY}/export?format=json")).await.json();
    assert_eq!(json.as_array().unwrap().len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn a_change_is_forgotten_when_it_is_as_old_as_the_operator_says() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let company = "/accounts/100/company";
    for name in ["One", "Two"] {
        let form = admin.form(company).await.with("name", name);
        admin.submit(company, &form).await.leads_to();
    }
    app.place.change("update history set at = at - 2 * 86400000 where after_shown = 'One'").await;
    let place = app.stop().await;

    let app = crate::support::app::start().at(&place).with("--history-days", "1").spawn().await;

    while app.place.count("history").await > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.place.count("history where after_shown = 'Two'").await, 1);
    app.finish().await;
}
