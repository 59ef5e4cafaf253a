//! The second step of signing in: a code.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use crate::actions::{App, people};
use crate::error::split_fields;
use crate::web::PageResult;
use crate::web::auth::{self, Arrival, Auth, SignedIn};
use crate::web::page::Plain;

use super::local_path;

/// Asks for the code that the authenticator app shows, or for a recovery code.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "login/code.html")]
pub struct LoginCodePage {
    /// Title `Enter your code`; errors of `code` and `recovery`.
    pub plain: Plain,
    /// Whose password was right.
    pub email: String,
    /// The recovery code as it was typed; a code of the app is over before it could be sent again.
    pub recovery: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    code: String,
    recovery: String,
}

pub(super) async fn show(State(app): State<App>, auth: Auth) -> PageResult<Response> {
    let Some(waiting) = auth::waiting_for_code(&app, &auth.session).await? else { return Ok(over()) };
    Ok(page(waiting.email, String::new()).into_response())
}

pub(super) async fn check(
    State(app): State<App>,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<CodeForm>,
) -> PageResult<Response> {
    let Some(waiting) = auth::waiting_for_code(&app, &auth.session).await? else { return Ok(over()) };
    let Some(user) = people::enabled(&app, &waiting.user_id).await? else { return Ok(over()) };
    let person = SignedIn::of(user.clone(), &app);
    if !waiting.is_still(&person) {
        return Ok(over());
    }
    match split_fields(people::check_code(&app, &user, arrival.address, &form.code, &form.recovery).await)? {
        Ok(()) => {
            auth::enter(&app, auth, &person, &arrival, waiting.way).await?;
            Ok(Redirect::to(local_path(&waiting.next)).into_response())
        }
        Err(errors) => {
            let mut page = page(waiting.email, form.recovery);
            page.plain.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn page(email: String, recovery: String) -> LoginCodePage {
    LoginCodePage { plain: Plain::titled("Enter your code"), email, recovery }
}

/// Nobody waits, or for too long: from the beginning.
fn over() -> Response {
    Redirect::to("/login").into_response()
}
