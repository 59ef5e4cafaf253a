//! Mails: handed to a mail server over kept connections, or, without one, written into a folder.
//!
//! A mail may be tried many times and is then the same to the last byte, under the same Message-ID: if an
//! answer was lost, a receiver that looks at ids keeps one of the two.

mod folder;
mod mail_from;
mod message;
mod smtp;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::extension::ClientId;
use rustls::client::Resumption;
use tokio::time::Instant;
use url::Host;

use crate::domain::delivery::{Outcome, Reason, Transcript, Verdict};
use crate::send::progress::Progress;
use crate::send::render::RenderedMail;
use crate::send::trust::Trust;
pub use mail_from::MailFrom;
pub use message::{Envelope, Unsubscribe};
use smtp::SmtpServer;
pub use smtp::{Security, SmtpConfig, SmtpCredentials};

/// What a mailer is made of.
#[derive(Clone, Debug)]
pub struct MailerConfig {
    /// `--smtp-url`; without it, mails become files.
    pub server: Option<SmtpConfig>,
    /// `--mail-from`.
    pub sender: MailFrom,
    /// The host of the public URL: names us to the server, and in ids, when the sender's host is this machine.
    pub public_host: String,
    /// Where mails are written without a server: `<data-dir>/mail`.
    pub folder: PathBuf,
    /// Which certificates are believed.
    pub trust: Trust,
    /// How long a server is waited for.
    pub timeouts: Timeouts,
}

/// How long a mail server is waited for, and how long it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a TCP connection, and again for TLS.
    pub connect: Duration,
    /// For one mail from first to last, connecting included.
    pub whole: Duration,
    /// How long a connection is kept for the next mail; servers begin to hang up after a minute.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), whole: seconds(30), idle: seconds(30) }
    }
}

/// Sends mails. Cheap to clone; clones share its connections.
#[derive(Clone)]
pub struct Mailer {
    sender: MailFrom,
    host: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    SmtpServer(Arc<SmtpServer>),
    Folder(PathBuf),
}

impl Mailer {
    /// A mailer; nothing is connected yet. Fails only if TLS cannot be set up at all.
    pub fn new(setup: MailerConfig) -> Result<Self, rustls::Error> {
        let MailerConfig { server, sender, public_host, folder, trust, timeouts } = setup;
        let domain = sender.address().domain();
        let host = if domain == "localhost" { public_host } else { domain.to_owned() };
        let way = match server {
            None => Way::Folder(folder),
            Some(config) => {
                let tls = trust.client_config(&[], Resumption::default())?;
                Way::SmtpServer(Arc::new(SmtpServer::new(config, Arc::new(tls), client_id(&host), timeouts)))
            }
        };
        Ok(Self { sender, host, way })
    }

    /// The folder that mails are written to when there is no server: the page's banner names it.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.way {
            Way::SmtpServer(_) => None,
            Way::Folder(folder) => Some(folder),
        }
    }

    /// Sends one mail to one recipient. The status is the server's code, the detail its last reply, and the
    /// transcript holds the message as it was sent.
    pub async fn send(&self, envelope: &Envelope, content: &RenderedMail, progress: &Progress) -> Outcome {
        let begun = Instant::now();
        let outcome = match message::compose(envelope, content, &self.sender, &self.host) {
            Ok(message) => self.hand_over(&envelope.message_id, &message, progress).await,
            Err(error) => Outcome::new(Verdict::Failed(Reason::SmtpRefused), error.to_string()),
        };
        Outcome { took: begun.elapsed(), ..outcome }
    }

    async fn hand_over(&self, id: &str, message: &Message, progress: &Progress) -> Outcome {
        let bytes = message.formatted();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let outcome = match &self.way {
            Way::SmtpServer(server) => match server.deliver(message.envelope(), &bytes, progress).await {
                Ok(reply) => {
                    Outcome { status: Some(reply.code), ..Outcome::new(Verdict::Delivered, reply.reply_text) }
                }
                Err(error) => error.into_outcome(),
            },
            Way::Folder(folder) => folder::write(folder, id, bytes).await,
        };
        let transcript =
            Transcript { request_body: text, response_head: outcome.detail.clone(), ..Transcript::default() };
        Outcome { transcript, ..outcome }
    }
}

/// How we introduce ourselves: RFC 5321 wants an address in brackets where there is no name.
fn client_id(host: &str) -> ClientId {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Ok(Host::Ipv6(address)) => ClientId::Ipv6(address),
        Ok(Host::Domain(name)) => ClientId::Domain(name),
        Err(_) => ClientId::Domain("localhost".to_owned()),
    }
}
