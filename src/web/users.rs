//! The Users tab: who may do what in this account, and who is asked in.

mod invite;
mod view;

pub use invite::{UserInvitedPage, UserNewPage};
pub use view::{InvitationRow, UserEditPage, UserRemovePage, UserRow, UsersPage};

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, Visit};
use super::page::{Notice, When, role_choices};
use crate::actions::App;
use crate::actions::people;
use crate::db::users::MemberRecord;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::error::split_fields;

const CHOOSE_ROLE: &str = "Choose what the person may do";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/users", get(list).post(invite::invite))
        .route("/accounts/{account_id}/users/new", get(invite::new))
        .route("/accounts/{account_id}/users/invited", get(invite::invited))
        .route("/accounts/{account_id}/invitations/{id}/withdraw", post(invite::withdraw))
        .route("/accounts/{account_id}/users/{id}", get(show).post(change))
        .route("/accounts/{account_id}/users/{id}/link", post(mail_link))
        .route("/accounts/{account_id}/users/{id}/remove", get(ask_to_remove).post(remove))
}

async fn list(visit: Visit<MayAdminister>) -> PageResult<UsersPage> {
    let members = people::list(&visit.app, &visit.permit).await?;
    let users = members.into_iter().map(|member| row(&visit, member)).collect();
    let now = visit.app.clock.now();
    let waiting = people::invitations_of(&visit.app, &visit.permit).await?;
    let invitations = waiting.into_iter().map(|one| InvitationRow::of(one, now)).collect();
    Ok(UsersPage { shell: visit.shell("Users", "users").await?, users, invitations })
}

async fn show(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<UserEditPage> {
    edit_page(&visit, &id, None).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserForm {
    role: String,
    keep_tokens: Option<String>,
}

async fn change(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(form): Form<UserForm>,
) -> PageResult<Response> {
    let member = people::member(&visit.app, &visit.permit, &id).await?;
    let email = member.email.clone();
    let changed = async {
        let role = Role::of_people(&form.role);
        let role = role.map_err(|_| FieldErrors::one_sentence("role", CHOOSE_ROLE))?;
        people::change_role(&visit.app, &visit.permit, member, role, form.keep_tokens.is_some()).await
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

/// Mails a sign-in link to somebody who is locked out; it is shown to nobody.
async fn mail_link(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<Response> {
    let member = people::member(&visit.app, &visit.permit, &id).await?;
    match split_fields(people::mail_link_to_member(&visit.app, &visit.permit, &member).await)? {
        Ok(()) => {
            let title = format!("A sign-in link is on its way to {}.", member.email);
            let notice = Notice { text: "It is good for 15 minutes.".to_owned(), ..Notice::done(title) };
            Ok(visit.redirect("users", vec![notice]).await?.into_response())
        }
        Err(errors) => {
            let mut page = edit_page(&visit, &id, None).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn ask_to_remove(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<UserRemovePage> {
    remove_page(&visit, &id).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RemoveForm {
    keep_tokens: Option<String>,
}

async fn remove(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(form): Form<RemoveForm>,
) -> PageResult<Response> {
    let member = people::member(&visit.app, &visit.permit, &id).await?;
    let email = member.email.clone();
    let is_out = member.id == visit.person.id && !member.operator;
    let removed = people::remove(&visit.app, &visit.permit, member, form.keep_tokens.is_some()).await;
    match split_fields(removed)? {
        // Their session has ended with their role.
        Ok(()) if is_out => Ok(Redirect::to("/login").into_response()),
        Ok(()) => {
            let notice = Notice::done(format!("{email} removed from this account."));
            Ok(visit.redirect("users", vec![notice]).await?.into_response())
        }
        Err(errors) => {
            let mut page = remove_page(&visit, &id).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn remove_page(visit: &Visit<MayAdminister>, id: &str) -> PageResult<UserRemovePage> {
    let member = people::member(&visit.app, &visit.permit, id).await?;
    let tokens = people::count_tokens(&visit.app, &visit.permit, &member).await?;
    let shell = visit.shell(&format!("Remove {}?", member.name), "users").await?;
    Ok(UserRemovePage { shell, user: row(visit, member), tokens })
}

async fn edit_page(
    visit: &Visit<MayAdminister>,
    id: &str,
    form: Option<&UserForm>,
) -> PageResult<UserEditPage> {
    let members = people::list(&visit.app, &visit.permit).await?;
    let admins = members.iter().filter(|member| member.role == Role::Admin && !member.disabled).count();
    let member = people::member(&visit.app, &visit.permit, id).await?;
    let last_admin = admins == 1 && member.role == Role::Admin && !member.disabled;
    let tokens = people::count_tokens(&visit.app, &visit.permit, &member).await?;
    let is_untouchable = member.operator && !visit.person.operator;
    let user = row(visit, member);
    let role = form.map_or(user.role, |form| form.role.as_str());
    Ok(UserEditPage {
        shell: visit.shell(&user.name, "users").await?,
        roles: role_choices(&Role::OF_PEOPLE, role.parse().ok()),
        last_admin,
        is_untouchable,
        tokens,
        has_mail_server: visit.app.sender.mail_folder().is_none(),
        reader_is_operator: visit.person.operator,
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
        operator: member.operator,
        disabled: member.disabled,
    }
}
