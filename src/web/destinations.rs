//! The Destinations tab: named targets besides the settings page's webhook and subscribers.

mod edit;
mod form;
mod lines;
mod merge;
mod test_send;
mod view;

pub use view::{
    DestinationDeletePage, DestinationForm, DestinationFormPage, DestinationKindPage, DestinationRow,
    DestinationSecretPage, DestinationSummary, DestinationsPage, EventChoices, LastDelivery, kind_choices,
};

use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum_extra::extract::Query;
use serde::Deserialize;

use crate::actions::App;
use crate::actions::destinations::{DestinationPatch, StoredDestination};
use crate::actions::health::{self, TargetDay};
use crate::domain::delivery::{Delivery, State};
use crate::error::Error;

use super::PageResult;
use super::auth::{Gate, MayAdminister, MayRead, Visit};
use super::icon::Icon;
use super::page::{Badge, DaySummary, Link, Notice, Tone, When};
use crate::access::Includes;

/// What the list is asked.
#[derive(Deserialize)]
struct RefreshQuery {
    /// The event of a test, to see how far it has come.
    refresh: Option<String>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/destinations", get(list).post(edit::create))
        .route("/accounts/{account_id}/destinations/new", get(edit::new))
        .route(
            "/accounts/{account_id}/destinations/test",
            get(test_send::back_to_new).post(test_send::of_new),
        )
        .route("/accounts/{account_id}/destinations/{id}", get(edit::show).post(edit::change))
        .route("/accounts/{account_id}/destinations/{id}/secret", get(edit::secret))
        .route(
            "/accounts/{account_id}/destinations/{id}/test",
            get(test_send::back_to_list).post(test_send::of_saved),
        )
        .route(
            "/accounts/{account_id}/destinations/{id}/test/unsaved",
            get(test_send::back_to_form).post(test_send::of_changed),
        )
        .route("/accounts/{account_id}/destinations/{id}/pause", post(pause))
        .route("/accounts/{account_id}/destinations/{id}/resume", post(resume))
        .route("/accounts/{account_id}/destinations/{id}/delete", get(ask_to_delete).post(delete))
}

async fn list(visit: Visit<MayRead>, Query(query): Query<RefreshQuery>) -> PageResult<DestinationsPage> {
    let mut page = list_page(&visit).await?;
    if let Some(event_id) = query.refresh {
        page.result = Some(test_send::progress(&visit, &page.destinations, &event_id).await?);
    }
    Ok(page)
}

async fn list_page<G: Includes<MayRead>>(visit: &Visit<G>) -> PageResult<DestinationsPage> {
    let app = &visit.app;
    let last = app.destinations.last_deliveries(&visit.permit).await?;
    let days = health::of_the_day(app, &visit.permit, false).await?;
    let row = |stored: StoredDestination| {
        let last = last.iter().find(|delivery| delivery.target.destination_id() == Some(stored.row.id));
        let day = days.get(&Some(stored.row.id)).copied().unwrap_or_default();
        row(visit, &stored, last, day)
    };
    let stored = app.destinations.list(&visit.permit).await?;
    let destinations = stored.into_iter().map(row).collect();
    let shell = visit.shell("Destinations", "destinations").await?;
    Ok(DestinationsPage { shell, destinations, result: None })
}

async fn pause(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<Redirect> {
    let stored = find(&visit, &id).await?;
    let text =
        format!("{} is paused: events and notifications skip it until you resume it.", stored.row.name);
    let patch = DestinationPatch { enabled: Some(false), ..DestinationPatch::default() };
    visit.app.destinations.update(&visit.permit, stored, patch).await?;
    visit.redirect("destinations", vec![Notice::done(text)]).await
}

async fn resume(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<Redirect> {
    let stored = find(&visit, &id).await?;
    let mut notices = vec![Notice::done(format!("{} is active again.", stored.row.name))];
    let patch = DestinationPatch { enabled: Some(true), ..DestinationPatch::default() };
    let saved = visit.app.destinations.update(&visit.permit, stored, patch).await?;
    notices.extend(warnings(saved.warnings));
    visit.redirect("destinations", notices).await
}

async fn ask_to_delete(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<DestinationDeletePage> {
    let stored = find(&visit, &id).await?;
    let app = &visit.app;
    Ok(DestinationDeletePage {
        shell: visit.shell(&format!("Delete {}?", stored.row.name), "destinations").await?,
        deliveries: app.destinations.count_deliveries(&visit.permit, stored.row.id).await?,
        retention_days: app.config.retention_days,
        destination: row(&visit, &stored, None, TargetDay::default()),
    })
}

async fn delete(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<Redirect> {
    let stored = find(&visit, &id).await?;
    visit.app.destinations.delete(&visit.permit, stored.row.id).await?;
    visit.redirect("destinations", vec![Notice::done(format!("{} deleted.", stored.row.name))]).await
}

/// The destination that a path names; 404 if this account has no such.
async fn find<G: Includes<MayRead>>(visit: &Visit<G>, id: &str) -> PageResult<StoredDestination> {
    let id = id.parse().map_err(|_| Error::not_found("destination"))?;
    Ok(visit.app.destinations.by_id(&visit.permit, id).await?)
}

fn row<G: Gate>(
    visit: &Visit<G>,
    stored: &StoredDestination,
    last: Option<&Delivery>,
    day: TargetDay,
) -> DestinationRow {
    let app = &visit.app;
    let title = |key: &String| app.catalog.get(key).map_or_else(|| key.clone(), |event| event.title.clone());
    DestinationRow {
        id: stored.row.id,
        name: stored.row.name.clone(),
        kind: stored.kind.spec().label,
        sends_to: stored.summary.clone(),
        signed: stored.is_signed(),
        events: stored.events.iter().map(title).collect(),
        paused: !stored.row.enabled,
        status: status(stored, last, day),
        day: DaySummary::of(day.count, || {
            format!("/accounts/{}/deliveries?status=failed&destination={}", visit.account.id, stored.row.id)
        }),
        last: last.map(|delivery| LastDelivery {
            link: Link {
                href: format!("/accounts/{}/deliveries/{}", visit.account.id, delivery.id),
                text: outcome(delivery),
            },
            when: When::at(delivery.created_at.as_millisecond(), app.clock.now()),
        }),
        nonce: app.clock.new_id().to_string(),
    }
}

fn status(stored: &StoredDestination, last: Option<&Delivery>, day: TargetDay) -> Badge {
    let sent_since = |changed_at| last.is_some_and(|last| last.created_at.as_millisecond() >= changed_at);
    let is_untested = stored.row.config_changed_at.is_some_and(|changed_at| !sent_since(changed_at));
    let badge = |tone, icon, text| Badge { tone, icon: Some(icon), text };
    if !stored.row.enabled {
        badge(Tone::Quiet, Icon::Pause, "Paused")
    } else if day.is_failing {
        badge(Tone::Bad, Icon::Cross, "Failing")
    } else if is_untested {
        Badge::untested()
    } else {
        badge(Tone::Ok, Icon::Check, "Active")
    }
}

/// `Delivered`, or `Failed: 500`.
fn outcome(delivery: &Delivery) -> String {
    let label = delivery.report().label();
    match delivery.status.filter(|_| delivery.state == State::Failed) {
        Some(code) => format!("{label}: {code}"),
        None => label.to_owned(),
    }
}

fn warnings(sentences: Vec<String>) -> impl Iterator<Item = Notice> {
    sentences.into_iter().map(|sentence| Notice::warn("Deliveries will not arrive.", sentence))
}
