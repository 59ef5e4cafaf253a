//! The page behind an invitation's link: somebody new chooses a password, somebody who is here signs in and accepts.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use super::PageResult;
use super::auth::{self, Arrival, Auth, SignedIn, WayIn};
use super::page::{Notice, Plain};
use crate::access::Guessed;
use crate::actions::App;
use crate::actions::people::{self, Invitation};
use crate::domain::field_errors::FieldErrors;
use crate::error::split_fields;

/// An invitation, for whoever holds its link. Whether the invited address is known here it does not say.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "invitation.html")]
pub struct InvitationPage {
    /// Title `You are invited`; errors of `name` and `password`.
    pub plain: Plain,
    /// The link's own path, where the form goes.
    pub path: String,
    /// The account's name.
    pub account_name: String,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: &'static str,
    /// Who asks.
    pub invited_by: String,
    /// Who looks.
    pub reader: InvitationReader,
    /// `name`, as it was typed.
    pub name: String,
}

/// Who looks at an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationReader {
    /// Nobody is signed in.
    Nobody,
    /// Whom it is for.
    Invited,
    /// Somebody else, at this address.
    SomebodyElse(String),
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/invitations/{link}", get(show).post(accept_anew))
        .route("/invitations/{link}/accept", post(accept))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewcomerForm {
    name: String,
    password: SecretString,
}

async fn show(State(app): State<App>, auth: Auth, Path(link): Path<String>) -> PageResult<InvitationPage> {
    let invitation = people::invitation(&app, &link).await?;
    Ok(page(invitation, &link, auth.user.as_ref(), String::new(), FieldErrors::default()))
}

async fn accept(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
    Path(link): Path<String>,
) -> PageResult<Redirect> {
    let account_id = people::accept(&app, &person.caller(), &link, &person.id).await?;
    auth::leave_notices(&auth.session, &[Notice::done("Invitation accepted.")]).await?;
    Ok(into(account_id))
}

async fn accept_anew(
    State(app): State<App>,
    auth: Auth,
    arrival: Arrival,
    Path(link): Path<String>,
    Form(form): Form<NewcomerForm>,
) -> PageResult<Response> {
    // A password is hashed for each: whoever guesses links is stopped first.
    let now = app.clock.now_ms();
    let attempt = app.limits.attempts.begin(Guessed::Nobody, arrival.address, now).await?;
    match split_fields(people::accept_anew(&app, &link, &form.name, form.password).await) {
        Ok(Ok((user, account_id))) => {
            attempt.succeeded().await?;
            auth::enter(&app, auth, &SignedIn::of(user, &app), &arrival, WayIn::Renewed).await?;
            Ok(into(account_id).into_response())
        }
        Ok(Err(errors)) => {
            attempt.succeeded().await?;
            let invitation = people::invitation(&app, &link).await?;
            let page = page(invitation, &link, auth.user.as_ref(), form.name, errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => {
            attempt.failed(now).await?;
            Err(error.into())
        }
    }
}

fn into(account_id: i64) -> Redirect {
    Redirect::to(&format!("/accounts/{account_id}/notifications"))
}

fn page(
    invitation: Invitation,
    link: &str,
    reader: Option<&SignedIn>,
    name: String,
    errors: FieldErrors,
) -> InvitationPage {
    let Invitation { account_name, email, role, invited_by, .. } = invitation;
    let reader = match reader {
        None => InvitationReader::Nobody,
        Some(person) if person.email == email => InvitationReader::Invited,
        Some(person) => InvitationReader::SomebodyElse(person.email.clone()),
    };
    let plain = Plain { errors, ..Plain::titled("You are invited") };
    let path = format!("/invitations/{link}");
    InvitationPage { plain, path, account_name, email, role: role.as_str(), invited_by, reader, name }
}
