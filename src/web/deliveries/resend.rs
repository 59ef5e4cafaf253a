//! The Resend button.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use crate::actions::deliveries;
use crate::domain::field_errors::FieldErrors;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, Visit};
use crate::web::page::Notice;

use super::detail::{answer, page};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ResendFields {
    checked: Option<String>,
}

/// The address of a refusal is not a page of its own: whoever opens it again gets the delivery.
pub(super) async fn back(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Redirect> {
    let row = deliveries::find(&visit.app, &visit.permit, &id).await?;
    Ok(Redirect::to(&format!("/accounts/{}/deliveries/{}", visit.account.id, row.id)))
}

/// Leads to the new delivery. What is refused shows the page of the old one again, and why.
pub(super) async fn resend(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(input): Form<ResendFields>,
) -> PageResult<Response> {
    let checked = input.checked.as_deref() == Some("on");
    let (status, errors) = match deliveries::resend(&visit.app, &visit.permit, &id, checked).await {
        Ok(again) => {
            let notice = Notice::done("Sent again. This is the new delivery.");
            return Ok(visit
                .redirect(&format!("deliveries/{}", again.id), vec![notice])
                .await?
                .into_response());
        }
        Err(Error::Invalid { fields, .. }) => (StatusCode::UNPROCESSABLE_ENTITY, fields),
        Err(Error::Conflict { message, .. }) => {
            (StatusCode::CONFLICT, FieldErrors::one_sentence("resend", message))
        }
        Err(other) => return Err(other.into()),
    };
    Ok(answer(status, page(&visit, &id, errors).await?))
}
