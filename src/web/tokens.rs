//! The API tokens tab.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, Visit};
use super::icon::Icon;
use super::page::{Badge, Choice, Notice, Shell, When, post_curl, role_choices};
use crate::actions::App;
use crate::actions::tokens::{self, TokenInput, TokenLifetime};
use crate::db::tokens::TokenRecord;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::{Permission, Role};
use crate::domain::values::Name;
use crate::error::Error;

/// The list of tokens and the form that makes one.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "tokens/list.html")]
pub struct TokensPage {
    /// Title `API tokens`, tab `tokens`; errors of `name`, `role` and `expires`.
    pub shell: Shell,
    /// Newest first.
    pub tokens: Vec<TokenRow>,
    /// Makes one form one token, however often its button is pressed.
    pub nonce: String,
    /// The new token's `name`, as it was typed.
    pub name: String,
    /// `role`: see [`super::page::role_choices`].
    pub roles: Vec<Choice>,
    /// `expires`: see [`TokensPage::expiries`].
    pub expiries: Vec<Choice>,
}

/// One token of the list.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// What its path ends in: `tokens/{id}/revoke`.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// What it may do.
    pub role: &'static str,
    /// Its visible ends: `rp_4f9Q…tYq7`.
    pub hint: String,
    /// When it was made.
    pub created: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// When it ends, if ever.
    pub expires: Option<When>,
    /// Whether its end has passed.
    pub expired: bool,
}

impl TokensPage {
    /// When a token can end: days, or `never`.
    #[must_use]
    pub fn expiries(selected: &str) -> Vec<Choice> {
        [("never", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]
            .into_iter()
            .map(|(value, label)| Choice {
                value: value.to_owned(),
                label: label.to_owned(),
                hint: String::new(),
                selected: value == selected,
            })
            .collect()
    }
}

/// The token, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "tokens/created.html")]
pub struct TokenCreatedPage {
    /// Title `Token created`, tab `tokens`.
    pub shell: Shell,
    /// What it is called; empty once the page has been seen.
    pub name: String,
    /// The token itself; none on a second visit.
    pub token: Option<String>,
    /// A command that uses it: it posts an event where it may, and reads otherwise.
    pub curl: Option<String>,
}

/// The question before a token is revoked.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "tokens/revoke.html")]
pub struct TokenRevokePage {
    /// Title `Revoke <name>?`, tab `tokens`.
    pub shell: Shell,
    /// The token in question.
    pub token: TokenRow,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/tokens", get(show).post(create))
        .route("/accounts/{account_id}/tokens/created", get(created))
        .route("/accounts/{account_id}/tokens/{id}/revoke", get(ask_to_revoke).post(revoke))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenForm {
    nonce: String,
    name: String,
    role: String,
    expires: String,
}

async fn show(visit: Visit<MayAdminister>) -> PageResult<TokensPage> {
    page(&visit, TokenForm { expires: "never".to_owned(), ..TokenForm::default() }).await
}

async fn create(visit: Visit<MayAdminister>, Form(form): Form<TokenForm>) -> PageResult<Response> {
    match form.parse() {
        Ok(input) => {
            let name = input.name.to_string();
            let nonce = form.nonce.parse().unwrap_or_else(|_| visit.app.clock.new_id());
            // The first press leaves it for the page that all of them lead to.
            if let Some(token) = tokens::create_once(&visit.app, &visit.permit, nonce, input).await? {
                visit.show_once(&name, token.expose_secret()).await?;
            }
            Ok(visit.redirect("tokens/created", Vec::new()).await?.into_response())
        }
        Err(errors) => {
            let mut page = page(&visit, form).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

impl TokenForm {
    fn parse(&self) -> Result<TokenInput, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = if self.name.trim().is_empty() {
            errors.push_sentence("name", "Enter what the token is for");
            None
        } else {
            errors.take("name", "The name", Name::parse(&self.name))
        };
        let role = self.role.parse().ok();
        if role.is_none() {
            errors.push_sentence("role", "Choose what the token may do");
        }
        let is_offered = TokensPage::expiries("").iter().any(|choice| choice.value == self.expires);
        if !is_offered {
            errors.push_sentence("expires", "Choose when the token ends");
        }
        match (name, role) {
            (Some(name), Some(role)) if errors.is_empty() => {
                Ok(TokenInput { name, role, lifetime: TokenLifetime::parse(&self.expires).ok() })
            }
            _ => Err(errors),
        }
    }
}

async fn created(visit: Visit<MayAdminister>) -> PageResult<TokenCreatedPage> {
    let shell = visit.shell("Token created", "tokens").await?;
    let (name, token) = visit.seen_once().await?.unzip();
    let curl = match &token {
        Some(token) => tokens::role_of(&visit.app, token).await?.map(|role| curl(&visit, token, role)),
        None => None,
    };
    Ok(TokenCreatedPage { shell, name: name.unwrap_or_default(), token, curl })
}

/// A command that uses the token: it posts an event where it may, and reads otherwise.
fn curl(visit: &Visit<MayAdminister>, token: &str, role: Role) -> String {
    let posted =
        role.may(Permission::PostEvents).then(|| post_curl(&visit.app, &visit.permit, token)).flatten();
    posted.unwrap_or_else(|| {
        let url = visit.app.config.public_url();
        format!("curl -sS {url}/api/v1/event-types \\\n  -H \"Authorization: Bearer {token}\"")
    })
}

async fn ask_to_revoke(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<TokenRevokePage> {
    let token = rows(&visit).await?.into_iter().find(|token| token.id == id);
    let token = token.ok_or_else(|| Error::not_found("token"))?;
    let shell = visit.shell(&format!("Revoke {}?", token.name), "tokens").await?;
    Ok(TokenRevokePage { shell, token })
}

async fn revoke(visit: Visit<MayAdminister>, Path((_, id)): Path<(i64, String)>) -> PageResult<Redirect> {
    tokens::revoke(&visit.app, &visit.permit, id).await?;
    visit.redirect("tokens", vec![Notice::done("Token revoked. It no longer works.")]).await
}

async fn page(visit: &Visit<MayAdminister>, form: TokenForm) -> PageResult<TokensPage> {
    Ok(TokensPage {
        shell: visit.shell("API tokens", "tokens").await?,
        tokens: rows(visit).await?,
        roles: role_choices(Role::ALL, form.role.parse().ok()),
        expiries: TokensPage::expiries(&form.expires),
        nonce: visit.app.clock.new_id().to_string(),
        name: form.name,
    })
}

async fn rows(visit: &Visit<MayAdminister>) -> PageResult<Vec<TokenRow>> {
    let now = visit.app.clock.now();
    let stored = tokens::list(&visit.app, &visit.permit).await?;
    let row = |token: TokenRecord| TokenRow {
        hint: format!("{}…{}", token.prefix, token.last4),
        role: token.role.as_str(),
        created: When::at(token.created_at, now),
        last_used: token.last_used_at.map(|ms| When::at(ms, now)),
        expires: token.expires_at.map(|ms| When::at(ms, now)),
        expired: token.expires_at.is_some_and(|ms| ms <= now.as_millisecond()),
        id: token.id,
        name: token.name,
    };
    Ok(stored.into_iter().map(row).collect())
}
