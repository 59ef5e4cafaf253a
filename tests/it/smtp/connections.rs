//! Connections are kept, shared and given up.

use std::time::Duration;

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::Progress;
use ringpost::send::mail::{Mailer, MailerConfig, Timeouts};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{HASTY, content, envelope, mailer, send, setup};
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

#[tokio::test]
async fn mails_one_after_another_share_a_connection_and_do_not_wait_for_nagle() {
    let server = SmtpServer::friendly().await;
    let mailer = mailer(&server.url("smtp", "", ""));
    let begun = Instant::now();
    for _ in 0..50 {
        assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
    }
    // At 44 ms a mail it would be over two seconds.
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
    let log = server.log();
    assert_eq!((log.connections, log.mails.len()), (1, 50));
}

#[tokio::test]
async fn no_more_connections_are_open_at_a_time_than_are_set() {
    let script = Script::default().always(Step::Message, Fault::Late(Duration::from_millis(50)));
    let server = SmtpServer::start(script).await;
    let setup = MailerConfig { connections: 5, ..setup(&server.url("smtp", "", "")) };
    let mailer = Mailer::new(setup).unwrap();
    let mut sends = JoinSet::new();
    for number in 0..40 {
        let mailer = mailer.clone();
        let envelope = envelope(&format!("a{number}@acme.example"));
        sends.spawn(async move { mailer.send(&envelope, &content(), &Progress::default()).await.verdict });
    }
    let verdicts = sends.join_all().await;
    assert_eq!(verdicts, [Verdict::Delivered; 40]);
    assert_eq!(server.wait_for(40).await.len(), 40);
    assert_eq!(server.log().connections, 5);
}

#[tokio::test]
async fn a_kept_connection_that_has_ended_costs_nobody_a_retry() {
    for fault in [Fault::Close, Fault::SayAndClose("421 4.4.2 idle for too long")] {
        // The first mail goes well; at the second MAIL the server ends the connection.
        let script = Script::default().once(Step::Mail, Fault::Say("250 2.1.0 ok")).once(Step::Mail, fault);
        let server = SmtpServer::start(script).await;
        let mailer = mailer(&server.url("smtp", "", ""));
        for _ in 0..2 {
            assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
        }
        let connections: Vec<_> = server.log().mails.iter().map(|mail| mail.connection).collect();
        assert_eq!(connections, [1, 2]);
    }
}

#[tokio::test]
async fn a_connection_whose_mail_went_wrong_is_parted_from_and_not_used_again() {
    for (step, fault) in [
        (Step::Rcpt, Fault::Say("550 5.1.1 no such user")),
        (Step::Data, Fault::Say("451 4.3.0 later")),
        (Step::Message, Fault::Say("554 5.6.0 I do not like it")),
    ] {
        let server = SmtpServer::start(Script::default().once(step, fault)).await;
        let mailer = mailer(&server.url("smtp", "", ""));
        assert_ne!(send(&mailer).await.verdict, Verdict::Delivered);
        assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
        assert_eq!(server.log().mails[0].connection, 2);
        let parted = |(number, _, line): &(usize, bool, String)| *number == 1 && line == "QUIT";
        server.wait_until(|log| log.commands.iter().any(parted)).await;
    }
}

#[tokio::test]
async fn a_mail_whose_answer_is_lost_is_unknown_and_the_next_try_is_the_same_to_the_last_byte() {
    let server = SmtpServer::start(Script::default().once(Step::Message, Fault::Close)).await;
    let mailer = mailer(&server.url("smtp", "", ""));
    let lost = send(&mailer).await;
    assert_eq!(lost.verdict, Verdict::Unknown(Reason::NoAnswer));
    let again = send(&mailer).await;
    assert_eq!(again.verdict, Verdict::Delivered);
    assert_eq!(again.transcript.request_body, lost.transcript.request_body);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_a_while() {
    let server = SmtpServer::friendly().await;
    let timeouts = Timeouts { idle: HASTY, ..Timeouts::default() };
    let mailer = Mailer::new(MailerConfig { timeouts, ..setup(&server.url("smtp", "", "")) }).unwrap();
    assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
    let sent = Instant::now();
    server.wait_until(|log| log.commands.iter().any(|(_, _, line)| line == "QUIT")).await;
    assert!(sent.elapsed() >= HASTY, "{:?}", sent.elapsed());
    assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
    assert_eq!(server.log().connections, 2);
}
