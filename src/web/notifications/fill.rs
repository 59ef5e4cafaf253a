//! Buttons that fill in the form and save nothing: all toggles at once, and a person on several lists.

use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Form;
use http::StatusCode;

use crate::actions::notifications;
use crate::domain::catalog::Catalog;
use crate::domain::field_errors::FieldErrors;
use crate::domain::values::{EmailAddress, EmailList};
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayEdit, Visit};
use crate::web::page::Notice;

use super::form::{AddForm, NotificationsForm, RowForm};
use super::{FormNews, answer, came_back};

/// All toggles on, or all off.
pub(super) async fn toggles(
    visit: Visit<MayEdit>,
    Path((_, word)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let on = match word.as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(Error::not_found("page").into()),
    };
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    let mut form = NotificationsForm::read(&fields, &stored);
    let mut errors = FieldErrors::default();
    if form.webhooks_on() {
        form.switch_all(on, &visit.app.catalog);
    } else {
        errors.push_sentence("webhook_url", "Enter a Webhook URL first: without one every webhook is off");
    }
    filled(&visit, &fields, form, errors, Vec::new()).await
}

/// The person of the add fields on the lists that are ticked.
pub(super) async fn add(
    visit: Visit<MayEdit>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    let mut form = NotificationsForm::read(&fields, &stored);
    let (mut errors, mut notices) = (FieldErrors::default(), Vec::new());
    if form.add.address.is_empty() {
        errors.push_sentence("add_address", "Enter the address that is to be added");
    }
    match form.add_person(&visit.app.catalog, &visit.account.contact.email) {
        Ok(true) => {
            let contact = &visit.account.contact.email;
            notices.push(Notice::warn(
                format!("{contact} was not added."),
                "The primary contact is always included.",
            ));
        }
        Ok(false) => {}
        Err(wrong) => errors.extend(wrong),
    }
    filled(&visit, &fields, form, errors, notices).await
}

/// The form as it was filled in, with what others have saved meanwhile.
pub(super) async fn filled(
    visit: &Visit<MayEdit>,
    fields: &[(String, String)],
    form: NotificationsForm,
    errors: FieldErrors,
    notices: Vec<Notice>,
) -> PageResult<Response> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let said = FormNews { errors, notices, ..FormNews::default() };
    Ok(answer(status, came_back(visit, fields, form, said).await?))
}

impl NotificationsForm {
    fn switch_all(&mut self, on: bool, catalog: &Catalog) {
        for event_type in catalog.events() {
            self.row_mut(&event_type.key).send_webhook = on;
        }
    }

    /// Puts whoever stands in the add fields on the lists that are ticked, and empties the fields. Answers whether
    /// that was the primary contact, who is on every list anyway.
    pub(super) fn add_person(
        &mut self,
        catalog: &Catalog,
        primary: &EmailAddress,
    ) -> Result<bool, FieldErrors> {
        if self.add == AddForm::default() {
            return Ok(false);
        }
        let mut errors = FieldErrors::default();
        let keys: Vec<&str> = catalog.events().map(|event_type| event_type.key.as_str()).collect();
        let keys: Vec<&str> =
            keys.into_iter().filter(|key| self.add.keys.iter().any(|ticked| ticked == key)).collect();
        let parsed = EmailList::parse(&self.add.address, primary).map_err(|wrong| {
            for why in wrong {
                errors.push_about("add_address", "Address", why.to_string());
            }
        });
        if keys.is_empty() {
            errors.push_sentence("add-events", "Tick the events that the address is to be added to");
        }
        let Ok(parsed) = parsed else { return Err(errors) };
        errors.or(())?;
        for key in keys {
            let RowForm { subscribers, .. } = self.row_mut(key);
            let listed = EmailList::parse(subscribers, primary).unwrap_or_default().list;
            for address in parsed.list.iter().filter(|address| !listed.holds(address)) {
                let typed = subscribers.trim_end().trim_end_matches([',', ';']);
                *subscribers =
                    if typed.is_empty() { address.to_string() } else { format!("{typed}, {address}") };
            }
        }
        self.add = AddForm::default();
        Ok(parsed.dropped_primary)
    }
}
