//! Mails: handed to a mail server over kept connections, or, without one, written into a folder.
//!
//! A mail may be tried many times and is then the same to the last byte, under the same Message-ID: if an
//! answer was lost, a receiver that looks at ids keeps one of the two.

mod folder;
mod mail_from;
mod message;
mod smtp;
mod try_once;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::extension::ClientId;
use rustls::client::Resumption;
use url::Host;

use crate::domain::delivery::{Outcome, Reason, Transcript, Verdict};
use crate::send::probe::ProbeError;
use crate::send::progress::Progress;
use crate::send::render::RenderedMail;
use crate::send::trust::Trust;
pub use mail_from::MailFrom;
pub use message::{Envelope, Unsubscribe};
use smtp::SmtpServer;
pub use smtp::{Security, SmtpConfig, SmtpCredentials};
use try_once::Try;

/// The most connections to the mail server at a time, unless told otherwise.
pub const CONNECTIONS: usize = 16;

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
    /// The most connections at a time: [`CONNECTIONS`].
    pub connections: usize,
}

/// How long a mail server is waited for (RFC 5321, 4.5.3.2), and how long it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the name, a TCP connection, and TLS each.
    pub connect: Duration,
    /// For the greeting, and for the answer to each command.
    pub command: Duration,
    /// For the server to go on reading while the message is written.
    pub data: Duration,
    /// For the answer to the final dot: until it came, nobody knows whether the mail was taken.
    pub end: Duration,
    /// How long a connection is kept for the next mail; servers begin to hang up after a minute.
    pub idle: Duration,
    /// How long a server that refused the password is left alone.
    pub refused: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let (seconds, minutes) = (Duration::from_secs, Duration::from_mins);
        Self {
            connect: seconds(5),
            command: seconds(60),
            data: minutes(3),
            end: minutes(10),
            idle: seconds(30),
            refused: minutes(5),
        }
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
        let MailerConfig { server, sender, public_host, folder, trust, timeouts, connections } = setup;
        let domain = sender.address().domain();
        let host = if domain == "localhost" { public_host } else { domain.to_owned() };
        let way = match server {
            None => Way::Folder(folder),
            Some(config) => {
                let tls = trust.client_config(&[], Resumption::default())?;
                let hello = client_id(&host);
                let server = SmtpServer::new(config, Arc::new(tls), hello, timeouts, connections);
                Way::SmtpServer(Arc::new(server))
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

    /// Whether the server takes a connection and our password.
    pub(crate) async fn probe(&self) -> Result<(), ProbeError> {
        match &self.way {
            Way::SmtpServer(server) => {
                server.probe().await.map_err(|error| ProbeError(error.into_outcome().detail))
            }
            Way::Folder(_) => Ok(()),
        }
    }

    /// Sends one mail to one recipient. The status is the server's code, the detail its last reply, and the
    /// transcript holds the message as it was sent.
    pub async fn send(&self, envelope: &Envelope, content: &RenderedMail, progress: &Progress) -> Outcome {
        let mut this_try = Try::begin(progress, envelope.is_test);
        let outcome = match message::compose(envelope, content, &self.sender, &self.host) {
            Ok(message) => self.hand_over(&envelope.message_id, &message, &mut this_try).await,
            Err(error) => Outcome::new(Verdict::Failed(Reason::SmtpRefused), error.to_string()),
        };
        this_try.end(outcome)
    }

    async fn hand_over(&self, id: &str, message: &Message, this_try: &mut Try<'_>) -> Outcome {
        let bytes = message.formatted();
        let (outcome, bytes) = match &self.way {
            Way::SmtpServer(server) => match server.deliver(message.envelope(), &bytes, this_try).await {
                Ok(reply) => {
                    let outcome = Outcome::new(Verdict::Delivered, reply.reply_text);
                    (Outcome { status: Some(reply.code), ..outcome }, bytes)
                }
                Err(error) => (error.into_outcome(), bytes),
            },
            Way::Folder(folder) => folder::write(folder, id, bytes).await,
        };
        // It is ASCII, so that this copies nothing.
        let request_body = String::from_utf8(bytes).unwrap_or_default();
        let transcript =
            Transcript { request_body, response_head: outcome.detail.clone(), ..Transcript::default() };
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
