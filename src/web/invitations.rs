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
use super::auth::{self, Arrival, Auth, SignedIn};
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
    /// Title `You are invited`; errors of `name`, `password` and `accept`.
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
        .route("/invitations/{link}", get(show).post(choose_password))
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
) -> PageResult<Response> {
    match split_fields(people::accept(&app, &person.caller(), &link, &person.id).await)? {
        Ok(account_id) => {
            auth::leave_notices(&auth.session, &[Notice::done("Invitation accepted.")]).await?;
            Ok(Redirect::to(&format!("/accounts/{account_id}/notifications")).into_response())
        }
        Err(errors) => refused(&app, &auth, &link, String::new(), errors).await,
    }
}

/// Nobody is let in here: whoever has chosen a password signs in with it, whether they are new or not, so that the
/// answer does not tell.
async fn choose_password(
    State(app): State<App>,
    auth: Auth,
    arrival: Arrival,
    Path(link): Path<String>,
    Form(form): Form<NewcomerForm>,
) -> PageResult<Response> {
    // A password is hashed for each: every one counts like a failure.
    let now = app.clock.now_ms();
    app.limits.attempts.begin(Guessed::Nobody, arrival.address, now).await?.failed(now).await?;
    match split_fields(people::choose_first_password(&app, &link, &form.name, form.password).await)? {
        Ok(()) => Ok(Redirect::to(&format!("/login?invited={link}")).into_response()),
        Err(errors) => refused(&app, &auth, &link, form.name, errors).await,
    }
}

async fn refused(
    app: &App,
    auth: &Auth,
    link: &str,
    name: String,
    errors: FieldErrors,
) -> PageResult<Response> {
    let page = page(people::invitation(app, link).await?, link, auth.user.as_ref(), name, errors);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
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
