//! How long a server is waited for at each step, and what is told of the time.

use std::time::Duration;

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::Progress;
use ringpost::send::mail::{Envelope, Mailer, MailerConfig, Timeouts};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{HASTY, content, envelope, hasty, send, setup};
use crate::support::authority::Authority;
use crate::support::smtp::{Fault, Script, SmtpServer, Step, Tls};

const DEFERRED: Verdict = Verdict::Retry(Reason::SmtpDeferred);

fn patient(server: &SmtpServer, timeouts: Timeouts) -> Mailer {
    Mailer::new(MailerConfig { timeouts, ..setup(&server.url("smtp", "", "")) }).unwrap()
}

#[test]
fn the_times_are_those_of_rfc_5321() {
    let Timeouts { connect, command, data, end, refused, .. } = Timeouts::default();
    let seconds = [connect, command, data, end, refused].map(|time| time.as_secs());
    assert_eq!(seconds, [5, 60, 180, 600, 300]);
}

/// What was 35 s late is here three times the limit of a command.
#[tokio::test]
async fn a_late_250_counts_and_the_mail_is_not_sent_twice() {
    let script = Script::default()
        .once(Step::Message, Fault::Late(HASTY * 3))
        .once(Step::Mail, Fault::Say("250 2.1.0 ok"))
        .once(Step::Mail, Fault::Hang);
    let server = SmtpServer::start(script).await;
    let mailer = patient(&server, Timeouts { command: HASTY, ..Timeouts::default() });
    let begun = Instant::now();
    let late = send(&mailer).await;
    assert_eq!((late.verdict, late.status), (Verdict::Delivered, Some(250)), "{}", late.detail);
    assert!(begun.elapsed() >= HASTY * 3);
    assert_eq!(server.log().mails.len(), 1);

    // The patience was for the final dot only: the next command on the same connection has its own limit.
    let begun = Instant::now();
    assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
    assert!(begun.elapsed() >= HASTY, "the server did not fall silent");
    let connections: Vec<_> = server.log().mails.iter().map(|mail| mail.connection).collect();
    assert_eq!(connections, [1, 2]);
}

#[tokio::test]
async fn no_answer_after_the_final_dot_is_unknown_and_before_it_deferred() {
    for (step, fault, verdict, left) in [
        (Step::Rcpt, Fault::Hang, DEFERRED, false),
        (Step::Data, Fault::Hang, DEFERRED, false),
        (Step::Data, Fault::Close, DEFERRED, false),
        (Step::Message, Fault::Hang, Verdict::Unknown(Reason::NoAnswer), true),
        (Step::Message, Fault::Close, Verdict::Unknown(Reason::NoAnswer), true),
        (Step::Message, Fault::SayAndClose("gibberish"), Verdict::Unknown(Reason::NoAnswer), true),
        (Step::Message, Fault::Say("451 4.3.0 later"), DEFERRED, true),
    ] {
        // The first mail goes well, so that the second one is on a kept connection.
        let script = Script::default().once(step, Fault::Late(Duration::ZERO)).always(step, fault.clone());
        let server = SmtpServer::start(script).await;
        let mailer = hasty(&server);
        assert_eq!(send(&mailer).await.verdict, Verdict::Delivered, "{step:?} {fault:?}");
        let progress = Progress::default();
        let outcome = mailer.send(&envelope("dana@acme.example"), &content(), &progress).await;
        assert_eq!(outcome.verdict, verdict, "{step:?} {fault:?}: {}", outcome.detail);
        assert_eq!(progress.may_have_left(), left, "{step:?} {fault:?}");
        assert_eq!(outcome.stages.sent.is_some(), left, "{step:?} {fault:?}");
        assert_eq!(server.log().mails.len(), 1, "{step:?} {fault:?}");
    }
}

#[tokio::test]
async fn the_stages_of_a_mail_are_told() {
    let authority = Authority::new();
    let acceptor = authority.serves_until(&["127.0.0.1"], (2031, 2, 3));
    let server = SmtpServer::start(Script::default().tls(Tls::OnDemand(acceptor))).await;
    let url = server.url("smtp", "", "?tls=required");
    let mailer = Mailer::new(MailerConfig { trust: authority.trust(), ..setup(&url) }).unwrap();
    let first = send(&mailer).await;
    let stages = first.stages;
    let times =
        [stages.resolved, stages.connected, stages.secured, stages.sent, stages.first_byte, stages.done];
    assert!(times.iter().all(Option::is_some) && times.is_sorted(), "{stages:?}");
    assert!(stages.done.unwrap() <= first.took);
    assert_eq!(stages.certificate_until, Some("2031-02-03T00:00:00Z".parse().unwrap()));
    assert_eq!(stages.allowed, None, "no policy is asked for the operator's own server");

    let again = send(&mailer).await.stages;
    assert!(again.sent.is_some() && again.sent <= again.done, "{again:?}");
    assert_eq!((again.resolved, again.connected, again.secured), (None, None, None));
}

fn auths(server: &SmtpServer) -> usize {
    server.log().commands.iter().filter(|(_, _, line)| line.starts_with("AUTH")).count()
}

#[tokio::test]
async fn a_refused_password_is_not_tried_again_for_a_while_except_by_a_person() {
    let server = SmtpServer::start(Script::default().password("ops", "right")).await;
    let timeouts = Timeouts { refused: HASTY * 3, ..Timeouts::default() };
    let mailer =
        Mailer::new(MailerConfig { timeouts, ..setup(&server.url("smtp", "ops:wrong@", "")) }).unwrap();
    let mut sends = JoinSet::new();
    for _ in 0..20 {
        let mailer = mailer.clone();
        sends.spawn(async move { send(&mailer).await });
    }
    for outcome in sends.join_all().await {
        assert_eq!((outcome.verdict, outcome.status), (DEFERRED, Some(535)));
        assert_eq!(outcome.detail, "535 5.7.8 authentication failed");
    }
    assert_eq!(auths(&server), 1, "the server was asked again and again");
    let refused = Instant::now();

    let by_hand = Envelope { is_test: true, ..envelope("dana@acme.example") };
    let outcome = mailer.send(&by_hand, &content(), &Progress::default()).await;
    assert_eq!(outcome.detail, "535 5.7.8 authentication failed");
    assert_eq!(auths(&server), 2);

    // The pause is time that has to pass.
    tokio::time::sleep_until(refused + HASTY * 4).await;
    send(&mailer).await;
    assert_eq!(auths(&server), 3);
}

#[tokio::test]
async fn a_server_that_cannot_look_at_the_password_now_has_not_refused_it() {
    let script = Script::default()
        .password("ops", "right")
        .once(Step::Auth, Fault::Say("454 4.7.0 temporary authentication failure"));
    let server = SmtpServer::start(script).await;
    let mailer = Mailer::new(setup(&server.url("smtp", "ops:right@", ""))).unwrap();
    assert_eq!(send(&mailer).await.verdict, DEFERRED);
    assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
}
