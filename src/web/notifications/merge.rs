//! Laying what was typed over what others have saved in the meantime, row by row.

use crate::actions::App;
use crate::actions::history::{Editor, Editors};
use crate::actions::notifications::StoredSettings;
use crate::domain::edit::Edit;
use crate::domain::history::Setting;
use crate::domain::values::EmailAddress;
use crate::domain::values::EmailList;
use crate::web::page::{Marker, Notice, Shown};

use super::form::{NotificationsForm, RowForm};

/// The row of the form that is not an event's.
pub(super) const URL: &str = "webhook_url";

/// What a merge has found, by the names of the rows: event keys, and [`URL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Merge {
    /// Changed by somebody else alone: the form shows what they have saved.
    pub theirs: Vec<String>,
    /// Changed by both: the form shows what was typed.
    pub conflicts: Vec<String>,
}

impl NotificationsForm {
    /// Takes in what others have changed since the form was shown. A row that both have changed stays as it was typed.
    pub fn merge(&mut self, app: &App, stored: &StoredSettings, shown: &Shown) -> Merge {
        let (marker, now) = (Marker::new(app), Self::of(stored));
        let primary = &stored.settings.account.contact.email;
        let mut merge = Merge::default();
        match shown.judge(&marker, URL, &now.webhook_url, &self.webhook_url) {
            Edit::Ours => {}
            Edit::Theirs => {
                self.webhook_url.clone_from(&now.webhook_url);
                merge.theirs.push(URL.to_owned());
            }
            Edit::Both => merge.conflicts.push(URL.to_owned()),
        }
        for event_type in app.catalog.events() {
            let key = &event_type.key;
            let (stored, typed) = (now.row(key), self.row(key));
            match shown.judge_row(&marker, key, &stored.canonical(primary), &typed.canonical(primary)) {
                Edit::Ours => {}
                Edit::Theirs => {
                    *self.row_mut(key) = stored;
                    merge.theirs.push(key.clone());
                }
                Edit::Both => merge.conflicts.push(key.clone()),
            }
        }
        merge
    }

    /// Marks each row as it is stored, for the page to post back. Of what is still in conflict and was not shown
    /// both ways yet, the mark stays as it was.
    pub fn mark(&mut self, app: &App, stored: &StoredSettings, open: &[String], shown: &Shown) {
        let (marker, now) = (Marker::new(app), Self::of(stored));
        let primary = &stored.settings.account.contact.email;
        let kept = |name: &str| {
            shown.get(name).filter(|_| open.iter().any(|open| open == name)).map(ToOwned::to_owned)
        };
        let url = kept(URL).unwrap_or_else(|| marker.mark(URL, &now.webhook_url));
        self.shown.insert(URL.to_owned(), url);
        for event_type in app.catalog.events() {
            let (key, row) = (&event_type.key, now.row(&event_type.key));
            let mark = kept(key).unwrap_or_else(|| {
                let toggle = if row.send_webhook { "on" } else { "off" };
                format!("{toggle} {}", marker.mark(key, &row.canonical(primary)))
            });
            self.shown.insert(key.clone(), mark);
        }
    }
}

impl RowForm {
    /// The same text for the same choice, however it was typed.
    fn canonical(&self, primary: &EmailAddress) -> String {
        let toggle = if self.send_webhook { "on" } else { "off" };
        match EmailList::parse(&self.subscribers, primary) {
            Ok(parsed) => format!("{toggle} {}", parsed.list),
            Err(_) => format!("{toggle} {}", self.subscribers.trim()),
        }
    }
}

impl Shown {
    /// The mark of a row begins with how its toggle stood.
    fn judge_row(&self, marker: &Marker, key: &str, now: &str, typed: &str) -> Edit {
        let Some((_, shown)) = self.get(key).and_then(|mark| mark.split_once(' ')) else { return Edit::Ours };
        Edit::judge(shown, marker.mark(key, now).as_str(), marker.mark(key, typed).as_str())
    }
}

/// What people call a row of the form.
pub(super) fn title(app: &App, name: &str) -> String {
    match app.catalog.get(name) {
        Some(event_type) => event_type.title.clone(),
        None => "The webhook URL".to_owned(),
    }
}

/// Who has changed a row of the form last.
pub(super) fn last_editor(editors: &Editors<'_>, row: &str) -> Editor {
    match row {
        URL => editors.last(&[Setting::WebhookUrl], ""),
        key => editors.last(&[Setting::SendWebhook, Setting::Subscribers], key),
    }
}

impl Merge {
    /// A word about what only another save has changed.
    pub(super) fn notice(&self, app: &App, editors: &Editors<'_>) -> Option<Notice> {
        let row = |name: &String| (title(app, name), last_editor(editors, name));
        Notice::changed_meanwhile(&self.theirs.iter().map(row).collect::<Vec<_>>())
    }
}
