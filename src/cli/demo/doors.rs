//! One port for both sides of the demo's receiver: a browser opens it over http, deliveries come over https.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::error::{Error, Result};

/// What a TLS connection begins with, and no HTTP request.
const HANDSHAKE: u8 = 0x16;
/// A year: whoever looks at the certificate is told how long it is good for.
const GOOD_FOR_DAYS: i64 = 366;
/// After a failed `accept`, for descriptors to come back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Makes a certificate for an address, good for a year, which is longer than this process lives: its key is never
/// written down.
pub(super) fn certificate(
    address: SocketAddr,
    now: Timestamp,
) -> Result<(CertificateDer<'static>, TlsAcceptor)> {
    let mut wanted = CertificateParams::new([address.ip().to_string()]).map_err(Error::internal)?;
    (wanted.not_before, wanted.not_after) = (midnight(now, -1)?, midnight(now, GOOD_FOR_DAYS)?);
    let key = KeyPair::generate().map_err(Error::internal)?;
    let cert = wanted.self_signed(&key).map_err(Error::internal)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .map_err(Error::internal)?;
    Ok((cert.der().clone(), TlsAcceptor::from(Arc::new(config))))
}

fn midnight(now: Timestamp, days_later: i64) -> Result<OffsetDateTime> {
    let day = now.checked_add(SignedDuration::from_hours(24 * days_later)).map_err(Error::internal)?;
    OffsetDateTime::from_unix_timestamp(day.as_second() / 86_400 * 86_400).map_err(Error::internal)
}

/// Serves whoever comes, over TLS or not, until the process ends.
pub(super) async fn serve(listener: TcpListener, tls: TlsAcceptor, router: Router) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        tokio::spawn(open(stream, tls.clone(), router.clone()));
    }
}

async fn open(stream: TcpStream, tls: TlsAcceptor, router: Router) {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first == [HANDSHAKE] => {
            // Whoever does not believe the certificate goes away, which is their own affair.
            if let Ok(stream) = tls.accept(stream).await {
                answer(stream, router).await;
            }
        }
        Ok(1) => answer(stream, router).await,
        Ok(_) | Err(_) => {}
    }
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, router: Router) {
    let service = service_fn(move |request: http::Request<_>| router.clone().oneshot(request.map(Body::new)));
    // A client that goes away is its own affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_begins_yesterday_and_ends_in_a_year() {
        let now: Timestamp = "2026-05-04T12:00:00Z".parse().unwrap();
        let [begin, end] = [-1, GOOD_FOR_DAYS].map(|days| midnight(now, days).unwrap().to_string());
        assert!(begin.starts_with("2026-05-03 0:00") && end.starts_with("2027-05-05 0:00"), "{begin} {end}");
        assert!(certificate("127.0.0.1:8081".parse().unwrap(), now).is_ok());
    }
}
