//! Connections that are kept: for whom, for how long, and what never happens on them.

use std::time::Duration;

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::post::guard::{Guard, GuardConfig};
use ringpost::send::trust::Trust;

use super::{HASTY, PATIENT, open, open_guard, post, post_as, restless_guard};
use crate::support::authority::Authority;
use crate::support::receiver::{Answer, Door, Receiver, Then};

const FAILED: Verdict = Verdict::Failed(Reason::HttpStatus);
const SURPLUS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers with more than was asked for, every second time; with an honest 500 in between.
fn lying(answer: &Answer) -> Vec<Answer> {
    [answer.clone(), Answer::status(500, "no")].into_iter().cycle().take(200).collect()
}

/// Every way to say more than was asked for.
fn surplus() -> Vec<Answer> {
    let together = |answer: &str| Answer::raw(format!("{answer}{SURPLUS}"), Then::KeepAlive);
    let milliseconds = Duration::from_millis(5);
    vec![
        together(SURPLUS),
        together("HTTP/1.1 204 No Content\r\n\r\n"),
        together("HTTP/1.1 204 No Content\r\nContent-Length: 40\r\n\r\n"),
        together("HTTP/1.1 299 Fine\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        Answer::status(200, "ok").adding(Duration::ZERO, SURPLUS),
        Answer::status(200, "ok").adding(milliseconds, SURPLUS),
        Answer::status(204, "").adding(milliseconds, "a body"),
        Answer::status(200, "").adding(milliseconds, "\r\n"),
    ]
}

#[tokio::test]
async fn a_surplus_answer_is_never_taken_for_the_answer_to_the_next_request() {
    for (number, answer) in surplus().iter().enumerate() {
        let receiver = Receiver::start(Door::Plain, lying(answer)).await;
        let guard = open_guard();
        for round in 0..20 {
            let lied = post(&guard, &receiver.url("/hook"), PATIENT).await;
            assert_eq!(lied.verdict, Verdict::Delivered, "{number}, {round}: {}", lied.detail);
            let honest = post(&guard, &receiver.url("/hook"), PATIENT).await;
            assert_eq!((honest.verdict, honest.status), (FAILED, Some(500)), "{number}, {round}");
        }
        assert_eq!(receiver.requests().len(), 40, "{number}: each was sent once");
    }
}

/// A 304 may have no body either. The answers around it are honest, and failures too, so that a surplus shows.
#[tokio::test]
async fn what_follows_a_304_is_no_answer() {
    let liar = Answer::raw(
        format!("HTTP/1.1 304 Not Modified\r\nContent-Length: 38\r\n\r\n{SURPLUS}"),
        Then::KeepAlive,
    );
    let receiver = Receiver::start(Door::Plain, lying(&liar)).await;
    let guard = restless_guard();
    for _ in 0..20 {
        assert_eq!(post(&guard, &receiver.url("/hook"), PATIENT).await.status, Some(304));
        assert_eq!(post(&guard, &receiver.url("/hook"), PATIENT).await.status, Some(500));
    }
}

/// Here connections do not rest: the socket alone tells, in the moment before the request is written.
#[tokio::test]
async fn a_connection_with_unread_bytes_is_not_taken_again() {
    let answer = Answer::status(200, "ok").adding(Duration::from_millis(5), SURPLUS);
    let receiver = Receiver::start(Door::Plain, lying(&answer)).await;
    let guard = restless_guard();
    for round in 1..=20 {
        assert_eq!(post(&guard, &receiver.url("/hook"), PATIENT).await.verdict, Verdict::Delivered);
        receiver.wait_for_added(round).await;
        assert_eq!(post(&guard, &receiver.url("/hook"), PATIENT).await.verdict, FAILED, "{round}");
    }
    let seen = receiver.requests();
    assert_eq!(seen.len(), 40);
    assert!(seen.chunks(2).all(|two| two[0].connection != two[1].connection), "it was taken again");
    assert!(receiver.connections() < 40, "nothing was kept, so that nothing was shown");
}

#[tokio::test]
async fn neither_is_one_over_tls() {
    let authority = Authority::new();
    let answer = Answer::status(200, "ok").adding(Duration::from_millis(5), SURPLUS);
    let door = Door::Tls(authority.serves(&["127.0.0.1"]));
    let receiver = Receiver::start(door, lying(&answer)).await;
    let guard = Guard::new(GuardConfig { rest: Duration::ZERO, ..open(authority.trust()) }).unwrap();
    for round in 1..=10 {
        assert_eq!(post(&guard, &receiver.https("127.0.0.1"), PATIENT).await.verdict, Verdict::Delivered);
        receiver.wait_for_added(round).await;
        assert_eq!(post(&guard, &receiver.https("127.0.0.1"), PATIENT).await.verdict, FAILED);
    }
    assert!(receiver.connections() < 20, "nothing was kept, so that nothing was shown");
}

#[tokio::test]
async fn no_two_accounts_share_a_connection_of_a_shared_host() {
    let receiver = Receiver::ok().await;
    let guard = restless_guard();
    for _ in 0..5 {
        for account in [100, 200, 300] {
            assert_eq!(post_as(account, &guard, &receiver.url("/hook")).await.verdict, Verdict::Delivered);
        }
    }
    let connections: Vec<_> = receiver.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [1, 2, 3].repeat(5));
}

/// Each account sends once, so that only another's answer could mislead it.
#[tokio::test]
async fn a_surplus_answer_to_one_account_is_not_anothers() {
    for answer in surplus() {
        let receiver = Receiver::start(Door::Plain, lying(&answer)).await;
        let guard = restless_guard();
        for account in (0..40).step_by(2) {
            let lied = post_as(account, &guard, &receiver.url("/hook")).await;
            assert_eq!(lied.verdict, Verdict::Delivered, "{account}");
            let honest = post_as(account + 1, &guard, &receiver.url("/hook")).await;
            assert_eq!((honest.verdict, honest.status), (FAILED, Some(500)), "{account}");
        }
    }
}

#[tokio::test]
async fn a_connection_is_used_again_once_it_has_rested() {
    for receiver in [Receiver::ok().await, Receiver::answering(Answer::status(204, "")).await] {
        let guard = Guard::new(GuardConfig { rest: HASTY, ..open(Trust::only([])) }).unwrap();
        for _ in 0..2 {
            post(&guard, &receiver.url("/hook"), PATIENT).await;
        }
        assert_eq!(receiver.connections(), 2);
        // The rest is time that has to pass.
        tokio::time::sleep(HASTY).await;
        for _ in 0..2 {
            post(&guard, &receiver.url("/hook"), PATIENT).await;
        }
        assert_eq!(receiver.connections(), 2);
    }
}

#[tokio::test]
async fn a_tls_connection_is_used_again_without_another_handshake() {
    let authority = Authority::new();
    let receiver = Receiver::tls(authority.serves(&["127.0.0.1"])).await;
    let guard = Guard::new(GuardConfig { rest: Duration::ZERO, ..open(authority.trust()) }).unwrap();
    for _ in 0..10 {
        assert_eq!(post(&guard, &receiver.https("127.0.0.1"), PATIENT).await.verdict, Verdict::Delivered);
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn idle_connections_are_closed_and_a_thousand_accounts_leave_none_behind() {
    let receiver = Receiver::ok().await;
    let guard = Guard::new(GuardConfig { idle: HASTY, ..open(Trust::only([])) }).unwrap();
    for account in 0..1_000 {
        assert_eq!(post_as(account, &guard, &receiver.url("/hook")).await.verdict, Verdict::Delivered);
    }
    receiver.wait_for_ended(1_000).await;
    assert_eq!(post_as(0, &guard, &receiver.url("/hook")).await.verdict, Verdict::Delivered);
    assert_eq!(receiver.connections(), 1_001);
}

#[tokio::test]
async fn connections_end_with_their_guard() {
    let receiver = Receiver::ok().await;
    let guard = open_guard();
    post(&guard, &receiver.url("/hook"), PATIENT).await;
    drop(guard);
    receiver.wait_for_ended(1).await;
}
