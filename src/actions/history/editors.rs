//! Who has changed what last, for those who have changed the same at the same time.

use crate::access::{Caller, Includes, MayRead, Permit};
use crate::actions::App;
use crate::db::history::{HistoryFilter, HistoryRecord};
use crate::domain::history::Setting;

use super::{BY_COMMAND, BY_TOKEN, IN_SESSION};

/// So many of the newest changes are looked through: far more than one save makes.
const LOOKED_AT: i64 = 200;

/// The newest changes of an account, as one of its people sees them.
pub(crate) struct Editors<'a> {
    caller: &'a Caller,
    changes: Vec<HistoryRecord>,
}

impl<'a> Editors<'a> {
    /// As the history tells it; where it cannot be read, nobody is named.
    pub(crate) async fn of(app: &App, permit: &'a Permit<impl Includes<MayRead>>) -> Self {
        let read = app.db.history(permit.account.id, &HistoryFilter::default(), LOOKED_AT).await;
        let changes = read.unwrap_or_else(|error| {
            tracing::warn!(%error, "who has changed settings could not be read");
            Vec::new()
        });
        Self { caller: &permit.caller, changes }
    }

    /// Who has changed one of these settings of a thing last.
    pub(crate) fn last(&self, settings: &[Setting], object: &str) -> Editor {
        let is_of = |change: &&HistoryRecord| settings.contains(&change.setting) && change.object == object;
        let Some(change) = self.changes.iter().find(is_of) else { return Editor::SomebodyElse };
        let actor = change.actor.clone();
        match change.via.as_str() {
            IN_SESSION if matches!(self.caller, Caller::Person { email, .. } if *email == actor) => {
                Editor::Yourself
            }
            IN_SESSION => Editor::Named(actor),
            BY_TOKEN => Editor::Named(format!("the API token {actor}")),
            BY_COMMAND => Editor::Named("a command on the server".to_owned()),
            _ => Editor::SomebodyElse,
        }
    }
}

/// Who has saved something while somebody was editing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Editor {
    /// The same person, with another page.
    Yourself,
    /// Somebody whom the history names.
    Named(String),
    /// Whom the history does not name any more.
    SomebodyElse,
}

impl Editor {
    /// `you in another tab or browser`, for a sentence that says by whom.
    #[must_use]
    pub(crate) fn whom(&self) -> &str {
        match self {
            Self::Yourself => "you in another tab or browser",
            Self::Named(name) => name,
            Self::SomebodyElse => "somebody else",
        }
    }
}
