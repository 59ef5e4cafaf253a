//! Ways in which an HTTP client quietly sends more, or elsewhere, than it was told.

use std::collections::HashMap;
use std::process::Command;

use http::HeaderMap;
use ringpost::domain::clock::Clock;
use ringpost::domain::delivery::{Delivery, Reason, Target, Trigger, Verdict};
use ringpost::domain::event::{Event, Payload};
use ringpost::domain::route::Planned;
use ringpost::domain::values::WebhookUrl;
use ringpost::send::Progress;
use ringpost::send::post::guard::{Guard, Outgoing};
use ringpost::send::post::webhook;
use ringpost::send::trust::Trust;
use tokio::task::spawn_blocking;

use super::{PATIENT, open, open_guard, post, post_body, restless_guard, trusting};
use crate::support::authority::Authority;
use crate::support::receiver::{Answer, Door, Receiver, Then, url};

#[tokio::test]
async fn redirects_are_not_followed() {
    for code in [301, 302, 303, 307, 308] {
        let elsewhere = Receiver::ok().await;
        let location = format!("http://{}/elsewhere", elsewhere.address);
        let receiver = Receiver::answering(Answer::redirect(code, &location)).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!((outcome.verdict, outcome.status), (Verdict::Failed(Reason::HttpStatus), Some(code)));
        assert_eq!((receiver.requests().len(), elsewhere.connections()), (1, 0));
    }
}

fn outgoing<'a>(url: &'a WebhookUrl, headers: HeaderMap, body: &'static str) -> Outgoing<'a> {
    let now = "2026-05-04T12:00:00Z".parse().unwrap();
    Outgoing { account: 100, url, headers, body: body.into(), keeps_body: true, timeout: PATIENT, now }
}

fn delivery(trigger: Trigger) -> Delivery {
    let (clock, account_id) = (Clock::system(), 100);
    let (id, accepted_at) = (clock.new_id(), clock.now());
    let event = Event { id, account_id, key: "run_failed".into(), payload: Payload::new(), accepted_at };
    let target = Target::SharedWebhook { authority: String::new(), label: String::new() };
    Planned::from(target).into_delivery(clock.new_id(), &event, trigger)
}

#[tokio::test]
async fn the_headers_are_the_documented_ones_and_the_transcript_shows_them_all() {
    let receiver = Receiver::ok().await;
    let delivery = delivery(Trigger::Test);
    let (url, headers) = (receiver.url("/hook?x=1"), webhook::headers(&delivery));
    let payload = r#"{"event_type":"run_failed"}"#;
    let outgoing = outgoing(&url, headers, payload);
    let outcome = open_guard().post(outgoing, &Progress::default()).await;
    assert_eq!(outcome.verdict, Verdict::Delivered);

    let seen = &receiver.requests()[0];
    assert_eq!(
        seen.head,
        format!(
            "POST /hook?x=1 HTTP/1.1\ncontent-type: application/json\nuser-agent: Ringpost/{}\n\
             x-ringpost-event: run_failed\nx-ringpost-delivery: {}\nwebhook-id: {}\nx-ringpost-test: true\n\
             accept: */*\nhost: {}\ncontent-length: {}",
            env!("CARGO_PKG_VERSION"),
            delivery.id,
            delivery.first_id,
            receiver.address,
            payload.len()
        )
    );
    assert_eq!(seen.body, payload);
    let shown = outcome.transcript.request_head.trim_end().replacen("/…", "/hook?x=1", 1);
    assert_eq!(shown, seen.head);
    for absent in ["referer", "accept-encoding", "cookie", "authorization", "expect", "upgrade", "connection"]
    {
        assert_eq!(seen.header(absent), None);
    }
}

#[tokio::test]
async fn only_tests_say_that_they_are_tests() {
    for trigger in [Trigger::Event, Trigger::Adhoc, Trigger::Resend] {
        assert!(!webhook::headers(&delivery(trigger)).contains_key("x-ringpost-test"));
    }
}

#[tokio::test]
async fn a_secret_header_is_sent_and_shown_as_dots() {
    let receiver = Receiver::answering(Answer::status(200, "you said Bearer s3cret")).await;
    let url = receiver.url("/hook");
    let mut secret = http::HeaderValue::from_static("Bearer s3cret");
    secret.set_sensitive(true);
    let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, secret)]);
    let outgoing = outgoing(&url, headers, "{}");
    let outcome = open_guard().post(outgoing, &Progress::default()).await;
    assert_eq!(receiver.requests()[0].header("authorization"), Some("Bearer s3cret"));
    assert!(outcome.transcript.request_head.contains("authorization: ••••••••\n"));
    assert!(!format!("{outcome:?}").contains("s3cret"), "{outcome:?}");
}

#[tokio::test]
async fn http_2_is_never_spoken() {
    let authority = Authority::new();
    let receiver = Receiver::tls(authority.serves(&["127.0.0.1"])).await;
    assert_eq!(
        post(&trusting(&authority), &receiver.https("127.0.0.1"), PATIENT).await.verdict,
        Verdict::Delivered
    );
    assert_eq!(receiver.requests()[0].alpn.as_deref(), Some("http/1.1"));
}

#[tokio::test]
async fn an_http_2_answer_is_not_http_and_the_request_is_not_sent_again() {
    // A settings frame and a GOAWAY with REFUSED_STREAM.
    let frames = b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x07";
    let receiver = Receiver::answering(Answer::raw(frames, Then::Close)).await;
    let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Unknown(Reason::NotHttp), "{}", outcome.detail);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_request_lost_on_a_reused_connection_is_not_sent_again() {
    for lost in [Answer::close(), Answer::reset(), Answer::raw("HTTP/1.", Then::Close)] {
        let receiver = Receiver::start(Door::Plain, vec![Answer::status(200, "ok"), lost]).await;
        let guard = restless_guard();
        assert_eq!(post(&guard, &receiver.url("/hook"), PATIENT).await.verdict, Verdict::Delivered);
        let outcome = post(&guard, &receiver.url("/hook"), PATIENT).await;
        assert_eq!(outcome.verdict, Verdict::Unknown(Reason::NoAnswer), "{}", outcome.detail);
        let seen = receiver.requests();
        assert_eq!(seen.iter().map(|request| request.connection).collect::<Vec<_>>(), [1, 1], "not reused");
        assert_eq!(receiver.connections(), 1);
    }
}

/// The receiver closes each connection right after its answer without having said so: sometimes hyper sees it
/// in time and takes a new connection, sometimes the request is already on its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_closes_idle_connections_never_sees_a_request_twice() {
    let ok = Answer { then: Then::Close, ..Answer::status(200, "ok") };
    let gone = Answer { then: Then::Reset, ..Answer::status(200, "ok") };
    let receiver = Receiver::start(Door::Plain, [ok, gone].into_iter().cycle().take(300).collect()).await;
    let guard = restless_guard();
    let mut verdicts = Vec::new();
    for number in 0..300 {
        let body = format!("{{\"number\":{number}}}");
        let outcome = post_body(&guard, &receiver.url("/hook"), PATIENT, &body).await;
        verdicts.push((body, outcome.verdict));
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for request in receiver.requests() {
        *seen.entry(request.body).or_default() += 1;
    }
    for (body, verdict) in verdicts {
        let times = seen.get(&body).copied().unwrap_or_default();
        match verdict {
            Verdict::Delivered => assert_eq!(times, 1, "{body}"),
            Verdict::Failed(reason) => assert_eq!((times, reason), (0, Reason::Connect), "{body}"),
            verdict => {
                assert!(times <= 1 && verdict == Verdict::Unknown(Reason::NoAnswer), "{body}: {verdict:?}");
            }
        }
    }
}

/// Runs in a process of its own, started by the tests below: a process cannot set its own environment safely.
#[tokio::test]
#[ignore = "is run by the tests that need an environment"]
async fn child_that_posts_once() {
    let target = std::env::var("TARGET").unwrap();
    let guard = Guard::new(open(Trust::system())).unwrap();
    let outcome = post(&guard, &url(&target), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Delivered, "{}", outcome.detail);
}

async fn post_in_a_child(target: &WebhookUrl, environment: &[(&str, &str)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "send::traps::child_that_posts_once", "--ignored"]);
    child.env("TARGET", target.expose()).envs(environment.iter().copied());
    let output = spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_of_the_environment_are_not_used() {
    let (receiver, proxy) = (Receiver::ok().await, Receiver::ok().await);
    let address = format!("http://{}", proxy.address);
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let mut environment: Vec<_> = proxies.iter().map(|&name| (name, address.as_str())).collect();
    environment.extend([("NO_PROXY", ""), ("no_proxy", "")]);
    post_in_a_child(&receiver.url("/hook"), &environment).await;
    assert_eq!((receiver.requests().len(), proxy.connections()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_file_of_the_environment_is_trusted() {
    let authority = Authority::new();
    let receiver = Receiver::tls(authority.serves(&["127.0.0.1"])).await;
    let file = std::env::temp_dir().join(format!("ringpost-authority-{}.pem", std::process::id()));
    std::fs::write(&file, authority.pem()).unwrap();
    post_in_a_child(&receiver.https("127.0.0.1"), &[("SSL_CERT_FILE", file.to_str().unwrap())]).await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(receiver.requests().len(), 1);
}
