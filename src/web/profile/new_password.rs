//! For who came in with a password that was made for them, or with a link: a new one, before anything else.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use crate::actions::{App, people};
use crate::error::split_fields;
use crate::web::PageResult;
use crate::web::auth::{self, Arrival, Arriving, Auth, SignedIn, ToDo, WayIn};
use crate::web::page::{Notice, Plain};

/// Asks for a new password and nothing else.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile/new_password.html")]
pub struct NewPasswordPage {
    /// Title `Choose your password`; errors of `new_password`.
    pub plain: Plain,
    /// Whose it is.
    pub email: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NewPasswordForm {
    new_password: SecretString,
}

pub(super) async fn show(Arriving(person): Arriving) -> Response {
    if person.to_do != Some(ToDo::ChoosePassword) {
        return Redirect::to("/profile").into_response();
    }
    page(person).into_response()
}

/// Nobody else gets a new password without typing the old one.
pub(super) async fn choose(
    State(app): State<App>,
    Arriving(person): Arriving,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<NewPasswordForm>,
) -> PageResult<Response> {
    if person.to_do != Some(ToDo::ChoosePassword) {
        return Ok(Redirect::to("/profile").into_response());
    }
    match split_fields(people::choose_password(&app, &person.caller(), &person.id, form.new_password).await)?
    {
        Ok(renewed) => {
            let session = auth.session.clone();
            auth::enter(&app, auth, &SignedIn::of(renewed, &app), &arrival, WayIn::Renewed).await?;
            auth::leave_notices(&session, &[Notice::done("Your new password is set.")]).await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(errors) => {
            let mut page = page(person);
            page.plain.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn page(person: SignedIn) -> NewPasswordPage {
    NewPasswordPage { plain: Plain::titled("Choose your password"), email: person.email }
}
