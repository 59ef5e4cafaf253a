//! The Users tab: who may do what in this account.

mod view;

pub use view::{UserCreatedPage, UserEditPage, UserNewPage, UserRow, UsersPage};

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, Visit};
use super::page::{Notice, When, role_choices};
use crate::actions::App;
use crate::actions::people::{self, Invitation, PersonInput};
use crate::db::users::MemberRecord;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::error::{Error, split_fields};

const CHOOSE_ROLE: &str = "Choose what the person may do";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/users", get(list).post(add))
        .route("/accounts/{account_id}/users/new", get(new))
        .route("/accounts/{account_id}/users/created", get(created))
        .route("/accounts/{account_id}/users/{id}", get(show).post(change))
}

async fn list(visit: Visit<MayAdminister>) -> PageResult<UsersPage> {
    let members = people::list(&visit.app, &visit.permit).await?;
    let users = members.into_iter().map(|member| row(&visit, member)).collect();
    Ok(UsersPage { shell: visit.shell("Users", "users").await?, users })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewUserForm {
    name: String,
    email: String,
    role: String,
}

async fn new(visit: Visit<MayAdminister>) -> PageResult<UserNewPage> {
    new_page(&visit, NewUserForm::default(), FieldErrors::default()).await
}

/// Adds a person with a one-time password; somebody who has a sign-in already only gets the role.
async fn add(visit: Visit<MayAdminister>, Form(form): Form<NewUserForm>) -> PageResult<Response> {
    let added = async {
        let (person, role) = form.parse()?;
        let email = person.email.folded();
        Ok((email, people::invite(&visit.app, &visit.permit, person, role).await?))
    };
    match split_fields(added.await)? {
        Ok((email, Invitation::Created(password))) => {
            visit.show_once(&email, password.expose()).await?;
            Ok(visit.redirect("users/created", Vec::new()).await?.into_response())
        }
        Ok((email, Invitation::Joined)) => {
            let title = format!("{email} added. They sign in with the password that they have.");
            Ok(visit.redirect("users", vec![Notice::done(title)]).await?.into_response())
        }
        Err(errors) => {
            let page = new_page(&visit, form, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

impl NewUserForm {
    fn parse(&self) -> Result<(PersonInput, Role), FieldErrors> {
        let role = Role::of_people(&self.role);
        match (PersonInput::parse(&self.name, &self.email), role) {
            (Ok(person), Ok(role)) => Ok((person, role)),
            (person, role) => {
                let mut errors = person.err().unwrap_or_default();
                if role.is_err() {
                    errors.push_sentence("role", CHOOSE_ROLE);
                }
                Err(errors)
            }
        }
    }
}

async fn new_page(
    visit: &Visit<MayAdminister>,
    form: NewUserForm,
    errors: FieldErrors,
) -> PageResult<UserNewPage> {
    let mut shell = visit.shell("Add user", "users").await?;
    shell.errors = errors;
    let roles = role_choices(&Role::OF_PEOPLE, form.role.parse().ok());
    Ok(UserNewPage { shell, name: form.name, email: form.email, roles })
}

async fn created(visit: Visit<MayAdminister>) -> PageResult<UserCreatedPage> {
    let shell = visit.shell("User added", "users").await?;
    let (email, password) = visit.seen_once().await?.unzip();
    Ok(UserCreatedPage { shell, email: email.unwrap_or_default(), password })
}

async fn show(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<UserEditPage> {
    edit_page(&visit, &id, None).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserForm {
    role: String,
    status: String,
}

async fn change(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(form): Form<UserForm>,
) -> PageResult<Response> {
    let member = people::member(&visit.app, &visit.permit, &id).await?;
    let email = member.email.clone();
    let changed = async {
        let (role, disabled) = form.parse()?;
        people::change_member(&visit.app, &visit.permit, member, role, disabled).await
    };
    match split_fields(changed.await)? {
        Ok(()) => {
            let notice = Notice::done(format!("{email} changed."));
            Ok(visit.redirect("users", vec![notice]).await?.into_response())
        }
        Err(errors) => {
            let mut page = edit_page(&visit, &id, Some(&form)).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

impl UserForm {
    fn parse(&self) -> Result<(Role, bool), FieldErrors> {
        let role = Role::of_people(&self.role).map_err(|_| FieldErrors::one_sentence("role", CHOOSE_ROLE))?;
        match self.status.as_str() {
            "active" => Ok((role, false)),
            "disabled" => Ok((role, true)),
            _ => Err(FieldErrors::one_sentence("status", "Choose whether the person may sign in")),
        }
    }
}

async fn edit_page(
    visit: &Visit<MayAdminister>,
    id: &str,
    form: Option<&UserForm>,
) -> PageResult<UserEditPage> {
    let members = people::list(&visit.app, &visit.permit).await?;
    let admins = members.iter().filter(|member| member.role == Role::Admin && !member.disabled).count();
    let member =
        members.into_iter().find(|member| member.id == id).ok_or_else(|| Error::not_found("user"))?;
    let last_admin = admins == 1 && member.role == Role::Admin && !member.disabled;
    let user = row(visit, member);
    let role = form.map_or(user.role, |form| form.role.as_str());
    let disabled = form.map_or(user.disabled, |form| form.status == "disabled");
    Ok(UserEditPage {
        shell: visit.shell(&user.name, "users").await?,
        roles: role_choices(&Role::OF_PEOPLE, role.parse().ok()),
        statuses: UserEditPage::statuses(disabled),
        last_admin,
        user,
    })
}

fn row(visit: &Visit<MayAdminister>, member: MemberRecord) -> UserRow {
    let now = visit.app.clock.now();
    UserRow {
        is_you: member.id == visit.person.id,
        role: member.role.as_str(),
        last_sign_in: member.last_sign_in_at.map(|ms| When::at(ms, now)),
        id: member.id,
        name: member.name,
        email: member.email,
        disabled: member.disabled,
    }
}
