//! `/healthz`: alive. `/readyz`: able to work.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::{App, readiness};

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

/// What works and what does not: whether the database can be written, events are sent, outcomes are stored as they come,
/// and the disk has room.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Readiness)]
struct ReadinessBody {
    #[schema(inline)]
    status: ServerState,
    #[schema(inline)]
    database: PartState,
    #[schema(inline)]
    dispatcher: PartState,
    #[schema(inline)]
    outcomes: PartState,
    #[schema(inline)]
    disk: PartState,
    /// `ok`, or `degraded:` and why.
    mail: String,
    /// For how long the oldest webhook has been waiting, perhaps for a receiver that is down.
    oldest_waiting_seconds: u64,
    /// What is wrong and where to look; `null` where nothing is.
    #[schema(required)]
    cause: Option<&'static str>,
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
/// The database is written to, at most four times a second. A mail server that cannot be used is told, and does not
/// take the server out of service.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "getReadiness",
    tag = "Server",
    responses(
        (status = 200, description = "It is.", body = ReadinessBody, example = json!({
            "status": "ok", "database": "ok", "dispatcher": "ok", "outcomes": "ok", "disk": "ok", "mail": "ok",
            "oldest_waiting_seconds": 0, "cause": null
        })),
        (status = 503, description = "It is not, or it is ending.", body = ReadinessBody, example = json!({
            "status": "failing", "database": "failing", "dispatcher": "ok", "outcomes": "ok", "disk": "ok", "mail": "ok",
            "oldest_waiting_seconds": 4,
            "cause": "The database does not answer, or cannot be written: look at it and at its disk."
        })),
        OpenRefusals,
    ),
)]
async fn ready(State(app): State<App>) -> (StatusCode, Json<ReadinessBody>) {
    let found = readiness::look(&app).await;
    let cause = found.cause();
    let status = match (found.is_draining, cause) {
        (true, _) => ServerState::Draining,
        (false, None) => ServerState::Ok,
        (false, Some(_)) => ServerState::Failing,
    };
    let code = match status {
        ServerState::Ok => StatusCode::OK,
        ServerState::Failing | ServerState::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = ReadinessBody {
        status,
        database: PartState::of(found.database),
        dispatcher: PartState::of(found.dispatcher),
        outcomes: PartState::of(found.outcomes),
        disk: PartState::of(found.disk),
        mail: found.mail_trouble.map_or_else(|| "ok".to_owned(), |why| format!("degraded: {why}")),
        oldest_waiting_seconds: found.oldest_waiting.as_secs(),
        cause,
    };
    (code, Json(body))
}
