//! The first hour: five steps to the first notification, each with its command or its result.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::header::CONTENT_SECURITY_POLICY;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayEdit, MayRead, Visit};
use super::icon::Icon;
use super::page::{LIVE_CSP, Link, Notice, STEP_TITLES, Shell, Tone, When, post_curl};
use crate::actions::App;
use crate::actions::first_steps::{self, FirstSteps, STEPS};
use crate::db::tokens::TokenRecord;
use crate::domain::delivery::Delivery;
use crate::domain::role::Permission;

/// The list of first steps.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "welcome.html")]
pub struct WelcomePage {
    /// Title `First steps`, tab `notifications`.
    pub shell: Shell,
    /// Which steps are done.
    pub done: [bool; STEPS],
    /// The sender of mails, where a mail server is set.
    pub mail_from: Option<String>,
    /// Scheme, host and fingerprint of the webhook URL.
    pub webhook: Option<String>,
    /// What the last test came to.
    pub test: Option<TestedStep>,
    /// The platform's token.
    pub token: Option<TokenStep>,
    /// A command that posts an event.
    pub curl: String,
    /// The last event.
    pub event: Option<EventStep>,
    /// Whether the list is off the other pages.
    pub is_hidden: bool,
}

/// What a test came to.
#[derive(Clone, Debug)]
pub struct TestedStep {
    /// `hooks.acme.example answered 200 OK in 184 ms.`
    pub text: String,
    /// Its delivery.
    pub href: String,
}

/// A token that posts events; its name and end are for those who may see tokens.
#[derive(Clone, Debug)]
pub struct TokenStep {
    /// What it was called.
    pub name: String,
    /// Its visible ends.
    pub hint: String,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
}

/// The last event.
#[derive(Clone, Debug)]
pub struct EventStep {
    /// What people call its type.
    pub title: String,
    /// When it was accepted.
    pub when: When,
    /// Its page.
    pub href: String,
}

impl WelcomePage {
    /// How many steps are done.
    fn count(&self) -> usize {
        self.done.iter().filter(|is_done| **is_done).count()
    }

    /// The class of a step: what is done, and what comes next.
    fn class(&self, place: usize) -> &'static str {
        let next = self.done.iter().position(|is_done| !is_done);
        match self.done.get(place) {
            Some(true) => " is-done",
            Some(false) | None if next == Some(place) => " is-now",
            Some(false) | None => "",
        }
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/accounts/{account_id}/welcome", get(show).post(hide))
}

async fn show(visit: Visit<MayRead>) -> PageResult<Response> {
    let steps = first_steps::load(&visit.app, &visit.permit).await?;
    let is_hidden = first_steps::have_left(&visit.app, &visit.permit).await?;
    let shell = visit.shell("First steps", "notifications").await?;
    let (app, now, account_id) = (&visit.app, visit.app.clock.now(), visit.account.id);
    let done = steps.done();
    let FirstSteps { mail_from, webhook, test, token, event, .. } = steps;
    let token = token.filter(|_| shell.may(Permission::Administer)).map(|token: TokenRecord| TokenStep {
        hint: format!("{}…{}", token.prefix, token.last4),
        last_used: token.last_used_at.map(|ms| When::at(ms, now)),
        name: token.name,
    });
    let page = WelcomePage {
        done,
        mail_from,
        webhook,
        test: test.map(|row: Delivery| TestedStep {
            text: row.report().describe(),
            href: format!("/accounts/{account_id}/deliveries/{}", row.id),
        }),
        token,
        curl: post_curl(app, &visit.permit, "$RINGPOST_TOKEN").unwrap_or_default(),
        event: event.map(|(id, key, accepted_at)| EventStep {
            title: app.catalog.get(&key).map_or(key, |event_type| event_type.title.clone()),
            when: When::at(accepted_at, now),
            href: format!("/accounts/{account_id}/events/{id}"),
        }),
        is_hidden,
        shell,
    };
    Ok(([(CONTENT_SECURITY_POLICY, LIVE_CSP)], page).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HideForm {
    /// `shown` or `hidden`.
    list: String,
}

async fn hide(visit: Visit<MayEdit>, Form(form): Form<HideForm>) -> PageResult<Redirect> {
    let is_hidden = form.list != "shown";
    first_steps::hide(&visit.app, &visit.permit, is_hidden).await?;
    if !is_hidden {
        return visit.redirect("welcome", vec![Notice::done("The list is shown again.")]).await;
    }
    let link = Link { href: format!("/accounts/{}/welcome", visit.account.id), text: "Open it".to_owned() };
    let notice = Notice {
        tone: Tone::Ok,
        title: "The list of first steps is hidden.".to_owned(),
        text: "Company still leads to it.".to_owned(),
        link: Some(link),
    };
    visit.redirect("notifications", vec![notice]).await
}
