//! TLS and signing in.

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::mail::{Mailer, MailerConfig, Timeouts};

use super::{HASTY, mailer, send, setup};
use crate::support::authority::{Authority, self_signed};
use crate::support::smtp::{Fault, Script, SmtpServer, Step, Tls};

const NO_TLS: Verdict = Verdict::Retry(Reason::SmtpNoTls);
const DEFERRED: Verdict = Verdict::Retry(Reason::SmtpDeferred);

fn trusting(authority: &Authority, url: &str) -> Mailer {
    Mailer::new(MailerConfig { trust: authority.trust(), ..setup(url) }).unwrap()
}

#[tokio::test]
async fn with_smtps_everything_is_encrypted() {
    let authority = Authority::new();
    let script = Script::default()
        .tls(Tls::FromTheStart(authority.serves(&["127.0.0.1"])))
        .password("ops@acme.example", "s3/cret");
    let server = SmtpServer::start(script).await;
    let mailer = trusting(&authority, &server.url("smtps", "ops%40acme.example:s3%2Fcret@", ""));
    assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
    let log = server.log();
    assert!(log.mails[0].secure);
    assert_eq!(log.mails[0].user.as_deref(), Some("ops@acme.example"));
}

#[tokio::test]
async fn with_starttls_only_ehlo_and_starttls_are_in_clear() {
    let authority = Authority::new();
    for query in ["?tls=required", "?tls=opportunistic"] {
        let script =
            Script::default().tls(Tls::OnDemand(authority.serves(&["127.0.0.1"]))).password("ops", "s3cret");
        let server = SmtpServer::start(script).await;
        let mailer = trusting(&authority, &server.url("smtp", "ops:s3cret@", query));
        assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
        let log = server.log();
        let clear = log.commands.iter().filter(|(_, secure, _)| !secure);
        let clear: Vec<_> = clear.map(|(_, _, line)| line.as_str()).collect();
        assert_eq!(clear, ["EHLO ringpost.acme.example", "STARTTLS"]);
        assert!(log.mails[0].secure);
    }
}

#[tokio::test]
async fn starttls_required_and_missing_sends_nothing_in_clear() {
    let offering = || Script::default().tls(Tls::OnDemand(self_signed(&["127.0.0.1"])));
    for script in [
        Script::default().password("ops", "s3cret"),
        offering().always(Step::StartTls, Fault::Say("454 4.7.0 TLS not available")),
        // Somebody between us and the server answers our next commands before TLS.
        offering().always(Step::StartTls, Fault::Say("220 go ahead\r\n250 queued\r\n250 queued")),
    ] {
        let server = SmtpServer::start(script).await;
        let outcome = send(&mailer(&server.url("smtp", "ops:s3cret@", "?tls=required"))).await;
        assert_eq!(outcome.verdict, NO_TLS, "{}", outcome.detail);
        assert!(!outcome.detail.is_empty());
        for (_, _, line) in server.log().commands {
            assert!(line.starts_with("EHLO ") || line == "STARTTLS", "{line}");
        }
    }
}

#[tokio::test]
async fn opportunistic_goes_on_in_clear_where_nothing_is_offered() {
    let unable = Script::default()
        .tls(Tls::OnDemand(self_signed(&["127.0.0.1"])))
        .always(Step::StartTls, Fault::Say("454 4.7.0 TLS not available"));
    for script in [Script::default(), unable] {
        let server = SmtpServer::start(script).await;
        let outcome = send(&mailer(&server.url("smtp", "", "?tls=opportunistic"))).await;
        assert_eq!(outcome.verdict, Verdict::Delivered, "{}", outcome.detail);
        assert!(!server.log().mails[0].secure);
    }
}

#[tokio::test]
async fn a_bad_certificate_is_tried_again_and_the_password_stays_here() {
    let authority = Authority::new();
    for acceptor in [
        self_signed(&["127.0.0.1"]),
        authority.served_until_2001(&["127.0.0.1"]),
        authority.serves(&["mail.acme.example"]),
    ] {
        for (tls, scheme, query) in [
            (Tls::FromTheStart(acceptor.clone()), "smtps", ""),
            (Tls::OnDemand(acceptor.clone()), "smtp", "?tls=required"),
            (Tls::OnDemand(acceptor.clone()), "smtp", "?tls=opportunistic"),
        ] {
            let script = Script::default().tls(tls).password("ops", "s3cret");
            let server = SmtpServer::start(script).await;
            let outcome = send(&trusting(&authority, &server.url(scheme, "ops:s3cret@", query))).await;
            assert_eq!(outcome.verdict, DEFERRED);
            assert!(outcome.detail.starts_with("no TLS: the certificate "), "{}", outcome.detail);
            assert!(server.log().commands.iter().all(|(_, _, line)| !line.starts_with("AUTH")));
        }
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_tried_again() {
    // A plain listener that never speaks: the client's hello gets no answer.
    let server = SmtpServer::start(Script::default().always(Step::Greeting, Fault::Hang)).await;
    let timeouts = Timeouts { connect: HASTY, ..Timeouts::default() };
    let mailer = Mailer::new(MailerConfig { timeouts, ..setup(&server.url("smtps", "", "")) }).unwrap();
    let outcome = send(&mailer).await;
    assert_eq!((outcome.verdict, outcome.detail.as_str()), (DEFERRED, "no TLS within 0.3 s"));
}

#[tokio::test]
async fn a_wrong_password_is_tried_again_and_named_without_being_shown() {
    let server = SmtpServer::start(Script::default().password("ops", "right")).await;
    let outcome = send(&mailer(&server.url("smtp", "ops:s3cret@", ""))).await;
    assert_eq!((outcome.verdict, outcome.status), (DEFERRED, Some(535)));
    assert_eq!(outcome.detail, "535 5.7.8 authentication failed");
    assert!(!format!("{outcome:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_server_that_knows_no_passwords_is_tried_again() {
    let server = SmtpServer::friendly().await;
    let outcome = send(&mailer(&server.url("smtp", "ops:s3cret@", ""))).await;
    assert_eq!(outcome.verdict, DEFERRED);
    assert_eq!(outcome.detail, "the server offers no way to sign in that is known here: PLAIN or LOGIN");
    assert_eq!(server.log().mails.len(), 0);
}
