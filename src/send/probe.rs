//! A look at a server of ours from outside, as a proxy or a supervisor has it. It goes where an operator says, so
//! no policy stands before it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::root_cause;
use super::trust::Trust;

/// For all of it.
const LIMIT: Duration = Duration::from_secs(5);
/// What we say of ourselves is far shorter.
const LONGEST: usize = 64 * 1_024;

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// Why there was no answer, in a few words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ProbeError(pub(super) String);

/// Asks for a URL.
pub(crate) async fn get(url: &Url, trust: &Trust) -> Result<Probed, ProbeError> {
    match tokio::time::timeout(LIMIT, ask(url, trust)).await {
        Ok(asked) => asked.map_err(|error| ProbeError(root_cause::of(&*error))),
        Err(_) => Err(ProbeError(format!("no answer within {} s", LIMIT.as_secs()))),
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn ask(url: &Url, trust: &Trust) -> Result<Probed, AnyError> {
    let host = url.host().ok_or_else(|| io::Error::other("the URL has no host"))?;
    let port = url.port_or_known_default().unwrap_or_default();
    let socket = match &host {
        Host::Domain(name) => TcpStream::connect((*name, port)).await,
        Host::Ipv4(address) => TcpStream::connect((*address, port)).await,
        Host::Ipv6(address) => TcpStream::connect((*address, port)).await,
    }?;
    if url.scheme() != "https" {
        return exchange(socket, url).await;
    }
    let name = match host {
        Host::Domain(name) => ServerName::try_from(name.to_owned())?,
        Host::Ipv4(address) => ServerName::IpAddress(std::net::IpAddr::from(address).into()),
        Host::Ipv6(address) => ServerName::IpAddress(std::net::IpAddr::from(address).into()),
    };
    let tls = trust.client_config(&["http/1.1"], Resumption::disabled())?;
    exchange(TlsConnector::from(Arc::new(tls)).connect(name, socket).await?, url).await
}

async fn exchange<S>(stream: S, url: &Url) -> Result<Probed, AnyError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let host = url.authority();
    let request = Request::get(url.path()).header(HOST, host).body(Empty::<Bytes>::new())?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
    connection.abort();
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Probed { status: head.status.as_u16(), headers: head.headers, body })
}
