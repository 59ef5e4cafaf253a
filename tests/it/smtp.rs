//! How mails leave, against mail servers that misbehave.

mod connections;
mod messages;
mod patience;
mod refusals;
mod secure;

use std::path::PathBuf;
use std::time::Duration;

use ringpost::domain::delivery::Outcome;
use ringpost::send::Progress;
use ringpost::send::mail::{CONNECTIONS, Envelope, Mailer, MailerConfig, Timeouts};
use ringpost::send::render::RenderedMail;
use ringpost::send::trust::Trust;

use crate::support::smtp::SmtpServer;

/// Short enough to be waited for.
const HASTY: Duration = Duration::from_millis(300);

/// A mailer for the server at this URL.
fn mailer(url: &str) -> Mailer {
    Mailer::new(setup(url)).unwrap()
}

fn setup(url: &str) -> MailerConfig {
    MailerConfig {
        server: Some(url.parse().unwrap()),
        sender: "Ringpost <ringpost@localhost>".parse().unwrap(),
        public_host: "ringpost.acme.example".into(),
        folder: PathBuf::from("/nonexistent"),
        trust: Trust::only([]),
        timeouts: Timeouts::default(),
        connections: CONNECTIONS,
    }
}

/// A mailer that gives up soon.
fn hasty(server: &SmtpServer) -> Mailer {
    let (connect, command, data, end) = (HASTY, HASTY, HASTY, HASTY);
    let timeouts = Timeouts { connect, command, data, end, ..Timeouts::default() };
    Mailer::new(MailerConfig { timeouts, ..setup(&server.url("smtp", "", "")) }).unwrap()
}

fn envelope(to: &str) -> Envelope {
    Envelope {
        to: to.parse().unwrap(),
        from: None,
        reply_to: None,
        message_id: "0197-1".into(),
        references: None,
        unsubscribe: None,
        date: "2026-05-04T12:00:00Z".parse().unwrap(),
        is_test: false,
    }
}

fn content() -> RenderedMail {
    RenderedMail {
        subject: "[prod-acme] Run Failed: Salesforce (42)".into(),
        html: "<p>A run failed.</p>".into(),
        text: "A run failed.\n.\n.dots stay\n".into(),
    }
}

async fn send(mailer: &Mailer) -> Outcome {
    mailer.send(&envelope("dana@acme.example"), &content(), &Progress::default()).await
}
