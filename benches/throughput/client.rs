//! HTTP/1.1 with as little as it takes: what the load generator spends, Ringpost cannot have.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{BenchError, Result};

/// No answer takes this long, not even that of a first start.
const LONGEST: Duration = Duration::from_mins(1);

/// Where a message's head ends, and how long its body is.
#[derive(Clone, Copy)]
pub struct Frame {
    head: usize,
    body: usize,
}

impl Frame {
    /// `None` while the head is not whole.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        Some(Self { head, body: content_length(bytes.get(..head)?).unwrap_or(0) })
    }

    pub fn length(self) -> usize {
        self.head + self.body
    }

    pub fn is_whole(self, bytes: &[u8]) -> bool {
        bytes.len() >= self.length()
    }

    pub fn head(self, bytes: &[u8]) -> &[u8] {
        bytes.get(..self.head).unwrap_or_default()
    }

    pub fn body(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.head..self.length()).unwrap_or_default()
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    std::str::from_utf8(line.get(NAME.len()..)?).ok()?.trim().parse().ok()
}

/// An answer, read whole.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// A keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1_024) })
    }

    /// Sends a request and reads its answer; the status.
    pub async fn post(&mut self, request: &[u8]) -> Result<u16> {
        let (frame, status) = self.exchange(request).await?;
        self.buffer.drain(..frame.length());
        Ok(status)
    }

    /// The same with the answer's text.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        let (frame, status) = self.exchange(request).await?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let answer =
            Answer { status, head: text(frame.head(&self.buffer)), body: text(frame.body(&self.buffer)) };
        self.buffer.drain(..frame.length());
        Ok(answer)
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<(Frame, u16)> {
        let answer = async {
            self.stream.write_all(request).await?;
            loop {
                if let Some(frame) = Frame::of(&self.buffer)
                    && frame.is_whole(&self.buffer)
                {
                    return Ok(frame);
                }
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(BenchError::from("the connection was closed before the answer"));
                }
            }
        };
        let frame = tokio::time::timeout(LONGEST, answer).await??;
        let code = frame.head(&self.buffer).get(9..12).and_then(|code| std::str::from_utf8(code).ok());
        let status = code.and_then(|code| code.parse().ok()).ok_or("the answer is not HTTP/1.1")?;
        Ok((frame, status))
    }
}

/// A request as text.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut lines = vec![format!("{method} {path} HTTP/1.1")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    lines.join("\r\n").into_bytes()
}
