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
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::config::{Security, SmtpConfig};
use super::smtp_error::SmtpError;
use super::starttls;
use crate::send::root_cause;

/// A connection that is as secure as the settings demand, on which the server's greeting is next to be read.
pub(super) struct SmtpStream {
    stream: Either<TcpStream, TlsStream<TcpStream>>,
    /// The greeting that was read before STARTTLS, and is given to lettre as if it had just come.
    greeting: Vec<u8>,
}

/// Connects. `limit` is for TCP and TLS each; how long the server takes to greet is the caller's business.
pub(super) async fn open(
    server: &SmtpConfig,
    tls: &Arc<ClientConfig>,
    hello: &ClientId,
    limit: Duration,
) -> Result<SmtpStream, SmtpError> {
    let socket = dial(server, limit).await?;
    let required = match server.security {
        Security::Plain => return Ok(SmtpStream::new(Either::Left(socket), Vec::new())),
        Security::Tls => {
            let stream = handshake(socket, server, tls, limit).await?;
            return Ok(SmtpStream::new(Either::Right(stream), Vec::new()));
        }
        Security::StartTls => true,
        Security::Opportunistic => false,
    };
    let mut reader = BufReader::new(socket);
    let offered = starttls::start_tls(&mut reader, hello).await?;
    if !reader.buffer().is_empty() {
        return Err(SmtpError::no_tls("the server, or somebody between, spoke out of turn before TLS"));
    }
    let socket = reader.into_inner();
    match offered.refusal {
        None => {
            let stream = handshake(socket, server, tls, limit).await?;
            Ok(SmtpStream::new(Either::Right(stream), offered.greeting))
        }
        Some(words) if required => Err(SmtpError::no_tls(words)),
        Some(_) => Ok(SmtpStream::new(Either::Left(socket), offered.greeting)),
    }
}

async fn dial(server: &SmtpConfig, limit: Duration) -> Result<TcpStream, SmtpError> {
    let target = (server.host.as_str(), server.port);
    let socket = match timeout(limit, TcpStream::connect(target)).await {
        Ok(connected) => connected.map_err(|error| SmtpError::deferred(root_cause::of(&error)))?,
        Err(_) => {
            return Err(SmtpError::deferred(format!("no connection within {} s", limit.as_secs_f64())));
        }
    };
    // With Nagle's algorithm each command waits 40 ms for an acknowledgement that the peer delays.
    socket.set_nodelay(true).map_err(|error| SmtpError::deferred(root_cause::of(&error)))?;
    Ok(socket)
}

async fn handshake(
    socket: TcpStream,
    server: &SmtpConfig,
    tls: &Arc<ClientConfig>,
    limit: Duration,
) -> Result<TlsStream<TcpStream>, SmtpError> {
    let name = ServerName::try_from(server.host.clone())
        .map_err(|_| SmtpError::deferred("the host's name cannot be in a certificate"))?;
    match timeout(limit, TlsConnector::from(Arc::clone(tls)).connect(name, socket)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(SmtpError::deferred(format!("no TLS: {}", root_cause::of(&error)))),
        Err(_) => Err(SmtpError::deferred(format!("no TLS within {} s", limit.as_secs_f64()))),
    }
}

impl SmtpStream {
    fn new(stream: Either<TcpStream, TlsStream<TcpStream>>, greeting: Vec<u8>) -> Self {
        Self { stream, greeting }
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
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let length = self.greeting.len().min(buffer.remaining());
        buffer.put_slice(&self.greeting.drain(..length).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SmtpStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
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
