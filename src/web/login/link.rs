//! Who has forgotten the password: a link by mail, which stands for it once.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use crate::access::Guessed;
use crate::actions::{App, people};
use crate::domain::values::EmailAddress;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{Arrival, Auth, SignedIn, WayIn};
use crate::web::page::Plain;

/// Asks for the address to mail a link to, and says the same whoever has it.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "login/forgotten.html")]
pub struct ForgottenPage {
    /// Title `Forgot your password?`; errors of `email`.
    pub plain: Plain,
    /// The address as it was typed.
    pub email: String,
    /// Whether it was asked for.
    pub asked: bool,
    /// Whether mails leave this server at all.
    pub has_mail_server: bool,
}

/// The page behind the link. Looking at it uses nothing up.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "login/link.html")]
pub struct LoginLinkPage {
    /// Title as the heading: `Sign in with this link`, `This link is over`.
    pub plain: Plain,
    /// Whether the link is good.
    pub is_good: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ForgottenForm {
    email: String,
}

pub(super) async fn forgotten(State(app): State<App>) -> ForgottenPage {
    page(&app, String::new(), false)
}

pub(super) async fn ask(
    State(app): State<App>,
    arrival: Arrival,
    Form(form): Form<ForgottenForm>,
) -> PageResult<Response> {
    // Each counts like a failure, whether it mails somebody or not.
    let now = app.clock.now_ms();
    let attempt = app.limits.attempts.begin(Guessed::Nobody, arrival.address, now).await?;
    attempt.failed(now).await?;
    if let Err(why) = form.email.parse::<EmailAddress>() {
        let mut page = page(&app, form.email, false);
        page.plain.errors.take::<()>("email", "The email address", Err(why));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    people::ask_for_link(&app, &form.email);
    Ok(page(&app, form.email, true).into_response())
}

pub(super) async fn show(State(app): State<App>, Path(link): Path<String>) -> PageResult<Response> {
    if people::has_link(&app, &link).await? {
        return Ok(
            LoginLinkPage { plain: Plain::titled("Sign in with this link"), is_good: true }.into_response()
        );
    }
    Ok(over())
}

pub(super) async fn follow(
    State(app): State<App>,
    auth: Auth,
    arrival: Arrival,
    Path(link): Path<String>,
) -> PageResult<Response> {
    // Whoever guesses links is stopped like whoever guesses passwords, and writes no more into the security log.
    let now = app.clock.now_ms();
    let attempt = app.limits.attempts.begin(Guessed::Nobody, arrival.address, now).await?;
    match people::use_link(&app, &link).await {
        Ok(user) => {
            attempt.succeeded().await?;
            let person = SignedIn::of(user, &app);
            super::come_in(&app, auth, &person, &arrival, WayIn::Link, "/").await
        }
        Err(Error::NotFound(_)) => {
            attempt.failed(now).await?;
            Ok(over())
        }
        Err(error) => Err(error.into()),
    }
}

fn over() -> Response {
    let page = LoginLinkPage { plain: Plain::titled("This link is over"), is_good: false };
    (StatusCode::NOT_FOUND, page).into_response()
}

fn page(app: &App, email: String, asked: bool) -> ForgottenPage {
    let has_mail_server = app.sender.mail_folder().is_none();
    ForgottenPage { plain: Plain::titled("Forgot your password?"), email, asked, has_mail_server }
}
