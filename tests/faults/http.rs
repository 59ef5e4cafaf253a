//! Requests and answers as bytes on a socket.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(20);
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A request of a program with a token.
pub struct Call<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub token: &'a str,
    /// Empty for none.
    pub idempotency_key: &'a str,
    pub body: String,
}

/// An answer whose status line was read; the body may have broken off.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Call<'_> {
    /// On a connection of its own. An error if no status line came.
    pub async fn send(&self, to: SocketAddr) -> io::Result<Answer> {
        tokio::time::timeout(LIMIT, self.exchange(to)).await?
    }

    async fn exchange(&self, to: SocketAddr) -> io::Result<Answer> {
        let Self { method, path, token, idempotency_key, body } = self;
        let key = match *idempotency_key {
            "" => String::new(),
            key => format!("Idempotency-Key: {key}\r\n"),
        };
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n{key}\r\n{body}"
        );
        let mut socket = TcpStream::connect(to).await?;
        socket.set_nodelay(true)?;
        socket.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        while socket.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {}
        let text = String::from_utf8_lossy(&bytes);
        let status = text.split_once("\r\n").and_then(|(line, _)| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok(Answer { status, body: body.to_owned() })
    }
}

/// Reads up to the end of a request's head; `None` when the connection ends before.
pub async fn read_head(wire: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(at) = bytes.windows(END_OF_HEAD.len()).position(|four| four == END_OF_HEAD) {
            let rest = bytes.split_off(at + END_OF_HEAD.len());
            let head = std::mem::replace(bytes, rest);
            return Some(String::from_utf8_lossy(&head).into_owned());
        }
        if wire.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Reads the body that `head` announces, and forgets it; `None` when the connection ends before.
pub async fn skip_body(wire: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>, head: &str) -> Option<()> {
    let length: usize = header(head, "content-length")?.parse().ok()?;
    while bytes.len() < length {
        if wire.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
    bytes.drain(..length);
    Some(())
}

/// The value of a header.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}
