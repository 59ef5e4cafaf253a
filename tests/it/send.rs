//! How messages leave, against servers that misbehave.

mod answers;
mod forbidden;
mod kept;
mod stages;
mod traps;
mod unreached;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use ringpost::domain::delivery::Outcome;
use ringpost::domain::values::WebhookUrl;
use ringpost::send::Progress;
use ringpost::send::post::guard::{Guard, GuardConfig, Outgoing, Policy};
use ringpost::send::trust::Trust;

use crate::support::authority::Authority;

/// Long enough that only a request that would hang for ever meets it.
const PATIENT: Duration = Duration::from_secs(20);
/// Short enough to be waited for.
const HASTY: Duration = Duration::from_millis(300);

/// A guard with loopback open that trusts nobody.
fn open_guard() -> Guard {
    Guard::new(open(Trust::only([]))).unwrap()
}

/// The same, whose connections are used again at once.
fn restless_guard() -> Guard {
    Guard::new(GuardConfig { rest: Duration::ZERO, ..open(Trust::only([])) }).unwrap()
}

/// The same, trusting an authority of the tests.
fn trusting(authority: &Authority) -> Guard {
    Guard::new(open(authority.trust())).unwrap()
}

fn open(trust: Trust) -> GuardConfig {
    GuardConfig::new(policy(&["127.0.0.0/8", "[::1]/128"]), trust)
}

fn policy(allowed: &[&str]) -> Policy {
    Policy::new(allowed.iter().map(|text| text.parse().unwrap()).collect())
}

async fn post(guard: &Guard, url: &WebhookUrl, timeout: Duration) -> Outcome {
    post_body(guard, url, timeout, r#"{"event_type":"run_failed"}"#).await
}

async fn post_body(guard: &Guard, url: &WebhookUrl, timeout: Duration, body: &str) -> Outcome {
    let outgoing = outgoing(100, url, timeout, body);
    guard.post(outgoing, &Progress::default()).await
}

async fn post_watched(guard: &Guard, url: &WebhookUrl, timeout: Duration, progress: &Progress) -> Outcome {
    guard.post(outgoing(100, url, timeout, "{}"), progress).await
}

async fn post_as(account: i64, guard: &Guard, url: &WebhookUrl) -> Outcome {
    guard.post(outgoing(account, url, PATIENT, "{}"), &Progress::default()).await
}

fn outgoing<'a>(account: i64, url: &'a WebhookUrl, timeout: Duration, body: &str) -> Outgoing<'a> {
    let headers =
        HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let body = Bytes::from(body.to_owned());
    let now = "2026-05-04T12:00:00Z".parse().unwrap();
    Outgoing { account, url, headers, body, keeps_body: true, timeout, now }
}
