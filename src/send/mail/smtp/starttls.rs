//! What is said in clear before STARTTLS (RFC 3207): greeting, EHLO, STARTTLS, and nothing else.

use std::io;
use std::time::Duration;

use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::reply::{Reply, ReplyReader};
use super::smtp_error::SmtpError;
use crate::send::root_cause;

/// How the server met the wish for TLS.
pub(super) struct Offered {
    /// The greeting, for lettre to read.
    pub(super) greeting: Vec<u8>,
    /// Why there will be no TLS; `None` when the handshake is next.
    pub(super) refusal: Option<String>,
}

/// Speaks up to the reply to STARTTLS.
pub(super) async fn start_tls(
    server: &mut BufReader<TcpStream>,
    hello: &ClientId,
    limit: Duration,
) -> Result<Offered, SmtpError> {
    let greeting = read_reply(server, limit).await?;
    if greeting.code != 220 {
        return Err(greeting.into_error());
    }
    let extensions = ask(server, &format!("EHLO {hello}\r\n"), limit).await?;
    if extensions.code != 250 {
        return Err(extensions.into_error());
    }
    let greeting = greeting.for_lettre();
    if !extensions.lines().any(|line| line.eq_ignore_ascii_case("STARTTLS")) {
        return Ok(Offered { greeting, refusal: Some("the server does not offer STARTTLS".to_owned()) });
    }
    let answer = ask(server, "STARTTLS\r\n", limit).await?;
    let refusal = (answer.code != 220).then(|| format!("{} {}", answer.code, answer.text()));
    Ok(Offered { greeting, refusal })
}

async fn ask(server: &mut BufReader<TcpStream>, command: &str, limit: Duration) -> Result<Reply, SmtpError> {
    server
        .get_mut()
        .write_all(command.as_bytes())
        .await
        .map_err(|error| SmtpError::deferred(root_cause::of(&error)))?;
    read_reply(server, limit).await
}

/// The next reply, for which the server has this long.
async fn read_reply(server: &mut BufReader<TcpStream>, limit: Duration) -> Result<Reply, SmtpError> {
    let read = timeout(limit, read_lines(server)).await;
    read.unwrap_or_else(|_| Err(SmtpError::deferred(super::stream::no_answer(limit))))
}

async fn read_lines(server: &mut BufReader<TcpStream>) -> Result<Reply, SmtpError> {
    let failed = |error: io::Error| SmtpError::deferred(root_cause::of(&error));
    let mut reader = ReplyReader::default();
    loop {
        let bytes = server.fill_buf().await.map_err(failed)?;
        if bytes.is_empty() {
            return Err(failed(reader.closed()));
        }
        let (used, reply) = reader.read(bytes).map_err(failed)?;
        server.consume(used);
        if let Some(reply) = reply {
            return Ok(reply);
        }
    }
}
