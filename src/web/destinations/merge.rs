//! Laying what was typed over what others have saved of a destination in the meantime, field by field.

use serde_json::Value;

use crate::access::Permit;
use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::actions::history::Editors;
use crate::domain::edit::Edit;
use crate::domain::field_errors::FieldErrors;
use crate::domain::history::Setting;
use crate::domain::kinds::FieldSpec;
use crate::error::Result;
use crate::web::auth::MayAdminister;
use crate::web::page::{Marker, Notice, Shown, changed_meanwhile};

use super::view::DestinationForm;

/// The marks of what is stored, by the names of the fields.
pub(super) fn marks(
    app: &App,
    permit: &Permit<MayAdminister>,
    stored: &StoredDestination,
) -> Result<Vec<(&'static str, String)>> {
    let (marker, now) = (Marker::new(app), DestinationForm::of(stored));
    let secrets = app.destinations.in_full(permit, stored)?;
    let mut marks: Vec<(&'static str, String)> =
        TEXTS.iter().map(|(name, text, ..)| (*name, marker.mark(name, &text(&now)))).collect();
    for field in stored.kind.spec().fields {
        let text = if field.shape.is_secret() {
            written(secrets.get(field.name))
        } else {
            now.value(field).to_owned()
        };
        marks.push((field.input, marker.mark(field.input, &text)));
    }
    Ok(marks)
}

/// A field that is one text: its name, how it is read, and what people call it.
type PlainField = (&'static str, fn(&DestinationForm) -> String, &'static str, Setting);
const TEXTS: [PlainField; 3] = [
    ("name", |form| form.name.trim().to_owned(), "Name", Setting::DestinationName),
    ("events", |form| events(form), "Events", Setting::DestinationEvents),
    ("scopes", |form| form.scopes.trim().to_owned(), "Only for", Setting::DestinationScopes),
];

fn events(form: &DestinationForm) -> String {
    let mut keys = form.events.clone();
    keys.sort();
    keys.join(", ")
}

/// Takes in what others have saved since the form was shown; says so, and names what both have changed.
pub(super) async fn merge(
    app: &App,
    permit: &Permit<MayAdminister>,
    stored: &StoredDestination,
    shown: &Shown,
    form: &mut DestinationForm,
) -> Result<(Option<Notice>, FieldErrors)> {
    let (editors, id) = (Editors::of(app, permit).await, stored.row.id.to_string());
    let (marker, now) = (Marker::new(app), DestinationForm::of(stored));
    let (mut theirs, mut errors) = (Vec::new(), FieldErrors::default());
    for (name, text, subject, setting) in TEXTS {
        let by = || editors.last(&[setting], &id);
        match shown.judge(&marker, name, &text(&now), &text(form)) {
            Edit::Ours => {}
            Edit::Both => errors.push_about(name, subject, changed_meanwhile(&text(&now), &by())),
            Edit::Theirs => {
                match name {
                    "name" => form.name.clone_from(&now.name),
                    "events" => form.events.clone_from(&now.events),
                    _ => form.scopes.clone_from(&now.scopes),
                }
                theirs.push((subject, by()));
            }
        }
    }
    let secrets = app.destinations.in_full(permit, stored)?;
    for field in stored.kind.spec().fields {
        let by = || editors.last(&[Setting::DestinationConfig], &format!("{id} {}", field.name));
        let edit = if field.shape.is_secret() {
            secret(field, &marker, shown, written(secrets.get(field.name)), form)
        } else {
            shown.judge(&marker, field.input, now.value(field).trim(), form.value(field).trim())
        };
        match edit {
            Edit::Ours => {}
            Edit::Theirs => {
                form.values.remove(field.input);
                form.set(field, now.value(field).to_owned());
                theirs.push((field.subject(), by()));
            }
            Edit::Both => {
                let now = if field.shape.is_secret() { "something else" } else { now.value(field) };
                errors.push_about(field.input, field.subject(), changed_meanwhile(now, &by()));
            }
        }
    }
    Ok((Notice::changed_meanwhile(&theirs), errors))
}

/// A secret is never shown: left empty it stays as it is now, whoever has saved it.
fn secret(field: &FieldSpec, marker: &Marker, shown: &Shown, now: String, form: &DestinationForm) -> Edit {
    let typed = form.value(field).trim();
    let is_edited = !typed.is_empty()
        || (field.input == "secret" && (form.generate_secret || form.remove_secret))
        || (field.input == "headers" && !form.remove_header.is_empty());
    match shown.get(field.input) {
        Some(mark) if is_edited && mark != marker.mark(field.input, &now) && typed != now => Edit::Both,
        Some(_) | None => Edit::Ours,
    }
}

fn written(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
