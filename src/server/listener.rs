//! Our own accept loop: `axum::serve` gives a client that sends half a header all the time in the world.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::client_address::client_address;
use super::places::{ConnectionPlace, ConnectionPlaces};
use super::unread_body;
use crate::domain::values::Network;

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests under way when the stop was asked for may take this long.
const GRACE: Duration = Duration::from_secs(20);
/// After a failed `accept` (usually: no file descriptors left), for descriptors to come back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then lets the requests under way end.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    trusted: Arc<[Network]>,
    stop: CancellationToken,
) {
    let places = ConnectionPlaces::new(Arc::clone(&trusted));
    let graceful = GracefulShutdown::new();
    while let Some((stream, peer, place)) = accept(&listener, &places, &stop).await {
        let connection = connection(stream, peer, router.clone(), Arc::clone(&trusted));
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away, or is too slow, is its own affair.
            let _ = watched.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still running after {GRACE:?} and were cut off");
    }
}

/// The next connection that has a place. Of an address that has too many already, it is closed at once.
async fn accept(
    listener: &TcpListener,
    places: &ConnectionPlaces,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, ConnectionPlace)> {
    loop {
        let next = async {
            let place = places.any().await?;
            Some((listener.accept().await, place))
        };
        let (accepted, place) = tokio::select! {
            () = stop.cancelled() => return None,
            next = next => next?,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(place) = places.of(peer.ip(), place) {
                    return Some((stream, peer, place));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    trusted: Arc<[Network]>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        let client = client_address(peer.ip(), request.headers(), &trusted);
        async move {
            let (request, unread) = unread_body::returning(request);
            let mut request = request.map(Body::new);
            // Whoever asks for the address gets the client's, not the proxy's.
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
            let answer = router.oneshot(request).await;
            unread.discard();
            answer
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
}
