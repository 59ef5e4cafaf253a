//! `ringpost demo`: what it shows, what it uses, and that it leaves nothing behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use ringpost::domain::delivery::{Reason, State};
use ringpost::domain::role::Role;

use crate::support::app::{spawn_app, webhook_url};
use crate::support::browser::Browser;
use crate::support::http::Request;
use crate::support::place::Place;
use crate::support::program::{command, run, signal};
use crate::support::samples::sample;
use crate::support::smtp::{Script, SmtpServer};

/// A running demo, which makes its temporary folder in the place's.
struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: String,
    place: Place,
}

fn demo(place: &Place, receiver: &str, arguments: &[&str]) -> Command {
    let ports = ["--listen", "127.0.0.1:0", "demo", "--catcher", receiver];
    let mut command = command(place, &[&ports[..], arguments].concat());
    command.env("TMPDIR", place.folder());
    command
}

impl Demo {
    async fn start(arguments: &[&str]) -> Self {
        Self::start_in(Place::on_sqlite(), arguments).await
    }

    async fn start_in(place: Place, arguments: &[&str]) -> Self {
        let mut child = demo(&place, "127.0.0.1:0", arguments).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut demo = Self { child, lines, said: String::new(), place };
        demo.read_to("Not used here: ").await;
        demo
    }

    async fn read_to(&mut self, start: &str) {
        loop {
            let line = self.lines.next_line().await.unwrap().unwrap_or_else(|| panic!("{}", self.said));
            self.said.extend([&line, "\n"]);
            if line.starts_with(start) {
                return;
            }
        }
    }

    /// What stands behind a name in the welcome.
    fn says(&self, name: &str) -> &str {
        let line = self.said.lines().find_map(|line| line.trim_start().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.said)).trim()
    }

    fn address(&self) -> std::net::SocketAddr {
        self.says("Settings page").strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Where it listens as a receiver.
    fn receiver(&self) -> std::net::SocketAddr {
        let url = self.says("Receiver").split(' ').next().unwrap();
        url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    async fn ended(mut self) -> Option<i32> {
        let code = self.child.wait().await.unwrap().code();
        assert_eq!(left_in(self.place.folder()), [""; 0], "it left something behind");
        code
    }
}

fn left_in(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn the_demo_runs_on_temporary_data_says_what_it_does_not_use_and_leaves_nothing_behind() {
    let demo = Demo::start(&[]).await;
    Request::new("GET", "/login").send(demo.address()).await.has_status(200);
    let mails = Path::new(demo.says("Mails"));
    let [folder] = &left_in(demo.place.folder())[..] else { panic!("one folder") };
    assert!(folder.starts_with("ringpost-demo-") && mails.starts_with(demo.place.folder().join(folder)));
    assert!(demo.said.ends_with("Not used here: --database-url, --data-dir.\n"), "{}", demo.said);
    signal(&demo.child, "INT").await;
    assert_eq!(demo.ended().await, Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_the_demo_at_once_and_leaves_nothing_behind_either() {
    let demo = Demo::start(&[]).await;
    let mut waiting = TcpStream::connect(demo.address()).await.unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n",
        demo.address()
    );
    waiting.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 12];
    waiting.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100", "the request is under way");
    signal(&demo.child, "INT").await;
    signal(&demo.child, "TERM").await;
    assert_eq!(demo.ended().await, Some(130));
}

/// As when its window is closed: what it logs from then on goes nowhere.
#[tokio::test]
async fn a_demo_ends_with_its_terminal_and_leaves_nothing_behind() {
    let place = Place::on_sqlite();
    let mut child = demo(&place, "127.0.0.1:0", &[]).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut demo = Demo { child, lines, said: String::new(), place };
    demo.read_to("Not used here: ").await;
    drop(demo.child.stderr.take());
    signal(&demo.child, "HUP").await;
    assert_eq!(demo.ended().await, Some(0));
}

#[tokio::test]
async fn what_a_killed_demo_left_behind_goes_with_the_next_and_a_running_ones_stays() {
    let Demo { mut child, place, .. } = Demo::start(&[]).await;
    let first = left_in(place.folder());
    child.kill().await.unwrap();
    assert_eq!(left_in(place.folder()), first);
    let theirs = place.folder().join("ringpost-demo-notes");
    fs::create_dir(&theirs).unwrap();

    let second = Demo::start_in(place.clone(), &[]).await;
    let third = Demo::start_in(place.clone(), &[]).await;

    let left = left_in(place.folder());
    assert_eq!((left.len(), left.contains(&first[0])), (3, false), "{left:?}");
    Request::new("GET", "/login").send(second.address()).await.has_status(200);
    fs::remove_dir(theirs).unwrap();
    for mut demo in [second, third] {
        signal(&demo.child, "INT").await;
        assert_eq!(demo.child.wait().await.unwrap().code(), Some(0));
    }
    assert_eq!(left_in(place.folder()), [""; 0], "they left something behind");
}

#[tokio::test]
async fn the_receiver_answers_as_its_own_page_says_and_tells_what_it_can() {
    let demo = Demo::start(&[]).await;
    let receiver = demo.receiver();
    let choose = |word: &str| Request::new("POST", "/answer").form(&[("answer".into(), word.into())]);
    let ours = format!("http://{receiver}");
    choose("error").header("Origin", &ours).send(receiver).await.has_status(303);
    Request::new("POST", "/hook").body("text/plain", "x").send(receiver).await.has_status(500);
    for wrong in ["bogus", "", "refused"] {
        let answer = choose(wrong).header("Origin", &ours).send(receiver).await;
        assert_eq!(
            answer.has_status(422).body,
            format!("There is no answer “{wrong}”: choose one of ok, error, busy, slow, hang.\n")
        );
    }
    let none = Request::new("POST", "/answer").body("text/plain", "\u{1}").send(receiver).await;
    none.has_status(422);
    for headers in [[("Origin", "http://evil.example")], [("Sec-Fetch-Site", "cross-site")]] {
        let [(name, value)] = headers;
        choose("ok").header(name, value).send(receiver).await.has_status(403);
    }
    let large = Request::new("POST", "/hook").body("text/plain", vec![b'a'; 3_000_000]).send(receiver).await;
    assert_eq!(large.has_status(413).body, "This receiver reads at most 2 MiB.\n");
    Request::new("POST", "/hook").body("text/plain", "x").send(receiver).await.has_status(500);
    signal(&demo.child, "INT").await;
    assert_eq!(demo.ended().await, Some(0));
}

#[tokio::test]
async fn a_demo_that_cannot_start_leaves_nothing_behind() {
    let (free, not_ours) = ("127.0.0.1:0", "192.0.2.1:8081");
    let cases: [(&str, &[&str], &str); 3] = [
        (free, &["--catalog", "/nowhere.toml"], "--catalog"),
        (free, &["--smtp-url", "http://mail"], "--smtp-url"),
        (not_ours, &[], "the receiver cannot listen on 192.0.2.1:8081"),
    ];
    for (receiver, arguments, why) in cases {
        let place = Place::on_sqlite();
        run(demo(&place, receiver, arguments), "").await.refused(1, why);
        assert_eq!(left_in(place.folder()), [""; 0], "{why}");
    }
    // The port that was asked for is named, not the one that was tried in its place.
    let place = Place::on_sqlite();
    let mut elsewhere = command(&place, &["--listen", "192.0.2.7:19764", "demo"]);
    elsewhere.env("TMPDIR", place.folder());
    run(elsewhere, "").await.refused(1, "192.0.2.7:19764 cannot be listened on (this machine has no such");
    assert_eq!(left_in(place.folder()), [""; 0]);
}

#[tokio::test]
async fn the_demo_sends_its_mails_through_the_server_that_is_named() {
    let server = SmtpServer::start(Script::default()).await;
    let demo = Demo::start(&["--smtp-url", &server.url("smtp", "", "")]).await;
    assert_eq!(demo.says("Mails"), "sent through the server of --smtp-url");
    let mails = server.wait_for(8).await;
    assert!(mails.iter().any(|mail| mail.to == ["dana@acme.example"]), "{mails:?}");
    signal(&demo.child, "INT").await;
    assert_eq!(demo.ended().await, Some(0));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_one_in_its_place() {
    let held = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = held.local_addr().unwrap();
    let place = Place::on_sqlite();
    let mut child = demo(&place, &taken.to_string(), &[]).stderr(Stdio::inherit()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut demo = Demo { child, lines, said: String::new(), place };
    demo.read_to(&format!("{taken} is taken by something else: this demo uses 127.0.0.1:")).await;
    let receiver = demo.says("Receiver").split(' ').next().unwrap().to_owned();
    assert!(!receiver.ends_with(&format!(":{}", taken.port())), "{receiver}");
    demo.child.kill().await.unwrap();
}

#[tokio::test]
async fn the_demo_sends_to_destinations_over_https_to_a_receiver_that_a_browser_opens_over_http() {
    let demo = Demo::start(&[]).await;
    let receiver = demo.receiver();
    assert!(demo.says("Webhook URL").starts_with(&format!("https://{receiver}/hook?token=demo")));
    let mut browser = Browser::new(demo.address());
    browser.sign_in(demo.says("Sign in as"), demo.says("Password")).await.leads_to();

    // The page says how many are under way, until none is.
    while !browser.get("/accounts/100/deliveries?status=pending").await.text().contains("No deliveries match")
        || !browser
            .get("/accounts/100/deliveries?status=sending")
            .await
            .text()
            .contains("No deliveries match")
    {}
    let log = browser.get("/accounts/100/deliveries").await;
    for name in ["Billing service", "#ops-alerts", "Platform team", "Night shift", "Old CRM"] {
        log.says(name);
    }
    browser.get("/accounts/100/deliveries?status=failed").await.says("Old CRM").says("401 Unauthorized");
    let destinations = browser.get("/accounts/100/destinations").await;
    destinations.says("Old CRM is failing. 2 failed in the last hour, the last with 401 Unauthorized.");
    assert!(!browser.get("/accounts/100/notifications").await.text().contains("first steps done."));

    let seen = Request::new("GET", "/").send(receiver).await;
    for path in ["/hook", "/billing", "/slack", "/teams", "/crm"] {
        seen.has_status(200).says(path);
    }
    seen.says("webhook-signature: v1,").says("Answered with 401 Unauthorized.");
    // No other Ringpost believes its certificate.
    let app = spawn_app().await;
    app.notify(Some(&webhook_url(&format!("https://{receiver}/hook"))), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let log = app.settled_log().await;
    assert!(log.iter().any(|row| row.reason == Some(Reason::Tls) && row.state == State::Failed), "{log:?}");
    app.finish().await;
    signal(&demo.child, "INT").await;
    assert_eq!(demo.ended().await, Some(0));
}
