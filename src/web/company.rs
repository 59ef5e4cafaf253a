//! The Company tab: what the platform calls the account, and who always hears everything.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;

use super::PageResult;
use super::auth::{Gate, MayAdminister, MayRead, Visit};
use super::page::{Marker, Notice, Shell, Shown, changed_meanwhile};
use crate::access::Includes;
use crate::actions::accounts::{self, AccountInput};
use crate::actions::history::Editors;
use crate::actions::notifications::{MOST_TRIES, always_changed};
use crate::actions::{App, first_steps};
use crate::domain::account::Account;
use crate::domain::edit::Edit;
use crate::domain::field_errors::FieldErrors;
use crate::domain::history::Setting;
use crate::domain::role::Permission;

/// The account and its primary contact; a form for admins, a list for everybody else.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "company.html")]
pub struct CompanyPage {
    /// Title `Company`, tab `company`; errors of the form's fields.
    pub shell: Shell,
    /// The platform's number, which cannot be changed.
    pub id: i64,
    /// `name`: saved, or as it was typed.
    pub name: String,
    /// `environment`: saved, or as it was typed.
    pub environment: String,
    /// `contact_name`: saved, or as it was typed.
    pub contact_name: String,
    /// `contact_email`: saved, or as it was typed.
    pub contact_email: String,
    /// `failure_mails`: whether the contact is mailed while a webhook fails.
    pub failure_mails: bool,
    /// `shown.<field>`: the mark of what each field shows as saved.
    pub shown: Vec<(&'static str, String)>,
    /// Whether the fields hold something that is not saved.
    pub unsaved: bool,
    /// Whether the list of first steps has left the other pages before all was done.
    pub leads_to_steps: bool,
}

impl CompanyPage {
    fn editable(&self) -> bool {
        self.shell.may(Permission::Administer)
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/accounts/{account_id}/company", get(show).post(save))
}

/// The fields, in the order of the page, and what people call them.
const FIELDS: [(&str, &str, Setting); 5] = [
    ("name", "The organization name", Setting::Name),
    ("environment", "The environment", Setting::Environment),
    ("contact_name", "The name", Setting::ContactName),
    ("contact_email", "The email address", Setting::ContactEmail),
    (FAILURE_MAILS, "Emails about failing webhooks", Setting::FailureMails),
];
const FAILURE_MAILS: &str = "failure_mails";

/// What a ticked box posts; one that is not ticked posts nothing.
const TICKED: &str = "on";

/// What stands in the fields, in their order.
type CompanyForm = [String; FIELDS.len()];

async fn show(visit: Visit<MayRead>) -> PageResult<CompanyPage> {
    let now = accounts::current(&visit.app, &visit.permit).await?;
    if visit.role.may(Permission::Administer)
        && let Some(fields) = visit.kept_form("company").await?
    {
        let mut form = read(&fields);
        let (theirs, _) = merge(&visit, &now, &Shown::of(&fields), &mut form).await;
        let mut page = page(&visit, &now, form, true).await?;
        page.shell.notices.push(Notice::kept_form());
        page.shell.notices.extend(theirs);
        return Ok(page);
    }
    page(&visit, &now, of(&now), false).await
}

fn of(account: &Account) -> CompanyForm {
    let Account { name, environment, contact, failure_mails, .. } = account.clone();
    let failure_mails = if failure_mails { TICKED } else { "" }.to_owned();
    [name, environment, contact.name, contact.email.to_string(), failure_mails]
}

fn read(fields: &[(String, String)]) -> CompanyForm {
    let value = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    FIELDS.map(|(name, ..)| value(name).unwrap_or_default())
}

async fn page<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    now: &Account,
    form: CompanyForm,
    unsaved: bool,
) -> PageResult<CompanyPage> {
    let (shell, marker) = (visit.shell("Company", "company").await?, Marker::new(&visit.app));
    let shown = FIELDS.iter().zip(of(now)).map(|((name, ..), text)| (*name, marker.mark(name, &text)));
    let [name, environment, contact_name, contact_email, failure_mails] = form;
    let leads_to_steps = first_steps::are_hidden(&visit.app, &visit.permit).await?;
    let (id, shown, failure_mails) = (now.id, shown.collect(), failure_mails == TICKED);
    Ok(CompanyPage {
        shell,
        id,
        name,
        environment,
        contact_name,
        contact_email,
        failure_mails,
        shown,
        unsaved,
        leads_to_steps,
    })
}

/// Takes in what others have saved since the form was shown; says so, and names what both have changed.
async fn merge<G: Gate + Includes<MayRead>>(
    visit: &Visit<G>,
    now: &Account,
    shown: &Shown,
    form: &mut CompanyForm,
) -> (Option<Notice>, FieldErrors) {
    let editors = Editors::of(&visit.app, &visit.permit).await;
    let (marker, mut theirs, mut errors) = (Marker::new(&visit.app), Vec::new(), FieldErrors::default());
    for (((name, subject, setting), now), typed) in FIELDS.into_iter().zip(of(now)).zip(form) {
        if name == FAILURE_MAILS && typed.is_empty() && shown.get(name).is_none() {
            // The box was not on the page: the form is older than it.
            *typed = now;
            continue;
        }
        match shown.judge(&marker, name, &now, typed.trim()) {
            Edit::Ours => {}
            Edit::Theirs => {
                *typed = now;
                theirs.push((subject, editors.last(&[setting], "")));
            }
            Edit::Both => {
                let by = editors.last(&[setting], "");
                errors.push_about(name, subject, changed_meanwhile(&now, &by));
            }
        }
    }
    (Notice::changed_meanwhile(&theirs), errors)
}

async fn save(
    visit: Visit<MayAdminister>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    for _ in 0..MOST_TRIES {
        let now = accounts::current(&visit.app, &visit.permit).await?;
        let mut form = read(&fields);
        let (theirs, mut errors) = merge(&visit, &now, &Shown::of(&fields), &mut form).await;
        let [name, environment, contact_name, contact_email, failure_mails] = &form;
        let failure_mails = Some(failure_mails == TICKED);
        match AccountInput::parse(name, environment, contact_name, contact_email) {
            Ok(input) if errors.is_empty() => {
                let input = AccountInput { failure_mails, ..input };
                if accounts::update(&visit.app, &visit.permit, &now, input).await? {
                    let notices =
                        [Some(Notice::done("Changes saved.")), theirs].into_iter().flatten().collect();
                    return Ok(visit.redirect("company", notices).await?.into_response());
                }
            }
            checked => {
                errors.extend(checked.err().unwrap_or_default());
                let mut page = page(&visit, &now, form, true).await?;
                page.shell.errors = errors;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        }
    }
    Err(always_changed("this account").into())
}
