//! Taking somebody off every list, after a question.

use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use http::StatusCode;

use super::view::{self, PersonRemovePage};
use super::{AddressForm, address, events};
use crate::actions::subscribers::{self, Removed};
use crate::domain::values::EmailAddress;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayEdit, Visit};
use crate::web::page::{Link, Notice, Tone};

pub(super) async fn ask(
    visit: Visit<MayEdit>,
    Query(query): Query<AddressForm>,
) -> PageResult<PersonRemovePage> {
    question(&visit, &address(&query.address)?).await
}

async fn question(visit: &Visit<MayEdit>, address: &EmailAddress) -> PageResult<PersonRemovePage> {
    let listed = subscribers::one(&visit.app, &visit.permit, address).await?;
    let listed = listed.filter(|one| !one.is_primary && !one.events.is_empty());
    let listed = listed.ok_or_else(|| Error::not_found("address on a list"))?;
    let shell = visit.shell(&format!("Remove {}?", listed.address), "people").await?;
    let titles = view::titles(&visit.app, &listed.events);
    Ok(PersonRemovePage { shell, address: listed.address.to_string(), events: listed.events, titles })
}

pub(super) async fn remove(
    visit: Visit<MayEdit>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let typed = fields.iter().find(|(name, _)| name == "address").map(|(_, typed)| typed.as_str());
    let address = address(typed.unwrap_or_default())?;
    let shown = events(&visit.app, &fields);
    let notice = match subscribers::remove(&visit.app, &visit.permit, &address, &shown).await? {
        Removed::ChangedMeanwhile => {
            let mut page = question(&visit, &address).await?;
            let sentence = "Somebody else has changed these lists since: look again, then remove";
            page.shell.errors.push_sentence("lists", sentence);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        Removed::From(events) if events.is_empty() && address == visit.account.contact.email => {
            let title = format!("{address} is the primary contact, who hears about everything.");
            let text = "Nothing was changed. Another contact is named on Company.".to_owned();
            Notice { tone: Tone::Info, text, ..Notice::done(title) }
        }
        Removed::From(events) if events.is_empty() => {
            let title = format!("{address} is on no list.");
            Notice { tone: Tone::Info, text: "Nothing was changed.".to_owned(), ..Notice::done(title) }
        }
        Removed::From(events) => {
            let titles = view::titles(&visit.app, &events).join(", ");
            let link = Link {
                href: format!("/accounts/{}/history", visit.account.id),
                text: "An admin can bring it back from the history.".to_owned(),
            };
            Notice { link: Some(link), ..Notice::done(format!("{address} was removed from {titles}.")) }
        }
    };
    Ok(visit.redirect("people", vec![notice]).await?.into_response())
}
