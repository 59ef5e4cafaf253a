//! Each step of a conversation, refused for now, for good, or not answered at all.

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::Progress;
use tokio::net::TcpStream;

use super::{content, envelope, hasty, mailer, send};
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

const DEFERRED: Verdict = Verdict::Retry(Reason::SmtpDeferred);
const REFUSED: Verdict = Verdict::Failed(Reason::SmtpRefused);

/// Every step before the server has taken the mail.
const STEPS: [Step; 6] = [Step::Greeting, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data, Step::Message];

#[tokio::test]
async fn a_mail_that_the_server_takes_is_delivered_with_its_words() {
    let server = SmtpServer::friendly().await;
    let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
    assert_eq!((outcome.verdict, outcome.status), (Verdict::Delivered, Some(250)));
    assert_eq!(outcome.detail, "250 2.0.0 queued as 4F9AC1");
    assert_eq!(outcome.transcript.response_head, outcome.detail);
    let mail = &server.log().mails[0];
    assert_eq!(mail.from, "ringpost@localhost");
    assert_eq!(mail.to, ["dana@acme.example"]);
    assert!(mail.message.starts_with(&outcome.transcript.request_body), "{}", mail.message);
}

#[tokio::test]
async fn a_4xx_at_any_step_is_tried_again() {
    for step in STEPS {
        let script = Script::default().always(step, Fault::Say("451 4.3.0 come back later"));
        let server = SmtpServer::start(script).await;
        let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
        assert_eq!((outcome.verdict, outcome.status), (DEFERRED, Some(451)), "{step:?}");
        assert_eq!(outcome.detail, "451 4.3.0 come back later");
        assert_eq!(server.log().mails.len(), 0);
    }
}

#[tokio::test]
async fn a_5xx_is_the_recipients_only_from_rcpt_on() {
    for (step, verdict) in [
        (Step::Greeting, DEFERRED),
        (Step::Ehlo, DEFERRED),
        (Step::Mail, DEFERRED),
        (Step::Rcpt, REFUSED),
        (Step::Data, REFUSED),
        (Step::Message, REFUSED),
    ] {
        let script = Script::default().always(step, Fault::Say("550 5.1.1 no such user"));
        let server = SmtpServer::start(script).await;
        let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
        assert_eq!((outcome.verdict, outcome.status), (verdict, Some(550)), "{step:?}");
        assert_eq!(outcome.detail, "550 5.1.1 no such user");
    }
}

#[tokio::test]
async fn a_refusal_in_latin_1_or_with_a_terminals_commands_in_it_is_a_refusal_in_plain_words() {
    let replies: [(&[u8], &str); 3] = [
        (b"550 5.1.1 Empf\xe4nger unbekannt", "550 5.1.1 Empf?nger unbekannt"),
        ("550 5.1.1 Empfänger unbekannt".as_bytes(), "550 5.1.1 Empfänger unbekannt"),
        ("550 5.1.1 \x1b[2J\x1b]0;pwn\x07 \u{202e}live".as_bytes(), "550 5.1.1 [2J ]0;pwn live"),
    ];
    for (said, told) in replies {
        let script = Script::default().always(Step::Rcpt, Fault::SayBytes(said));
        let server = SmtpServer::start(script).await;
        let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
        assert_eq!((outcome.verdict, outcome.status), (REFUSED, Some(550)), "{told}");
        assert_eq!(outcome.detail, told);
    }
}

#[tokio::test]
async fn a_refusal_is_one_however_the_server_writes_it() {
    let long: &'static str = format!("550 5.7.1 {}", "ü".repeat(4_000)).leak();
    let huge: &'static str = format!("550-{}\r\n550 no", "x".repeat(200_000)).leak();
    let cut = |start: &str, letter: &str, times| format!("{start}{}…", letter.repeat(times));
    for (said, verdict, code, told) in [
        ("550", REFUSED, 550, "550".to_owned()),
        ("550 ", REFUSED, 550, "550".to_owned()),
        (long, REFUSED, 550, cut("550 5.7.1 ", "ü", 245)),
        (huge, REFUSED, 550, cut("550 ", "x", 496) + " no"),
        // No list has this code, and Exchange has it.
        ("571 5.7.1 not for you", REFUSED, 571, "571 5.7.1 not for you".to_owned()),
        ("550-5.1.1 one\r\n550-\r\n550 5.1.1 last", REFUSED, 550, "550 5.1.1 one last".to_owned()),
        ("550-one\r\n450 two", DEFERRED, 450, "450 one two".to_owned()),
        ("472 full", DEFERRED, 472, "472 full".to_owned()),
    ] {
        for step in [Step::Rcpt, Step::Message] {
            let server = SmtpServer::start(Script::default().always(step, Fault::Say(said))).await;
            let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
            assert_eq!(
                (outcome.verdict, outcome.status),
                (verdict, Some(code)),
                "{told}: {}",
                outcome.detail
            );
            assert_eq!(outcome.detail, told);
            assert_eq!(server.log().connections, 1);
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_of_a_mail_server_is_told_in_our_words() {
    for (fault, told) in [
        (Fault::Say("hello"), "the server does not speak SMTP: it said “hello”"),
        (Fault::Say("55"), "the server does not speak SMTP: it said “55”"),
        (Fault::Say("999 odd"), "the server does not speak SMTP: it said “999 odd”"),
        (Fault::Close, "the server closed the connection"),
        (Fault::SayAndClose("550-there is more"), "the server's reply broke off"),
    ] {
        for (query, step) in [("", Step::Rcpt), ("", Step::Greeting), ("?tls=opportunistic", Step::Greeting)]
        {
            let server = SmtpServer::start(Script::default().always(step, fault.clone())).await;
            let outcome = send(&mailer(&server.url("smtp", "", query))).await;
            assert_eq!((outcome.verdict, outcome.detail.as_str()), (DEFERRED, told), "{step:?} {query}");
        }
    }
    let script = Script::default().always(Step::Ehlo, Fault::Say("250"));
    let server = SmtpServer::start(script).await;
    let nameless = send(&mailer(&server.url("smtp", "", ""))).await;
    assert_eq!(nameless.detail, "the server answers to EHLO without its name");
}

#[tokio::test]
async fn a_refusal_of_several_lines_is_told_whole() {
    let said = "550-5.7.1 we do not know you\r\n550 5.7.1 see https://x.example";
    let server = SmtpServer::start(Script::default().always(Step::Rcpt, Fault::Say(said))).await;
    let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
    assert_eq!(outcome.detail, "550 5.7.1 we do not know you see https://x.example");
}

#[tokio::test]
async fn one_refused_recipient_stops_no_other() {
    let script = Script::default().refuse("gone@acme.example", "550 5.1.1 gone");
    let server = SmtpServer::start(script).await;
    let mailer = mailer(&server.url("smtp", "", ""));
    let mut verdicts = Vec::new();
    for to in ["a@acme.example", "gone@acme.example", "b@acme.example"] {
        verdicts.push(mailer.send(&envelope(to), &content(), &Progress::default()).await.verdict);
    }
    assert_eq!(verdicts, [Verdict::Delivered, REFUSED, Verdict::Delivered]);
    let recipients: Vec<_> = server.log().mails.into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(recipients, ["a@acme.example", "b@acme.example"]);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_final_dot_is_tried_again() {
    for step in STEPS {
        for fault in [Fault::Close, Fault::SayAndClose("421 4.3.2 shutting down")] {
            let is_silent = matches!(fault, Fault::Close);
            let server = SmtpServer::start(Script::default().always(step, fault)).await;
            let outcome = send(&mailer(&server.url("smtp", "", ""))).await;
            let expected = if is_silent { unanswered(step) } else { DEFERRED };
            assert_eq!(outcome.verdict, expected, "{step:?}");
            assert!(!outcome.detail.is_empty());
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_before_the_final_dot_is_tried_again_when_the_time_is_up() {
    for step in STEPS {
        let server = SmtpServer::start(Script::default().always(step, Fault::Hang)).await;
        let outcome = send(&hasty(&server)).await;
        assert_eq!(outcome.verdict, unanswered(step), "{step:?}");
        assert_eq!(outcome.detail, "no answer within 0.3 s");
    }
}

/// What silence means: once the final dot was written, the server may have taken the mail.
fn unanswered(step: Step) -> Verdict {
    if step == Step::Message { Verdict::Unknown(Reason::NoAnswer) } else { DEFERRED }
}

#[tokio::test]
async fn what_is_not_smtp_is_tried_again() {
    for words in ["HTTP/1.1 400 Bad Request", "\u{1}\u{2}\u{3}", "999 hello", "2", ""] {
        for query in ["", "?tls=opportunistic"] {
            let script = Script::default().always(Step::Greeting, Fault::SayAndClose(words));
            let server = SmtpServer::start(script).await;
            let outcome = send(&mailer(&server.url("smtp", "", query))).await;
            assert_eq!(outcome.verdict, DEFERRED, "{words:?}: {}", outcome.detail);
        }
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_again() {
    let server = SmtpServer::friendly().await;
    let (mailer, address) = (mailer(&server.url("smtp", "", "")), server.address);
    drop(server);
    // The listener is gone when its task has ended.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let outcome = send(&mailer).await;
    assert_eq!((outcome.verdict, outcome.detail.as_str()), (DEFERRED, "connection refused"));
}

#[tokio::test]
async fn a_host_that_does_not_resolve_is_tried_again() {
    let outcome = send(&mailer("smtp://mail.invalid")).await;
    assert_eq!(outcome.verdict, DEFERRED);
    assert!(!outcome.detail.is_empty());
}
