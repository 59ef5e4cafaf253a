//! What a form has shown: each field posts a mark of it back, so that a save can tell who has changed what since.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::actions::App;
use crate::actions::history::Editor;
use crate::domain::edit::Edit;
use crate::domain::text;

const PURPOSE: &str = "ringpost shown field v1";
const PREFIX: &str = "shown.";
const MARK_BYTES: usize = 12;

/// Makes marks. A mark tells nobody the text, which may be a secret, and is as long for 200 addresses as for none.
pub(crate) struct Marker([u8; 32]);

impl Marker {
    /// The server's; the same for all of its instances.
    pub fn new(app: &App) -> Self {
        Self(app.vault.derive(PURPOSE))
    }

    /// The mark of a field that shows this text.
    pub fn mark(&self, field: &str, shown: &str) -> String {
        // HMAC takes keys of any length, so this does not happen; a field without a mark counts as unchanged.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(field.as_bytes());
        mac.update(&[0]);
        mac.update(shown.as_bytes());
        text::hex(mac.finalize().into_bytes().get(..MARK_BYTES).unwrap_or_default())
    }
}

/// What there is to say beside a field that was changed twice at once; the field shows what was typed.
pub(crate) fn changed_meanwhile(now: &str, by: &Editor) -> String {
    let now = if now.is_empty() { "nothing".to_owned() } else { format!("“{}”", text::quoted(now)) };
    let whom = by.whom();
    format!("was changed to {now} by {whom} while you were editing: save again to replace that")
}

/// The marks that a form has posted, by the names of their fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown(HashMap<String, String>);

impl Shown {
    /// Those among the posted fields.
    pub fn of(fields: &[(String, String)]) -> Self {
        let marks = fields
            .iter()
            .filter_map(|(name, mark)| Some((name.strip_prefix(PREFIX)?.to_owned(), mark.clone())));
        Self(marks.collect())
    }

    /// The mark of a field; `None` for one that was not on the page, as when a program posts the form.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str).filter(|mark| !mark.is_empty())
    }

    /// Who has changed a field. What was not shown is laid over what is there, as the last to write.
    pub fn judge(&self, marker: &Marker, field: &str, now: &str, typed: &str) -> Edit {
        let Some(shown) = self.get(field) else { return Edit::Ours };
        Edit::judge(shown, marker.mark(field, now).as_str(), marker.mark(field, typed).as_str())
    }
}
