//! What the owner of a second factor does about it, with password and code: new recovery codes, and taking it away.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::ExposeSecret as _;

use super::second_factor::FactorForm;
use crate::actions::{App, people};
use crate::error::split_fields;
use crate::web::PageResult;
use crate::web::auth::{self, Arrival, Auth, SignedIn, WayIn};
use crate::web::page::{Notice, Shell};

/// Asks for password and code before the second factor goes.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile/remove_factor.html")]
pub struct RemoveFactorPage {
    /// Title `Remove the second factor?`; errors of `current_password`, `code` and `recovery`.
    pub shell: Shell,
}

/// Asks for password and code before there are other recovery codes.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile/new_codes.html")]
pub struct NewCodesPage {
    /// Title `Make new recovery codes?`; errors of `current_password`, `code` and `recovery`.
    pub shell: Shell,
}

pub(super) async fn ask_to_remove(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
) -> PageResult<Response> {
    if !person.has_second_factor {
        return Ok(Redirect::to("/profile").into_response());
    }
    Ok(remove_page(&app, &person, &auth).await?.into_response())
}

pub(super) async fn remove(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<FactorForm>,
) -> PageResult<Response> {
    if !person.has_second_factor {
        return Ok(Redirect::to("/profile").into_response());
    }
    let FactorForm { code, recovery, current_password } = form;
    let removed = people::remove_own_second_factor(
        &app,
        &person.caller(),
        &person.id,
        arrival.address,
        current_password,
        &code,
        &recovery,
    )
    .await;
    match split_fields(removed)? {
        Ok(renewed) => {
            let session = auth.session.clone();
            auth::enter(&app, auth, &SignedIn::of(renewed, &app), &arrival, WayIn::Renewed).await?;
            let notice = Notice::done("Second factor removed. Other sessions have ended.");
            auth::leave_notices(&session, &[notice]).await?;
            Ok(Redirect::to("/profile").into_response())
        }
        Err(errors) => {
            let mut page = remove_page(&app, &person, &auth).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(super) async fn ask_for_codes(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
) -> PageResult<Response> {
    if !person.has_second_factor {
        return Ok(Redirect::to("/profile").into_response());
    }
    Ok(new_codes_page(&app, &person, &auth).await?.into_response())
}

pub(super) async fn new_codes(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<FactorForm>,
) -> PageResult<Response> {
    if !person.has_second_factor {
        return Ok(Redirect::to("/profile").into_response());
    }
    let FactorForm { code, recovery, current_password } = form;
    let made = people::renew_recovery_codes(
        &app,
        &person.caller(),
        &person.id,
        arrival.address,
        current_password,
        &code,
        &recovery,
    )
    .await;
    match split_fields(made)? {
        Ok(codes) => {
            auth::show_once(&auth.session, "recovery codes", codes.expose_secret()).await?;
            Ok(Redirect::to("/profile/recovery-codes").into_response())
        }
        Err(errors) => {
            let mut page = new_codes_page(&app, &person, &auth).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn remove_page(app: &App, person: &SignedIn, auth: &Auth) -> PageResult<RemoveFactorPage> {
    let title = "Remove the second factor?";
    Ok(RemoveFactorPage { shell: auth::shell_outside_accounts(app, person, &auth.session, title).await? })
}

async fn new_codes_page(app: &App, person: &SignedIn, auth: &Auth) -> PageResult<NewCodesPage> {
    let title = "Make new recovery codes?";
    Ok(NewCodesPage { shell: auth::shell_outside_accounts(app, person, &auth.session, title).await? })
}
