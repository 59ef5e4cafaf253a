//! The server: every route under the same limits, headers and log lines, and an orderly end.

mod client_address;
mod fallback;
mod headers;
mod listener;
mod observe;
mod places;
mod unread_body;
mod unreadable;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::{Router, middleware};
use futures_util::FutureExt as _;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::actions::{App, health, people};
use crate::{api, web};

/// The largest body that any route reads, a batch of events; most routes read less.
const MAX_BODY: usize = 1_024 * 1_024 + 16 * 1_024;
/// A test send to a slow mail server is the longest honest request.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// For so long the next piece of a body may not come: the caller's fault, told before it becomes [`REQUEST_TIMEOUT`].
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Every route that there is.
pub fn router(app: &App) -> Router {
    // From the outside in: what stands last is nearest to the handler.
    let layers = ServiceBuilder::new()
        .map_request(observe::without_foreign_id)
        .layer(SetRequestIdLayer::x_request_id(observe::RequestIds(app.clock.clone())))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .layer(headers::security(app.config.is_https()))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(fallback::in_words))
        .layer(middleware::from_fn(unreadable::refuse_nul))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new());
    Router::new().merge(web::routes(app)).merge(api::routes(app)).layer(layers).with_state(app.clone())
}

/// Serves and dispatches until `app.stop` and for as long as it takes to be seen, then lets what is in flight end.
pub async fn run(app: App, listener: TcpListener) {
    app.dispatch.enter().await;
    let end = CancellationToken::new();
    let dispatcher = tokio::spawn(dispatch(app.clone(), end.clone()));
    let draining = tokio::spawn(drain(app.clone(), end.clone()));
    let mailing = tokio::spawn(people::send_waiting_mails(app.clone()));
    let telling = tokio::spawn(health::run_telling(app.clone()));
    listener::serve(listener, router(&app), app.config.trusted_proxy.clone().into(), end).await;
    draining.abort();
    if let Err(error) = dispatcher.await {
        tracing::error!(%error, "the dispatcher could not end in order");
    }
    if let Err(error) = telling.await {
        tracing::error!(%error, "failing webhooks were not looked for");
    }
    // It ends with `app.stop`; what it has begun is waited for below.
    if let Err(error) = mailing.await {
        tracing::error!(%error, "mails to people that wait were not looked after");
    }
    app.mailed.end().await;
    app.dispatch.leave().await;
    app.db.close().await;
}

/// Serves `/metrics` alone, to whoever reaches this port, until `app.stop`.
pub async fn run_metrics(app: App, listener: TcpListener) {
    let layers = ServiceBuilder::new().layer(headers::security(false)).layer(CompressionLayer::new());
    listener::serve(listener, api::metrics_routes().layer(layers), Vec::new().into(), app.stop.clone()).await;
}

/// Told to end, the server first says so on `/readyz` and serves on: a balancer has to see it before the port closes.
async fn drain(app: App, end: CancellationToken) {
    app.stop.cancelled().await;
    tokio::time::sleep(app.config.drain).await;
    end.cancel();
}

/// A server that accepts events and sends nothing, or stores nothing, would be worse than none: its supervisor
/// starts it again.
async fn dispatch(app: App, end: CancellationToken) {
    let run = AssertUnwindSafe(app.dispatch.clone().run(end)).catch_unwind();
    let why = tokio::select! {
        ended = run => match ended {
            Ok(()) => return,
            Err(_) => "the dispatcher ended badly",
        },
        () = app.db.writer_ended() => "the database's writer ended badly",
    };
    tracing::error!("{why}: the process ends, to be started again");
    std::process::exit(1);
}
