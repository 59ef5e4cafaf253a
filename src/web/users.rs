//! The Users tab: who may do what in this account.

use askama::Template;
use askama_web::WebTemplate;

use super::icon::Icon;
use super::page::{Badge, Choice, Shell, Tone, When};
use crate::domain::field_errors::FieldErrors;
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, Visit};
use super::company::AccountFields;
use super::page::{Notice, role_choices};
use crate::actions::App;
use crate::db::users::{Change, MemberRecord, NewUser};
use crate::domain::role::Role;
use crate::error::Error;

/// The people of the account.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/list.html")]
pub struct UsersPage {
    /// Title `Users`, tab `users`.
    pub shell: Shell,
    /// By address.
    pub users: Vec<UserRow>,
}

/// One person of the list.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// What the path ends in: `users/{id}`.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The sign-in address.
    pub email: String,
    /// The role in this account.
    pub role: &'static str,
    /// When the person last signed in, if ever.
    pub last_sign_in: Option<When>,
    /// Whether the person is kept out.
    pub disabled: bool,
    /// Whether it is the person who looks.
    pub is_you: bool,
}

impl UserRow {
    fn badge(&self) -> Badge {
        if self.disabled {
            Badge { tone: Tone::Quiet, icon: Some(Icon::Pause), text: "Disabled" }
        } else {
            Badge { tone: Tone::Ok, icon: Some(Icon::Check), text: "Active" }
        }
    }
}

/// The form that adds a person.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/new.html")]
pub struct UserNewPage {
    /// Title `Add user`, tab `users`; errors of `name`, `email` and `role`.
    pub shell: Shell,
    /// `name`, as it was form.
    pub name: String,
    /// `email`, as it was form.
    pub email: String,
    /// `role`: see [`super::page::role_choices`].
    pub roles: Vec<Choice>,
}

/// The new person's one-time password, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/created.html")]
pub struct UserCreatedPage {
    /// Title `User added`, tab `users`.
    pub shell: Shell,
    /// Who was added; empty once the page has been seen.
    pub email: String,
    /// The one-time password; none on a second visit.
    pub password: Option<String>,
}

/// The form that changes a person's role, or keeps the person out.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/edit.html")]
pub struct UserEditPage {
    /// Title: the person's name; tab `users`; errors of `role` and `status`.
    pub shell: Shell,
    /// The person, as stored.
    pub user: UserRow,
    /// `role`, as it was form.
    pub roles: Vec<Choice>,
    /// `status`: see [`UserEditPage::statuses`].
    pub statuses: Vec<Choice>,
    /// Whether the account would be left without an admin: then neither can be changed.
    pub last_admin: bool,
}

impl UserEditPage {
    /// Whether the person may sign in: `active` or `disabled`.
    #[must_use]
    pub fn statuses(disabled: bool) -> Vec<Choice> {
        let gone = "Cannot sign in; open sessions end at once. What the person did stays on record.";
        [("active", "Active", "Can sign in.", !disabled), ("disabled", "Disabled", gone, disabled)]
            .into_iter()
            .map(|(value, label, hint, selected)| Choice {
                value: value.to_owned(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                selected,
            })
            .collect()
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/users", get(list).post(add))
        .route("/accounts/{account_id}/users/new", get(new))
        .route("/accounts/{account_id}/users/created", get(created))
        .route("/accounts/{account_id}/users/{id}", get(show).post(change))
}

async fn list(visit: Visit<MayAdminister>) -> PageResult<UsersPage> {
    let members = visit.app.db.members(visit.account.id).await?;
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
    let app = &visit.app;
    let (role, mut errors) = check(&form);
    let (Some(role), true) = (role, errors.is_empty()) else {
        let page = new_page(&visit, form, errors).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let email = form.email.trim().to_lowercase();
    if let Some(user) = app.db.user_by_email(&email).await? {
        if app.db.role(&user.id, visit.account.id).await?.is_some() {
            errors
                .push_sentence("email", format!("{email} is in this account already: change the role there"));
            let page = new_page(&visit, form, errors).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        app.db.set_role(user.id, visit.account.id, role).await?;
        let notice = Notice::done(format!("{email} added. They sign in with the password that they have."));
        return Ok(visit.redirect("users", vec![notice]).await?.into_response());
    }
    let password = one_time_password();
    let user = NewUser {
        id: app.clock.new_id().to_string(),
        email: email.clone(),
        name: form.name.trim().to_owned(),
        password_hash: app.passwords.hash(SecretString::from(password.clone())).await?,
        operator: false,
    };
    app.db.create_user(user, Some((visit.account.id, role)), app.clock.now_ms()).await?;
    visit.show_once(&email, &password).await?;
    Ok(visit.redirect("users/created", Vec::new()).await?.into_response())
}

fn check(form: &NewUserForm) -> (Option<Role>, FieldErrors) {
    let mut errors = FieldErrors::default();
    AccountFields::check_person(&form.name, &form.email, &mut errors);
    let role = role_of_people(&form.role);
    if role.is_none() {
        errors.push_sentence("role", "Choose what the person may do");
    }
    (role, errors)
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

const LAST: &str = "This is the last admin of the account: make somebody else admin first";

/// 94 random bits that can be read out over the phone.
fn one_time_password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let letter = || char::from(LETTERS.get(rand::random_range(0..LETTERS.len())).copied().unwrap_or(b'a'));
    let group = || (0..5).map(|_| letter()).collect::<String>();
    [group(), group(), group(), group()].join("-")
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
    let db = &visit.app.db;
    let page = edit_page(&visit, &id, None).await?;
    let refuse = async |field: &'static str, text: &'static str| -> PageResult<Response> {
        let mut page = edit_page(&visit, &id, Some(&form)).await?;
        page.shell.errors.push_sentence(field, text);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let Some(role) = role_of_people(&form.role) else {
        return refuse("role", "Choose what the person may do").await;
    };
    let disabled = match form.status.as_str() {
        "active" => false,
        "disabled" => true,
        _ => return refuse("status", "Choose whether the person may sign in").await,
    };
    if role.as_str() != page.user.role
        && db.set_role(id.clone(), visit.account.id, role).await? == Change::LastAdmin
    {
        return refuse("role", LAST).await;
    }
    if disabled != page.user.disabled && db.set_disabled(id.clone(), disabled).await? == Change::LastAdmin {
        return refuse("status", LAST).await;
    }
    let notice = Notice::done(format!("{} changed.", page.user.email));
    Ok(visit.redirect("users", vec![notice]).await?.into_response())
}

async fn edit_page(
    visit: &Visit<MayAdminister>,
    id: &str,
    form: Option<&UserForm>,
) -> PageResult<UserEditPage> {
    let members = visit.app.db.members(visit.account.id).await?;
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

fn role_of_people(word: &str) -> Option<Role> {
    word.parse().ok().filter(|role| Role::OF_PEOPLE.contains(role))
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
