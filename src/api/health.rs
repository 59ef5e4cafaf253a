//! `/healthz`: alive. `/readyz`: able to work.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::App;

use super::http::refusals::OpenRefusals;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(alive)).routes(routes!(ready))
}

/// The server answers.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Health {
    #[schema(inline)]
    status: Alive,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Alive {
    Ok,
}

/// What works and what does not.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Readiness {
    #[schema(inline)]
    status: ServerState,
    #[schema(inline)]
    database: PartState,
    #[schema(inline)]
    dispatcher: PartState,
    /// `ok`, or `degraded:` and why.
    mail: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ServerState {
    Ok,
    Failing,
    Draining,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum PartState {
    Ok,
    Failing,
}

impl PartState {
    fn of(works: bool) -> Self {
        if works { Self::Ok } else { Self::Failing }
    }
}

/// Is the server alive?
///
/// It is if it answers: nothing else is looked at.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "getHealth",
    tag = "Server",
    responses(
        (status = 200, description = "It is.", body = Health, example = json!({ "status": "ok" })),
        OpenRefusals,
    ),
)]
async fn alive() -> Json<Health> {
    Json(Health { status: Alive::Ok })
}

/// Is the server able to work?
///
/// A mail server that cannot be used is told, and does not take the server out of service.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "getReadiness",
    tag = "Server",
    responses(
        (status = 200, description = "It is.", body = Readiness, example = json!({
            "status": "ok", "database": "ok", "dispatcher": "ok", "mail": "ok"
        })),
        (status = 503, description = "It is not, or it is ending.", body = Readiness, example = json!({
            "status": "draining", "database": "ok", "dispatcher": "ok", "mail": "ok"
        })),
        OpenRefusals,
    ),
)]
async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let database = app.db.ping().await.is_ok();
    let dispatcher = app.dispatch.is_alive();
    let status = match (app.stop.is_cancelled(), database && dispatcher) {
        (true, _) => ServerState::Draining,
        (false, true) => ServerState::Ok,
        (false, false) => ServerState::Failing,
    };
    let code = match status {
        ServerState::Ok => StatusCode::OK,
        ServerState::Failing | ServerState::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = Readiness {
        status,
        database: PartState::of(database),
        dispatcher: PartState::of(dispatcher),
        mail: app.dispatch.mail_trouble().map_or_else(|| "ok".to_owned(), |why| format!("degraded: {why}")),
    };
    (code, Json(body))
}
