//! `/healthz`: alive. `/readyz`: able to work.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

use crate::actions::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// 503 while the database does not answer, the dispatcher does not beat, or the server is draining.
/// A mail server that cannot be used degrades, and says so, but does not take the server out of service.
async fn ready(State(app): State<App>) -> Response {
    let database = app.db.ping().await.is_ok();
    let dispatcher = app.dispatch.is_alive();
    let draining = app.stop.is_cancelled();
    let ok = database && dispatcher && !draining;
    let word = |good: bool| if good { "ok" } else { "failing" };
    let body = json!({
        "status": if draining { "draining" } else { word(ok) },
        "database": word(database),
        "dispatcher": word(dispatcher),
        "mail": app.dispatch.mail_trouble().map_or_else(|| "ok".to_owned(), |why| format!("degraded: {why}")),
    });
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
