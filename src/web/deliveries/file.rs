//! One delivery as a file: what its page tells, to be handed on. Secrets are left out of it as they are of the page.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;

use crate::actions::deliveries;
use crate::domain::event_name::EventName;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};

use super::export::ExportedDelivery;
use super::names::TargetNames;

/// A delivery with what left and what came back.
#[derive(Serialize)]
struct SavedDelivery {
    #[serde(flatten)]
    delivery: ExportedDelivery,
    /// How it stands, in a sentence.
    message: String,
    request: SavedMessage,
    response: SavedMessage,
}

/// One direction; `null` where nothing went this way.
#[derive(Serialize)]
struct SavedMessage {
    head: Option<String>,
    body: Option<String>,
}

pub(super) async fn save(visit: Visit<MayRead>, Path((_, id)): Path<(i64, String)>) -> PageResult<Response> {
    let (app, permit) = (&visit.app, &visit.permit);
    let row = deliveries::find(app, permit, &id).await?;
    let left = deliveries::transcript(app, permit, &id).await?;
    let names = TargetNames::of(app.db.snapshot(visit.account.id).await?.as_deref());
    let event = EventName::of(&row.event_key, &left.payload, &app.catalog);
    // A payload that was sent as it is stands in its event's row only.
    let sent = left.request_body.or_else(|| left.request_head.is_some().then_some(left.payload));
    let file = SavedDelivery {
        delivery: ExportedDelivery::of(event, &row, &names),
        message: row.report().describe(),
        request: SavedMessage { head: left.request_head, body: sent },
        response: SavedMessage { head: left.response_head, body: left.response_body },
    };
    let text = serde_json::to_string_pretty(&file).map_err(Error::internal)?;
    let name = format!("attachment; filename=\"delivery-{}.json\"", row.id);
    Ok(([(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)], text).into_response())
}
