//! A mail server, and how a mail is handed over to it.

use std::sync::Arc;

use lettre::Address;
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
use super::config::SmtpConfig;
use super::pool::{self, Pool};
use super::trouble::Trouble;
use super::wire;

/// The most connections at a time; mail servers begin to refuse more from one client.
const MAX_CONNECTIONS: usize = 8;

/// The configured server with its connections.
pub(super) struct Server {
    config: SmtpConfig,
    tls: Arc<ClientConfig>,
    hello: ClientId,
    timeouts: Timeouts,
    slots: Semaphore,
    pool: Arc<Pool>,
}

/// The server's last word on a mail that it took.
pub(super) struct Accepted {
    pub(super) code: u16,
    pub(super) words: String,
}

impl Server {
    pub(super) fn new(
        config: SmtpConfig,
        tls: Arc<ClientConfig>,
        hello: ClientId,
        timeouts: Timeouts,
    ) -> Self {
        let slots = Semaphore::new(MAX_CONNECTIONS);
        Self { config, tls, hello, timeouts, slots, pool: Pool::new(timeouts.idle) }
    }

    /// Hands one message over for one recipient. The time that is allowed begins when a connection is free.
    pub(super) async fn deliver(
        &self,
        from: &Address,
        to: &Address,
        message: &[u8],
    ) -> Result<Accepted, Trouble> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(Trouble::deferred("the mailer is shut down"));
        };
        match timeout(self.timeouts.whole, self.converse(from, to, message)).await {
            Ok(result) => result,
            Err(_) => {
                Err(Trouble::deferred(format!("no answer within {} s", self.timeouts.whole.as_secs_f64())))
            }
        }
    }

    /// A kept connection may have ended meanwhile, which shows at MAIL, before anything is handed over: then
    /// the next one is tried, at last a new one.
    async fn converse(&self, from: &Address, to: &Address, message: &[u8]) -> Result<Accepted, Trouble> {
        while let Some(mut connection) = self.pool.take() {
            match begin(&mut connection, from).await {
                Ok(()) => return self.hand_over(connection, to, message).await,
                Err(trouble) if matches!(trouble.code(), None | Some(421)) => {}
                Err(trouble) => return Err(leave(connection, trouble)),
            }
        }
        let mut connection = self.connect().await?;
        match begin(&mut connection, from).await {
            Ok(()) => self.hand_over(connection, to, message).await,
            Err(trouble) => Err(leave(connection, trouble)),
        }
    }

    /// A connection past greeting, EHLO, TLS and AUTH. Whatever fails here is no fault of a recipient.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let wire = wire::open(&self.config, &self.tls, &self.hello, self.timeouts.connect).await?;
        let may_sign_in = wire.is_secure() || self.config.is_loopback();
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &self.hello)
            .await
            .map_err(|error| Trouble::from_smtp(&error))?;
        if let Some(credentials) = &self.config.credentials {
            if !may_sign_in {
                return Err(Trouble::no_tls(
                    "the server offers no TLS, and the password is not sent in clear",
                ));
            }
            let login = Login::new(credentials.user.clone(), credentials.password.expose_secret().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &login)
                .await
                .map_err(|error| Trouble::from_smtp(&error))?;
        }
        Ok(connection)
    }

    /// From the recipient on, a permanent refusal is about this mail.
    async fn hand_over(
        &self,
        mut connection: AsyncSmtpConnection,
        to: &Address,
        message: &[u8],
    ) -> Result<Accepted, Trouble> {
        let handed = async {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
            connection.command(Data).await?;
            connection.message(message).await
        };
        match handed.await {
            Ok(response) => {
                self.pool.put(connection);
                Ok(Accepted::from(&response))
            }
            Err(error) => {
                let trouble = Trouble::from_smtp(&error);
                let trouble = if error.is_permanent() { trouble.refused() } else { trouble };
                Err(leave(connection, trouble))
            }
        }
    }
}

/// A conversation that went wrong is not continued: the server is told so if it is still listening.
fn leave(connection: AsyncSmtpConnection, trouble: Trouble) -> Trouble {
    if trouble.code().is_some() {
        tokio::spawn(pool::part(connection));
    }
    trouble
}

/// Opens the next mail on a connection.
async fn begin(connection: &mut AsyncSmtpConnection, from: &Address) -> Result<(), Trouble> {
    let command = Mail::new(Some(from.clone()), Vec::new());
    connection.command(command).await.map(drop).map_err(|error| Trouble::from_smtp(&error))
}

impl From<&Response> for Accepted {
    fn from(response: &Response) -> Self {
        let code = response.code().into();
        let text: Vec<&str> = response.message().collect();
        Self { code, words: format!("{code} {}", text.join(" ")) }
    }
}
