//! One line per request: an id, the path's pattern (never the path: it may hold a secret), status, time.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use tracing::Instrument;

use crate::actions::App;
use crate::logs::{self, RequestContext};

/// Gives a request its id, which is in its log lines, its answer's `X-Request-Id` and error bodies.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id: Arc<str> = app.clock.new_id().to_string().into();
    let pattern = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = %pattern);
    let started = Instant::now();
    let served = async {
        let context = RequestContext { id: Arc::clone(&id), at: app.clock.now() };
        let mut response = logs::within_request(context, next.run(request)).await;
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", value);
        }
        tracing::info!(status = response.status().as_u16(), took_us = micros(started), "answered");
        response
    };
    served.instrument(span).await
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
