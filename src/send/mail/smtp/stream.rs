//! The socket below a conversation: TCP without Nagle's delay, TLS when it is demanded, from the first byte
//! or by STARTTLS.
//!
//! STARTTLS is done here and not by lettre, which keeps what a stranger slipped in before the handshake in
//! its buffer and reads it as if it had come through TLS.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::config::{Security, SmtpConfig};
use super::link::Conversation;
use super::reply::{Reply, ReplyReader};
use super::smtp_error::SmtpError;
use super::starttls;
use crate::send::mail::Timeouts;
use crate::send::mail::try_once::Try;
use crate::send::post::guard::certificate;
use crate::send::root_cause;

/// More than a usual reply.
const READ_AT_ONCE: usize = 1_024;

/// The server did not answer in time.
pub(super) fn no_answer(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs_f64())
}

/// A connection that is as secure as the settings demand, on which the server's greeting is next to be read.
pub(super) struct SmtpStream {
    stream: Either<TcpStream, TlsStream<TcpStream>>,
    /// What lettre reads next: the rest of a reply, or the greeting that was read before STARTTLS, as if it had just
    /// come.
    ready: Vec<u8>,
    /// What the server said behind its reply.
    ahead: Vec<u8>,
    reader: ReplyReader,
    conversation: Arc<Conversation>,
    /// Runs while the server is waited for: for its answer, or for it to read on.
    timer: Option<Pin<Box<Sleep>>>,
}

/// Connects.
pub(super) async fn open(
    server: &SmtpConfig,
    tls: &Arc<ClientConfig>,
    hello: &ClientId,
    timeouts: &Timeouts,
    this_try: &mut Try<'_>,
) -> Result<SmtpStream, SmtpError> {
    let limit = timeouts.connect;
    let socket = dial(server, limit, this_try).await?;
    let stream = |stream, greeting| SmtpStream {
        stream,
        ready: greeting,
        ahead: Vec::new(),
        reader: ReplyReader::default(),
        conversation: Conversation::new(timeouts),
        timer: None,
    };
    let required = match server.security {
        Security::Plain => return Ok(stream(Either::Left(socket), Vec::new())),
        Security::Tls => {
            let secured = handshake(socket, server, tls, limit, this_try).await?;
            return Ok(stream(Either::Right(secured), Vec::new()));
        }
        Security::StartTls => true,
        Security::Opportunistic => false,
    };
    let mut reader = BufReader::new(socket);
    let offered = starttls::start_tls(&mut reader, hello, timeouts.command).await?;
    if !reader.buffer().is_empty() {
        return Err(SmtpError::no_tls("the server, or somebody between, spoke out of turn before TLS"));
    }
    let socket = reader.into_inner();
    match offered.refusal {
        None => {
            let secured = handshake(socket, server, tls, limit, this_try).await?;
            Ok(stream(Either::Right(secured), offered.greeting))
        }
        Some(words) if required => Err(SmtpError::no_tls(words)),
        Some(_) => Ok(stream(Either::Left(socket), offered.greeting)),
    }
}

async fn dial(server: &SmtpConfig, limit: Duration, this_try: &mut Try<'_>) -> Result<TcpStream, SmtpError> {
    let deferred = |error: io::Error| SmtpError::deferred(root_cause::of(&error));
    let connecting = async {
        let found: Vec<_> = lookup_host((server.host.as_str(), server.port)).await?.collect();
        this_try.resolved();
        TcpStream::connect(found.as_slice()).await
    };
    let socket = match timeout(limit, connecting).await {
        Ok(connected) => connected.map_err(deferred)?,
        Err(_) => {
            return Err(SmtpError::deferred(format!("no connection within {} s", limit.as_secs_f64())));
        }
    };
    this_try.connected();
    // With Nagle's algorithm each command waits 40 ms for an acknowledgement that the peer delays.
    socket.set_nodelay(true).map_err(deferred)?;
    Ok(socket)
}

async fn handshake(
    socket: TcpStream,
    server: &SmtpConfig,
    tls: &Arc<ClientConfig>,
    limit: Duration,
    this_try: &mut Try<'_>,
) -> Result<TlsStream<TcpStream>, SmtpError> {
    let name = ServerName::try_from(server.host.clone())
        .map_err(|_| SmtpError::deferred("the host's name cannot be in a certificate"))?;
    match timeout(limit, TlsConnector::from(Arc::clone(tls)).connect(name, socket)).await {
        Ok(Ok(stream)) => {
            let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
            this_try.secured(certificates.first().and_then(|certificate| certificate::ends(certificate)));
            Ok(stream)
        }
        Ok(Err(error)) => Err(SmtpError::deferred(format!("no TLS: {}", root_cause::of(&error)))),
        Err(_) => Err(SmtpError::deferred(format!("no TLS within {} s", limit.as_secs_f64()))),
    }
}

impl SmtpStream {
    /// What the one who speaks through it knows of it.
    pub(super) fn conversation(&self) -> Arc<Conversation> {
        Arc::clone(&self.conversation)
    }

    /// Whether the server has been waited for long enough. The time begins with the first wait after a turn.
    fn poll_timer(&mut self, cx: &mut Context<'_>, limit: Duration) -> Poll<()> {
        self.timer.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(cx)
    }

    /// The server's next reply, whole.
    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Reply>> {
        loop {
            let bytes = std::mem::take(&mut self.ahead);
            let (used, reply) = self.reader.read(&bytes)?;
            self.ahead = bytes.get(used..).unwrap_or_default().to_vec();
            if let Some(reply) = reply {
                return Poll::Ready(Ok(reply));
            }
            let mut space = [0; READ_AT_ONCE];
            let mut read = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Err(self.reader.closed()));
            }
            self.ahead = read.filled().to_vec();
        }
    }

    /// Whether nobody between can read along.
    pub(super) fn is_secure(&self) -> bool {
        matches!(self.stream, Either::Right(_))
    }
}

impl AsyncRead for SmtpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let limit = self.conversation.listens();
        if self.ready.is_empty() {
            match self.poll_reply(cx) {
                Poll::Ready(Ok(reply)) => {
                    self.conversation.answers(reply.code);
                    self.ready = reply.for_lettre();
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if self.poll_timer(cx, limit).is_ready() => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, no_answer(limit))));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        let length = self.ready.len().min(buffer.remaining());
        buffer.put_slice(&self.ready.drain(..length).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SmtpStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.timer = None;
            return written;
        }
        let limit = self.conversation.read_within();
        if self.poll_timer(cx, limit).is_ready() {
            let words = format!("the server read nothing for {} s", limit.as_secs_f64());
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, words)));
        }
        Poll::Pending
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for SmtpStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.stream {
            Either::Left(socket) => socket.peer_addr(),
            Either::Right(stream) => stream.get_ref().0.peer_addr(),
        }
    }
}

impl fmt::Debug for SmtpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpStream").field("secure", &self.is_secure()).finish_non_exhaustive()
    }
}
