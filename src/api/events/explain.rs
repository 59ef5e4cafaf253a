//! `POST /api/v1/events/explain`: who would get an event, and why not.

use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{MayRead, authorize};
use crate::actions::App;
use crate::actions::events::EventInput;
use crate::actions::explain::{self as forecast, EventForecast};
use crate::api::http::body;
use crate::api::http::caller::ApiCaller;
use crate::api::http::envelope::ApiResult;
use crate::api::http::refusals::{AccountRefusals, BodyRefusals};
use crate::api::http::schemas::EventKey;
use crate::error::Error;

use super::record::{LeftOutTarget, PlannedTarget};
use super::{MAX_EVENT, PostedEvent};

/// Who would get an event, and why not.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventExplanation {
    /// The catalogue's key, whichever name was posted.
    #[schema(value_type = EventKey)]
    event_type: String,
    /// What accepting it would write down.
    targets: Vec<PlannedTarget>,
    /// What it would not write down.
    left_out: Vec<LeftOutTarget>,
}

fn example() -> EventExplanation {
    EventExplanation {
        event_type: "run_failed".to_owned(),
        targets: PlannedTarget::examples(),
        left_out: vec![LeftOutTarget::example()],
    }
}

/// Ask who would get an event
///
/// Needs the role viewer, editor or admin. The event is checked like one that is posted, by the settings as they are
/// now; nothing is written down or sent. The samples of `/api/v1/event-types` serve for this.
#[utoipa::path(
    post,
    path = "/api/v1/events/explain",
    operation_id = "explainEvent",
    tag = "Events",
    request_body(
        content = PostedEvent,
        description = "The flat payload of one event, as it would be posted."
    ),
    responses(
        (status = 200, description = "Who would get it, and why not.", body = EventExplanation,
            example = json!(example())),
        AccountRefusals, BodyRefusals,
    ),
)]
pub(super) async fn explain(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    request: Request,
) -> ApiResult<Json<EventExplanation>> {
    let input = EventInput::parse(body::json(request, MAX_EVENT).await?).map_err(Error::from)?;
    let permit = authorize::<MayRead>(&app.db, &caller, input.account_id).await?;
    let EventForecast { key, explanation, .. } = forecast::explain(&app, &permit, input).await?;
    Ok(Json(EventExplanation {
        event_type: key,
        targets: explanation.plan.iter().map(PlannedTarget::from).collect(),
        left_out: explanation.left_out.into_iter().map(LeftOutTarget::from).collect(),
    }))
}
