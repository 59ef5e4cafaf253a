//! A mail server, and how a mail is handed over to it.

mod config;
mod link;
mod pool;
mod reply;
mod sign_in;
mod smtp_error;
mod starttls;
mod stream;

use std::sync::Arc;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials as Login, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use secrecy::ExposeSecret as _;
use tokio::sync::Semaphore;

use super::Timeouts;
use super::try_once::Try;
use crate::send::progress::Progress;
pub use config::{Security, SmtpConfig, SmtpCredentials};
use link::SmtpLink;
use pool::Pool;
use sign_in::SignIn;
use smtp_error::SmtpError;

/// The configured server with its connections.
pub(in crate::send::mail) struct SmtpServer {
    config: SmtpConfig,
    tls: Arc<ClientConfig>,
    hello: ClientId,
    timeouts: Timeouts,
    slots: Semaphore,
    pool: Arc<Pool>,
    sign_in: SignIn,
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
        connections: usize,
    ) -> Self {
        let (slots, pool) = (Semaphore::new(connections.max(1)), Pool::new(timeouts.idle));
        Self { config, tls, hello, timeouts, slots, pool, sign_in: SignIn::new(timeouts.refused) }
    }

    /// Hands one message over for its one recipient. No step waits for ever: see [`Timeouts`].
    pub(in crate::send::mail) async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
        this_try: &mut Try<'_>,
    ) -> Result<SmtpReply, SmtpError> {
        let (Some(from), [to]) = (envelope.from(), envelope.to()) else {
            return Err(SmtpError::deferred("the mail has not one sender and one recipient").refused());
        };
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(SmtpError::deferred("the mailer is shut down"));
        };
        self.check_refusal(this_try)?;
        let link = self.open_mail(from, this_try).await?;
        self.hand_over(link, to, message, this_try).await
    }

    /// Goes as far as a mail does before its sender is named, and takes leave.
    pub(in crate::send::mail) async fn probe(&self) -> Result<(), SmtpError> {
        let progress = Progress::default();
        let link = self.connect(&mut Try::begin(&progress, true)).await?;
        pool::quit(link).await;
        Ok(())
    }

    /// While the server is left alone because of its refusal, nobody is asked; a person may.
    fn check_refusal(&self, this_try: &Try<'_>) -> Result<(), SmtpError> {
        self.sign_in.refusal().filter(|_| !this_try.is_test).map_or(Ok(()), Err)
    }

    /// A connection on which the mail has begun. A kept one may have ended meanwhile, which shows here, before
    /// anything is handed over: then the next one is tried, at last a new one.
    async fn open_mail(&self, from: &Address, this_try: &mut Try<'_>) -> Result<SmtpLink, SmtpError> {
        while let Some(mut link) = self.pool.take() {
            match begin(&mut link, from).await {
                Ok(()) => return Ok(link),
                Err(error) if error.is_timeout() => self.pool.clear(),
                Err(error) if matches!(error.code(), None | Some(421)) => {}
                Err(error) => return Err(leave(link, error)),
            }
        }
        let mut link = self.connect(this_try).await?;
        match begin(&mut link, from).await {
            Ok(()) => Ok(link),
            Err(error) => Err(leave(link, error)),
        }
    }

    /// A connection past greeting, EHLO, TLS and AUTH. Whatever fails here is no fault of a recipient.
    async fn connect(&self, this_try: &mut Try<'_>) -> Result<SmtpLink, SmtpError> {
        let Some(credentials) = &self.config.credentials else {
            return self.greet(this_try).await.map(|(link, _)| link);
        };
        let _turn = self.sign_in.turn().await;
        // Somebody else may have been refused while we waited.
        self.check_refusal(this_try)?;
        let (mut link, may_sign_in) = self.greet(this_try).await?;
        if !may_sign_in {
            return Err(SmtpError::no_tls("the server offers no TLS, and the password is not sent in clear"));
        }
        let login = Login::new(credentials.user.clone(), credentials.password.expose_secret().to_owned());
        match link.connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await {
            Ok(_) => {
                self.sign_in.is_good();
                Ok(link)
            }
            Err(error) => {
                let refused = error.is_permanent();
                let error = link.conversation.error(&error);
                if refused {
                    self.sign_in.is_refused(&error);
                }
                Err(error)
            }
        }
    }

    /// Connects and says hello. The second value is whether a password may be told.
    async fn greet(&self, this_try: &mut Try<'_>) -> Result<(SmtpLink, bool), SmtpError> {
        let stream = stream::open(&self.config, &self.tls, &self.hello, &self.timeouts, this_try).await?;
        let may_sign_in = stream.is_secure() || self.config.is_loopback();
        let conversation = stream.conversation();
        let connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello)
            .await
            .map_err(|error| conversation.error(&error))?;
        Ok((SmtpLink { connection, conversation }, may_sign_in))
    }

    /// From the recipient on, a permanent refusal is about this mail. From the final dot on, silence is no refusal.
    async fn hand_over(
        &self,
        mut link: SmtpLink,
        to: &Address,
        message: &[u8],
        this_try: &mut Try<'_>,
    ) -> Result<SmtpReply, SmtpError> {
        let handed = async {
            link.connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
            link.connection.command(Data).await?;
            this_try.leaves();
            link.conversation.hand_over(self.timeouts.end);
            let answered = link.connection.message(message).await;
            this_try.sent(link.conversation.handed_over());
            answered
        };
        match handed.await {
            Ok(response) => {
                this_try.answered();
                link.conversation.go_on(self.timeouts.command);
                self.pool.put(link);
                Ok(SmtpReply::from(&response))
            }
            Err(error) => Err(self.not_taken(link, &error, this_try)),
        }
    }

    fn not_taken(&self, link: SmtpLink, error: &smtp::Error, this_try: &mut Try<'_>) -> SmtpError {
        let was_handed_over = link.conversation.handed_over().is_some();
        let smtp_error = link.conversation.error(error);
        if smtp_error.code().is_none() && was_handed_over {
            return smtp_error.unanswered();
        }
        if was_handed_over {
            this_try.answered();
        }
        link.conversation.go_on(self.timeouts.command);
        leave(link, if error.is_permanent() { smtp_error.refused() } else { smtp_error })
    }
}

/// A conversation that went wrong is not continued: the server is told so if it is still listening.
fn leave(link: SmtpLink, error: SmtpError) -> SmtpError {
    if error.code().is_some() {
        tokio::spawn(pool::quit(link));
    }
    error
}

/// Opens the next mail on a connection.
async fn begin(link: &mut SmtpLink, from: &Address) -> Result<(), SmtpError> {
    let command = Mail::new(Some(from.clone()), Vec::new());
    link.connection.command(command).await.map(drop).map_err(|error| link.conversation.error(&error))
}

impl From<&Response> for SmtpReply {
    fn from(response: &Response) -> Self {
        let code = response.code().into();
        let text: Vec<&str> = response.message().collect();
        Self { code, reply_text: smtp_error::told(code, &text.join(" ")) }
    }
}
