//! The People tab: who gets mail about which event, adding somebody to several lists, and taking somebody off all.

mod remove;
mod view;

pub use view::{PeopleForm, PersonRemovePage, SubscriberRow, SubscribersPage};

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::{Form, Query};
use http::StatusCode;
use serde::Deserialize;

use super::PageResult;
use super::auth::{Gate, MayEdit, MayRead, Visit};
use super::page::{Notice, Tone};
use crate::access::Includes;
use crate::actions::subscribers::{self, Added};
use crate::actions::{App, subscriptions};
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Permission;
use crate::domain::values::{EmailAddress, EmailList, ParsedList};
use crate::error::{Error, split_fields};

/// Addresses on one page.
const PAGE: usize = 50;
/// How many names one notice tells.
const MOST_TOLD: usize = 5;
const EVENT: &str = "event.";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/people", get(list).post(add))
        .route("/accounts/{account_id}/people/remove", get(remove::ask).post(remove::remove))
        .route("/accounts/{account_id}/people/resubscribe", post(resubscribe))
}

/// What is asked of the list.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct PeopleQuery {
    q: String,
    after: String,
}

async fn list(visit: Visit<MayRead>, Query(query): Query<PeopleQuery>) -> PageResult<SubscribersPage> {
    let kept = match visit.role.may(Permission::EditNotifications) {
        true => visit.kept_form("people").await?,
        false => None,
    };
    let mut page = page(&visit, &query, kept.as_deref().unwrap_or_default()).await?;
    page.shell.notices.extend(kept.map(|_| Notice::kept_form()));
    Ok(page)
}

async fn page<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    query: &PeopleQuery,
    typed: &[(String, String)],
) -> PageResult<SubscribersPage> {
    let (app, wanted) = (&visit.app, query.q.trim().to_lowercase());
    let everybody = subscribers::everybody(app, &visit.permit).await?;
    let all = everybody.len();
    let found: Vec<_> = everybody.into_iter().filter(|one| one.address.folded().contains(&wanted)).collect();
    let count = found.len();
    // The primary contact stands before everybody else, whatever the address.
    let is_later = |one: &&_| view::is_after(one, &query.after);
    let shown: Vec<_> = found.iter().filter(is_later).take(PAGE).cloned().collect();
    let has_more = found.iter().filter(is_later).nth(PAGE).is_some();
    let addresses: Vec<EmailAddress> = shown.iter().map(|one| one.address.clone()).collect();
    let last = subscribers::last_mails(app, &visit.permit, &addresses).await?;
    let next = shown.last().filter(|_| has_more).map(|one| one.address.folded());
    let rows = shown.into_iter().map(|one| {
        let last = last.get(&one.address.folded());
        view::row(app, visit.account.id, one, last)
    });
    Ok(SubscribersPage {
        rows: rows.collect(),
        q: query.q.trim().to_owned(),
        is_first: query.after.is_empty(),
        next: next.map(|after| view::page_after(visit.account.id, &query.q, &after)),
        form: PeopleForm::read(app, typed),
        shell: visit.shell("People", "people").await?,
        all,
        count,
    })
}

async fn add(visit: Visit<MayEdit>, Form(fields): Form<Vec<(String, String)>>) -> PageResult<Response> {
    let done = async {
        let (parsed, events) = read(&visit, &fields)?;
        let added = subscribers::add(&visit.app, &visit.permit, &parsed.list, &events).await?;
        Ok((parsed, events, added))
    };
    match split_fields(done.await)? {
        Ok((parsed, events, added)) => {
            let notices = told(&visit, parsed, &events, &added);
            Ok(visit.redirect("people", notices).await?.into_response())
        }
        Err(errors) => {
            let mut page = page(&visit, &PeopleQuery::default(), &fields).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Who is to be added, and to which events' lists.
fn read(
    visit: &Visit<MayEdit>,
    fields: &[(String, String)],
) -> Result<(ParsedList, Vec<String>), FieldErrors> {
    let PeopleForm { address, .. } = PeopleForm::read(&visit.app, fields);
    let (contact, mut errors) = (&visit.account.contact.email, FieldErrors::default());
    let parsed = EmailList::parse(&address, contact).map_err(|wrong| {
        for why in wrong {
            errors.push_about("address", "Address", why.to_string());
        }
    });
    if let Ok(ParsedList { list, dropped_primary, .. }) = &parsed
        && list.is_empty()
    {
        errors.push_sentence(
            "address",
            match dropped_primary {
                true => {
                    format!("{contact} is the primary contact and on every list already: enter somebody else")
                }
                false => "Enter the address that is to be added".to_owned(),
            },
        );
    }
    let events = events(&visit.app, fields);
    if events.is_empty() {
        errors.push_sentence("events", "Tick the events that the address is to be added to");
    }
    errors.or((parsed.unwrap_or_default(), events))
}

/// The events that are ticked, in the catalogue's order.
fn events(app: &App, fields: &[(String, String)]) -> Vec<String> {
    let is_ticked = |key: &str| fields.iter().any(|(name, _)| name.strip_prefix(EVENT) == Some(key));
    let keys = app.catalog.events().map(|event_type| event_type.key.clone());
    keys.filter(|key| is_ticked(key)).collect()
}

fn told(visit: &Visit<MayEdit>, parsed: ParsedList, events: &[String], added: &Added) -> Vec<Notice> {
    let names: Vec<EmailAddress> = parsed.list.iter().cloned().collect();
    let (who, lists) = (some(&names), view::titles(&visit.app, events).join(", "));
    let mut notices = vec![if added.is_new {
        Notice::done(format!("Added to {lists}: {who}."))
    } else {
        let title = format!("On these lists already: {who}.");
        Notice { tone: Tone::Info, text: "Nothing was changed.".to_owned(), ..Notice::done(title) }
    }];
    if !added.returned.is_empty() {
        let title = format!("Had unsubscribed before: {}.", some(&added.returned));
        notices.push(Notice::warn(title, "Adding them anew has undone that: they get mail again."));
    }
    if !added.unsubscribed.is_empty() {
        let title = format!("Unsubscribed: {}.", some(&added.unsubscribed));
        notices.push(Notice::warn(title, "No mail goes there until that is undone below."));
    }
    if !added.unconfirmed.is_empty() {
        let title = format!("Asked by mail first: {}.", some(&added.unconfirmed));
        notices.push(Notice::warn(title, "They get mail once they have said yes."));
    }
    if parsed.dropped_primary {
        let text = "The primary contact is always included.";
        notices.push(Notice::warn(format!("{} was not added.", visit.account.contact.email), text));
    }
    if !parsed.reduced.is_empty() {
        let kept = parsed.reduced.iter().take(MOST_TOLD).map(|(typed, kept)| format!("“{typed}” is {kept}."));
        let kept: Vec<String> = kept.collect();
        notices.push(Notice::warn("Only the addresses were kept, without names and links.", kept.join(" ")));
    }
    notices
}

/// The first few of them.
fn some(addresses: &[EmailAddress]) -> String {
    let mut told: Vec<String> = addresses.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    let rest = addresses.len().saturating_sub(MOST_TOLD);
    told.extend((rest > 0).then(|| format!("{rest} more")));
    told.join(", ")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AddressForm {
    address: String,
}

/// Takes an unsubscription back.
async fn resubscribe(visit: Visit<MayEdit>, Form(form): Form<AddressForm>) -> PageResult<Redirect> {
    let address = address(&form.address)?;
    let is_back = subscriptions::resubscribe(&visit.app, &visit.permit, &address).await?;
    let notice = if is_back {
        Notice::done(format!("{address} gets mail again."))
    } else {
        let title = format!("{address} was not unsubscribed any more.");
        Notice { tone: Tone::Info, text: "Nothing was changed.".to_owned(), ..Notice::done(title) }
    };
    visit.redirect("people", vec![notice]).await
}

/// An address that a link or button of ours names.
fn address(text: &str) -> Result<EmailAddress, Error> {
    text.parse().map_err(|_| Error::not_found("address on a list"))
}
