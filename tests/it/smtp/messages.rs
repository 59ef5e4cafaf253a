//! What stands in a mail.

use std::os::unix::fs::PermissionsExt as _;

use ringpost::domain::delivery::Verdict;
use ringpost::send::Progress;
use ringpost::send::mail::{Envelope, Mailer, MailerConfig, Unsubscribe};
use ringpost::send::render::RenderedMail;

use super::{content, envelope, mailer, send, setup};
use crate::support::smtp::{SmtpServer, Taken};

async fn taken(envelope: &Envelope, content: &RenderedMail) -> Taken {
    let server = SmtpServer::friendly().await;
    let outcome = mailer(&server.url("smtp", "", "")).send(envelope, content, &Progress::default()).await;
    assert_eq!(outcome.verdict, Verdict::Delivered, "{}", outcome.detail);
    server.log().mails.remove(0)
}

#[tokio::test]
async fn a_mail_to_the_primary_contact_reads_like_this() {
    let mail = taken(&envelope("dana@acme.example"), &content()).await;
    insta::assert_snapshot!(mail.message.replace("\r\n", "\n"));
}

#[tokio::test]
async fn a_subscribers_mail_is_threaded_and_can_be_left() {
    let url = format!("https://ringpost.acme.example/u/{}", "s1gned".repeat(30));
    let envelope = Envelope {
        references: Some("run-88.prod-acme".into()),
        unsubscribe: Some(Unsubscribe { url: url.clone(), one_click: true }),
        reply_to: Some("ops@acme.example".parse().unwrap()),
        ..envelope("ops@acme.example")
    };
    let mail = taken(&envelope, &content()).await;
    for (name, value) in [
        ("References", "<run-88.prod-acme@ringpost.acme.example>"),
        ("In-Reply-To", "<run-88.prod-acme@ringpost.acme.example>"),
        ("Message-ID", "<0197-1@ringpost.acme.example>"),
        ("List-Unsubscribe", &format!("<{url}>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Reply-To", "ops@acme.example"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Date", "Mon, 04 May 2026 12:00:00 +0000"),
        ("From", "Ringpost <ringpost@localhost>"),
        ("To", "ops@acme.example"),
    ] {
        assert_eq!(mail.header(name).as_deref(), Some(value), "{name}");
    }
    let unsubscribe = Some(Unsubscribe { url, one_click: false });
    let mail = taken(&Envelope { unsubscribe, ..envelope }, &content()).await;
    assert!(mail.header("List-Unsubscribe").is_some());
    assert_eq!(mail.header("List-Unsubscribe-Post"), None);
}

#[tokio::test]
async fn another_sender_replaces_ours_in_the_header_and_bounces_come_to_us() {
    let from = Some("alerts@acme.example".parse().unwrap());
    let mail = taken(&Envelope { from, ..envelope("dana@acme.example") }, &content()).await;
    assert_eq!(mail.header("From").as_deref(), Some("alerts@acme.example"));
    assert_eq!(mail.from, "ringpost@localhost");
}

#[tokio::test]
async fn no_text_can_add_a_header_and_any_script_survives() {
    let content = RenderedMail {
        subject: "Überläufe\r\nBcc: eve@evil.example\u{0} 日本".into(),
        html: "<p>日本</p>".into(),
        text: "日本\r\n.\r\nQUIT\r\n".into(),
    };
    let mail = taken(&envelope("dana@acme.example"), &content).await;
    assert_eq!(mail.to, ["dana@acme.example"]);
    assert_eq!(mail.header("Bcc"), None);
    assert!(mail.message.is_ascii());
    assert!(mail.header("Subject").unwrap().starts_with("=?utf-8?b?"), "{:?}", mail.header("Subject"));
}

#[tokio::test]
async fn ids_end_in_the_senders_host() {
    let server = SmtpServer::friendly().await;
    let sender = "ringpost@mail.acme.example".parse().unwrap();
    let mailer = Mailer::new(MailerConfig { sender, ..setup(&server.url("smtp", "", "")) }).unwrap();
    assert_eq!(send(&mailer).await.verdict, Verdict::Delivered);
    let log = server.log();
    assert_eq!(log.mails[0].header("Message-ID").as_deref(), Some("<0197-1@mail.acme.example>"));
    assert_eq!(log.commands[0].2, "EHLO mail.acme.example");
}

#[tokio::test]
async fn without_a_server_a_mail_is_a_private_file() {
    let parent = std::env::temp_dir().join(format!("ringpost-mail-{}", std::process::id()));
    let folder = parent.join("mail");
    let setup = MailerConfig { server: None, folder: folder.clone(), ..setup("smtp://127.0.0.1") };
    let mailer = Mailer::new(setup).unwrap();
    assert_eq!(mailer.folder(), Some(folder.as_path()));
    for _ in 0..2 {
        let outcome = send(&mailer).await;
        assert_eq!((outcome.verdict, outcome.status), (Verdict::WrittenToFile, None));
        assert_eq!(outcome.detail, folder.join("0197-1.eml").display().to_string());
        let written = std::fs::read_to_string(&outcome.detail).unwrap();
        assert_eq!(written, outcome.transcript.request_body);
        assert!(written.contains("To: dana@acme.example\r\n"));
        assert_eq!(std::fs::metadata(&outcome.detail).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "a retry made a second file");
    std::fs::remove_dir_all(parent).unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let folder = "/dev/null/mail".into();
    let mailer = Mailer::new(MailerConfig { server: None, folder, ..setup("smtp://127.0.0.1") }).unwrap();
    let outcome = send(&mailer).await;
    assert!(matches!(outcome.verdict, Verdict::Retry(_)));
    assert!(outcome.detail.contains("cannot be written"), "{}", outcome.detail);
}
