//! One line per request: an id, the path's pattern (never the path: it may hold a secret), status, time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::Instrument;

use crate::actions::App;
use crate::domain::clock::Clock;
use crate::logs::{self, RequestContext};

/// Ids of requests, in the order in which they came.
#[derive(Clone)]
pub(super) struct RequestIds(pub(super) Clock);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&self.0.new_id().to_string()).ok().map(RequestId::new)
    }
}

/// A client's own id could pass for another request's in our log: tower-http would keep it.
pub(super) fn without_foreign_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// Writes the line, and hands the id to log lines and error bodies.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or_default().into();
    let pattern = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let span = tracing::info_span!("request", %id, method = %request.method(), path = %pattern);
    let started = Instant::now();
    let served = async {
        let context = RequestContext { id, at: app.clock.now(), address, database_is_away: Arc::default() };
        let response = logs::within_request(context, next.run(request)).await;
        tracing::info!(status = response.status().as_u16(), took_us = micros(started), "answered");
        response
    };
    served.instrument(span).await
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
