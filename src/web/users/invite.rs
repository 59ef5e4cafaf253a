//! Asking somebody into the account, and taking that back.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::actions::people;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::domain::values::EmailAddress;
use crate::error::split_fields;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Choice, Notice, Shell, role_choices};

use super::CHOOSE_ROLE;

/// The form that asks somebody in.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/new.html")]
pub struct UserNewPage {
    /// Title `Invite somebody`, tab `users`; errors of `email` and `role`.
    pub shell: Shell,
    /// `email`, as it was typed.
    pub email: String,
    /// `role`: see [`crate::web::page::role_choices`].
    pub roles: Vec<Choice>,
}

/// The invitation's link, shown this once, where no mail server can bring it.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/invited.html")]
pub struct UserInvitedPage {
    /// Title `Invitation made`, tab `users`.
    pub shell: Shell,
    /// Who was invited; empty once the page has been seen.
    pub email: String,
    /// The link; none on a second visit.
    pub link: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct InviteForm {
    email: String,
    role: String,
}

impl InviteForm {
    fn parse(&self) -> Result<(EmailAddress, Role), FieldErrors> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", "The email address", EmailAddress::parse(&self.email));
        let role = Role::of_people(&self.role).ok();
        if role.is_none() {
            errors.push_sentence("role", CHOOSE_ROLE);
        }
        email.zip(role).ok_or(errors)
    }
}

pub(super) async fn new(visit: Visit<MayAdminister>) -> PageResult<UserNewPage> {
    page(&visit, InviteForm::default(), FieldErrors::default()).await
}

/// Whether somebody is here already does not show: the answer is the same.
pub(super) async fn invite(
    visit: Visit<MayAdminister>,
    Form(form): Form<InviteForm>,
) -> PageResult<Response> {
    let invited = async {
        let (email, role) = form.parse()?;
        let folded = email.to_string();
        Ok((folded, people::invite(&visit.app, &visit.permit, email, role).await?))
    };
    match split_fields(invited.await)? {
        Ok((email, None)) => {
            let text = "It holds a link that is good for three days, and that nobody else sees. If nothing comes, \
                        invite them again after ten minutes.";
            let notice = Notice {
                text: text.to_owned(),
                ..Notice::done(format!("An invitation is on its way to {email}."))
            };
            Ok(visit.redirect("users", vec![notice]).await?.into_response())
        }
        Ok((email, Some(link))) => {
            visit.show_once(&email, link.expose_secret()).await?;
            Ok(visit.redirect("users/invited", Vec::new()).await?.into_response())
        }
        Err(errors) => {
            let page = page(&visit, form, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(super) async fn invited(visit: Visit<MayAdminister>) -> PageResult<UserInvitedPage> {
    let shell = visit.shell("Invitation made", "users").await?;
    let (email, link) = visit.seen_once().await?.unzip();
    Ok(UserInvitedPage { shell, email: email.unwrap_or_default(), link })
}

pub(super) async fn withdraw(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Redirect> {
    people::withdraw(&visit.app, &visit.permit, id).await?;
    visit.redirect("users", vec![Notice::done("Invitation withdrawn.")]).await
}

async fn page(
    visit: &Visit<MayAdminister>,
    form: InviteForm,
    errors: FieldErrors,
) -> PageResult<UserNewPage> {
    let mut shell = visit.shell("Invite somebody", "users").await?;
    shell.errors = errors;
    let roles = role_choices(&Role::OF_PEOPLE, form.role.parse().ok());
    Ok(UserNewPage { shell, email: form.email, roles })
}
