//! The buttons of a conflict: what is there now, or both together. They fill in the form and save nothing.

use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Form;

use crate::actions::notifications;
use crate::domain::field_errors::FieldErrors;
use crate::domain::values::EmailList;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayEdit, Visit};

use super::fill;
use super::form::NotificationsForm;
use super::merge::URL;

pub(super) async fn resolve(
    visit: Visit<MayEdit>,
    Path((_, name, word)): Path<(i64, String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let stored = notifications::load(&visit.app, &visit.permit).await?;
    let mut form = NotificationsForm::read(&fields, &stored);
    let now = NotificationsForm::of(&stored);
    let is_event = visit.app.catalog.get(&name).is_some();
    match word.as_str() {
        "now" if name == URL => form.webhook_url = now.webhook_url,
        "now" if is_event => *form.row_mut(&name) = now.row(&name),
        "both" if is_event => {
            let primary = &visit.account.contact.email;
            let theirs = stored.settings.event(&name).subscribers;
            let row = form.row_mut(&name);
            row.subscribers = match EmailList::parse(&row.subscribers, primary) {
                Ok(parsed) => {
                    let added = parsed.list.iter().filter(|address| !theirs.holds(address));
                    theirs.iter().chain(added).cloned().collect::<EmailList>().to_string()
                }
                // What cannot be read is not lost either.
                Err(_) => format!("{theirs}, {}", row.subscribers.trim()),
            };
        }
        _ => return Err(Error::not_found("page").into()),
    }
    fill::filled(&visit, &fields, form, FieldErrors::default(), Vec::new()).await
}
