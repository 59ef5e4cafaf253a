//! A mail server, and how a mail is handed over to it.

mod config;
mod pool;
mod smtp_error;
mod starttls;
mod stream;

use std::sync::Arc;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials as Login, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use secrecy::ExposeSecret as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Timeouts;
pub use config::{Security, SmtpConfig, SmtpCredentials};
use pool::Pool;
use smtp_error::SmtpError;

use crate::send::progress::Progress;

/// The most connections at a time; mail servers begin to refuse more from one client.
const MAX_CONNECTIONS: usize = 8;

/// The configured server with its connections.
pub(in crate::send::mail) struct SmtpServer {
    config: SmtpConfig,
    tls: Arc<ClientConfig>,
    hello: ClientId,
    timeouts: Timeouts,
    slots: Semaphore,
    pool: Arc<Pool>,
}

/// The server's last word on a mail that it took.
pub(in crate::send::mail) struct SmtpReply {
    pub(in crate::send::mail) code: u16,
    pub(in crate::send::mail) reply_text: String,
}

impl SmtpServer {
    pub(in crate::send::mail) fn new(
        config: SmtpConfig,
        tls: Arc<ClientConfig>,
        hello: ClientId,
        timeouts: Timeouts,
    ) -> Self {
        let slots = Semaphore::new(MAX_CONNECTIONS);
        Self { config, tls, hello, timeouts, slots, pool: Pool::new(timeouts.idle) }
    }

    /// Hands one message over for its one recipient. The time that is allowed begins when a connection is free.
    pub(in crate::send::mail) async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
        progress: &Progress,
    ) -> Result<SmtpReply, SmtpError> {
        let (Some(from), [to]) = (envelope.from(), envelope.to()) else {
            return Err(SmtpError::deferred("the mail has not one sender and one recipient").refused());
        };
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(SmtpError::deferred("the mailer is shut down"));
        };
        match timeout(self.timeouts.whole, self.converse(from, to, message, progress)).await {
            Ok(result) => result,
            Err(_) => {
                Err(SmtpError::deferred(format!("no answer within {} s", self.timeouts.whole.as_secs_f64())))
            }
        }
    }

    /// A kept connection may have ended meanwhile, which shows at MAIL, before anything is handed over: then
    /// the next one is tried, at last a new one.
    async fn converse(
        &self,
        from: &Address,
        to: &Address,
        message: &[u8],
        progress: &Progress,
    ) -> Result<SmtpReply, SmtpError> {
        while let Some(mut connection) = self.pool.take() {
            match begin(&mut connection, from).await {
                Ok(()) => return self.hand_over(connection, to, message, progress).await,
                Err(error) if matches!(error.code(), None | Some(421)) => {}
                Err(error) => return Err(leave(connection, error)),
            }
        }
        let mut connection = self.connect().await?;
        match begin(&mut connection, from).await {
            Ok(()) => self.hand_over(connection, to, message, progress).await,
            Err(error) => Err(leave(connection, error)),
        }
    }

    /// A connection past greeting, EHLO, TLS and AUTH. Whatever fails here is no fault of a recipient.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let wire = stream::open(&self.config, &self.tls, &self.hello, self.timeouts.connect).await?;
        let may_sign_in = wire.is_secure() || self.config.is_loopback();
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &self.hello)
            .await
            .map_err(|error| SmtpError::from_smtp(&error))?;
        if let Some(credentials) = &self.config.credentials {
            if !may_sign_in {
                return Err(SmtpError::no_tls(
                    "the server offers no TLS, and the password is not sent in clear",
                ));
            }
            let login = Login::new(credentials.user.clone(), credentials.password.expose_secret().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &login)
                .await
                .map_err(|error| SmtpError::from_smtp(&error))?;
        }
        Ok(connection)
    }

    /// From the recipient on, a permanent refusal is about this mail.
    async fn hand_over(
        &self,
        mut connection: AsyncSmtpConnection,
        to: &Address,
        message: &[u8],
        progress: &Progress,
    ) -> Result<SmtpReply, SmtpError> {
        let handed = async {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
            connection.command(Data).await?;
            progress.leaves();
            connection.message(message).await
        };
        match handed.await {
            Ok(response) => {
                self.pool.put(connection);
                Ok(SmtpReply::from(&response))
            }
            Err(error) => {
                let smtp_error = SmtpError::from_smtp(&error);
                let smtp_error = if error.is_permanent() { smtp_error.refused() } else { smtp_error };
                Err(leave(connection, smtp_error))
            }
        }
    }
}

/// A conversation that went wrong is not continued: the server is told so if it is still listening.
fn leave(connection: AsyncSmtpConnection, error: SmtpError) -> SmtpError {
    if error.code().is_some() {
        tokio::spawn(pool::quit(connection));
    }
    error
}

/// Opens the next mail on a connection.
async fn begin(connection: &mut AsyncSmtpConnection, from: &Address) -> Result<(), SmtpError> {
    let command = Mail::new(Some(from.clone()), Vec::new());
    connection.command(command).await.map(drop).map_err(|error| SmtpError::from_smtp(&error))
}

impl From<&Response> for SmtpReply {
    fn from(response: &Response) -> Self {
        let code = response.code().into();
        let text: Vec<&str> = response.message().collect();
        Self { code, reply_text: format!("{code} {}", text.join(" ")) }
    }
}
