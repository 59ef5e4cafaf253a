//! What is said in clear before STARTTLS (RFC 3207): greeting, EHLO, STARTTLS, and nothing else.

use std::time::Duration;

use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::smtp_error::SmtpError;
use crate::send::root_cause;

/// More than any server's greeting or list of extensions.
const REPLY_LIMIT: u64 = 16 * 1_024;

/// How the server met the wish for TLS.
pub(super) struct Offered {
    /// The greeting, byte for byte.
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
    let greeting = greeting.bytes;
    if !extensions.lines().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Ok(Offered { greeting, refusal: Some("the server does not offer STARTTLS".to_owned()) });
    }
    let answer = ask(server, "STARTTLS\r\n", limit).await?;
    let refusal = (answer.code != 220).then(|| answer.text());
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

/// A reply as it came: lines of a code, `-` on all but the last, and a text.
struct Reply {
    code: u16,
    bytes: Vec<u8>,
}

impl Reply {
    fn lines(&self) -> impl Iterator<Item = String> {
        self.bytes
            .split(|&byte| byte == b'\n')
            .filter_map(|line| Some(String::from_utf8_lossy(line.get(4..)?).trim_end().to_owned()))
    }

    fn text(&self) -> String {
        format!("{} {}", self.code, self.lines().collect::<Vec<_>>().join(" "))
    }

    fn into_error(self) -> SmtpError {
        SmtpError::reply(self.code, &self.lines().collect::<Vec<_>>().join(" "))
    }
}

/// The next reply, for which the server has this long.
async fn read_reply(server: &mut BufReader<TcpStream>, limit: Duration) -> Result<Reply, SmtpError> {
    let read = timeout(limit, read_lines(server)).await;
    read.unwrap_or_else(|_| Err(SmtpError::deferred(super::stream::no_answer(limit))))
}

async fn read_lines(server: &mut BufReader<TcpStream>) -> Result<Reply, SmtpError> {
    let mut limited = server.take(REPLY_LIMIT);
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        let read = limited.read_until(b'\n', &mut bytes).await;
        let line = bytes.get(start..).unwrap_or_default();
        match read {
            Err(error) => return Err(SmtpError::deferred(root_cause::of(&error))),
            Ok(0) => return Err(SmtpError::deferred("the server closed the connection")),
            Ok(_) if !line.ends_with(b"\n") => {
                return Err(SmtpError::deferred("the server's reply broke off"));
            }
            Ok(_) => {}
        }
        let (code, rest) = line.split_at_checked(3).unwrap_or_default();
        let code = std::str::from_utf8(code).ok().and_then(|digits| digits.parse().ok());
        match (code, rest.first()) {
            (Some(_), Some(b'-')) => {}
            (Some(code), Some(b' ' | b'\r' | b'\n')) => return Ok(Reply { code, bytes }),
            _ => return Err(SmtpError::deferred("the server does not speak SMTP")),
        }
    }
}
