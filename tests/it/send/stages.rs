//! When each stage of a request was over, and what is told of one that did not come so far.

use std::sync::Arc;
use std::time::Duration;

use ringpost::domain::delivery::{Reason, Stages, Verdict};
use ringpost::send::Progress;
use ringpost::send::post::guard::{Guard, GuardConfig, Lookup};
use ringpost::send::trust::Trust;

use super::{HASTY, PATIENT, open, open_guard, policy, post, post_watched};
use crate::support::authority::Authority;
use crate::support::receiver::{Answer, Door, Receiver, url};

/// The stages in their order; those that were not passed are left out.
fn times(stages: &Stages) -> Vec<Duration> {
    let Stages { resolved, allowed, connected, secured, sent, first_byte, done, .. } = *stages;
    [resolved, allowed, connected, secured, sent, first_byte, done].into_iter().flatten().collect()
}

#[tokio::test]
async fn every_stage_has_its_time_and_none_comes_before_the_last() {
    let authority = Authority::new();
    let receiver = Receiver::start(
        Door::Tls(authority.serves_until(&["hooks.acme.example"], (2031, 2, 3))),
        vec![Answer::status(200, "ok").after(Duration::from_millis(30)), Answer::status(500, "no")],
    )
    .await;
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) }));
    let setup = GuardConfig { lookup, rest: Duration::ZERO, ..open(authority.trust()) };
    let guard = Guard::new(setup).unwrap();
    let outcome = post(&guard, &receiver.https("hooks.acme.example"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Delivered, "{}", outcome.detail);
    let stages = outcome.stages;
    assert_eq!(times(&stages).len(), 7, "{stages:?}");
    assert!(times(&stages).is_sorted(), "{stages:?}");
    assert!(stages.first_byte.unwrap() >= stages.sent.unwrap() + Duration::from_millis(29), "{stages:?}");
    assert!(stages.first_byte.unwrap() <= outcome.took && outcome.took <= stages.done.unwrap());
    assert_eq!(stages.certificate_until, Some("2031-02-03T00:00:00Z".parse().unwrap()));

    let again = post(&guard, &receiver.https("hooks.acme.example"), PATIENT).await.stages;
    assert_eq!(receiver.connections(), 1);
    assert_eq!(times(&again), [again.sent, again.first_byte, again.done].map(Option::unwrap), "{again:?}");
    assert!(times(&again).is_sorted(), "{again:?}");
    assert_eq!(again.certificate_until, None);
}

#[tokio::test]
async fn an_address_needs_no_name_and_plain_http_no_tls() {
    let receiver = Receiver::ok().await;
    let stages = post(&open_guard(), &receiver.url("/hook"), PATIENT).await.stages;
    assert!(stages.resolved.is_none() && stages.secured.is_none() && stages.certificate_until.is_none());
    assert_eq!(times(&stages).len(), 5, "{stages:?}");
    assert!(times(&stages).is_sorted(), "{stages:?}");
}

#[tokio::test]
async fn an_attempt_tells_the_stages_that_it_passed_and_whether_a_byte_may_have_left() {
    let named: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) }));
    let patient =
        || GuardConfig { lookup: Arc::clone(&named), connect_timeout: HASTY, ..open(Trust::only([])) };
    let mute = Receiver::start(Door::Mute, vec![]).await;
    let silent = Receiver::answering(Answer::silence()).await;
    let port = silent.address.port();
    for (setup, target, reason, passed, left) in [
        (
            GuardConfig { policy: policy(&[]), ..patient() },
            url(&format!("http://hooks.acme.example:{port}/")),
            Verdict::Failed(Reason::BlockedAddress),
            "resolved",
            false,
        ),
        (
            patient(),
            url("http://hooks.acme.example:1/"),
            Verdict::Failed(Reason::Connect),
            "resolved allowed",
            false,
        ),
        (
            patient(),
            mute.https("a.example"),
            Verdict::Failed(Reason::Tls),
            "resolved allowed connected",
            false,
        ),
        (
            patient(),
            url(&format!("http://hooks.acme.example:{port}/")),
            Verdict::Unknown(Reason::NoAnswer),
            "resolved allowed connected sent",
            true,
        ),
    ] {
        let progress = Progress::default();
        let outcome = post_watched(&Guard::new(setup).unwrap(), &target, HASTY * 2, &progress).await;
        assert_eq!((outcome.verdict, progress.may_have_left()), (reason, left), "{}", outcome.detail);
        let stages = outcome.stages;
        let named = [
            (stages.resolved, "resolved"),
            (stages.allowed, "allowed"),
            (stages.connected, "connected"),
            (stages.secured, "secured"),
            (stages.sent, "sent"),
            (stages.first_byte, "first_byte"),
            (stages.done, "done"),
        ];
        let seen: Vec<_> = named.iter().filter(|(time, _)| time.is_some()).map(|(_, name)| *name).collect();
        assert_eq!(seen.join(" "), passed, "{stages:?}");
        assert!(times(&stages).is_sorted(), "{stages:?}");
    }
}
