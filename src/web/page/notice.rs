//! What a page has to say at its top.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::actions::history::Editor;
use crate::error::Error;

use super::{Link, Tone};

/// Something to tell the person at the top of the page. It can be stored, so that it survives the
/// redirect after a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How it feels.
    pub tone: Tone,
    /// The first, bold sentence.
    pub title: String,
    /// The rest; may be empty.
    pub text: String,
    /// Where something can be done about it.
    pub link: Option<Link>,
}

impl Notice {
    /// The green notice after a good post: `Changes saved.`
    #[must_use]
    pub fn done(title: impl Into<String>) -> Self {
        Self { tone: Tone::Ok, title: title.into(), text: String::new(), link: None }
    }

    /// A test that was not sent, because there were too many just before it.
    #[must_use]
    fn too_many_tests(seconds: u64) -> Self {
        Self::warn("Too many tests at once.", format!("Wait {seconds} s, then press the button again."))
    }

    /// Why a test was not sent, or is not shown, with the status that says so; `None` for what takes another answer.
    pub(crate) fn of_test(error: &Error) -> Option<(StatusCode, Self)> {
        match error {
            Error::TooMany { retry_after, .. } => {
                Some((StatusCode::TOO_MANY_REQUESTS, Self::too_many_tests(*retry_after)))
            }
            Error::Unavailable { message, .. } => Some((
                StatusCode::SERVICE_UNAVAILABLE,
                Self::warn(
                    "The test was not sent.",
                    format!("{message} Press the button again in a minute."),
                ),
            )),
            Error::NotFound(_) => Some((
                StatusCode::NOT_FOUND,
                Self::warn(
                    "This test is not in the log any more.",
                    "Press its button again to send another one.",
                ),
            )),
            _ => None,
        }
    }

    /// What only another save has changed of a form that came back or was saved, with who did it; `None` for
    /// nothing.
    #[must_use]
    pub(crate) fn changed_meanwhile<T: AsRef<str>>(changes: &[(T, Editor)]) -> Option<Self> {
        let (_, first) = changes.first()?;
        let is_one = changes.iter().all(|(_, by)| by == first);
        let names = changes.iter().map(|(name, by)| match is_one {
            true => name.as_ref().to_owned(),
            false => format!("{} (by {})", name.as_ref(), by.whom()),
        });
        let names = names.collect::<Vec<_>>().join(", ");
        let (title, text) = match first {
            _ if !is_one => ("Others have saved".to_owned(), format!("Their changes are kept: {names}.")),
            Editor::Yourself => (
                "You have saved in another tab or browser".to_owned(),
                format!("That change is kept: {names}."),
            ),
            Editor::Named(name) => (format!("{name} has saved"), format!("Their change is kept: {names}.")),
            Editor::SomebodyElse => {
                ("Somebody else has saved".to_owned(), format!("Their change is kept: {names}."))
            }
        };
        Some(Self { tone: Tone::Info, title: format!("{title} while you were editing."), text, link: None })
    }

    /// A form that was sent after its session had ended, and stands there again.
    #[must_use]
    pub(crate) fn kept_form() -> Self {
        Self::warn(
            "You were signed out before this was saved.",
            "What you had typed stands here again. Nothing of it is saved yet.",
        )
    }

    /// A form that somebody else had sent with this browser after their session had ended, and that is gone now.
    #[must_use]
    pub(crate) fn dropped_form() -> Self {
        Self::warn(
            "A form of somebody else was not kept.",
            "They had sent it with this browser after their session had ended. Whoever it was has to fill it in again.",
        )
    }

    /// A warning: what was done nevertheless deserves a second look.
    #[must_use]
    pub fn warn(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, title: title.into(), text: text.into(), link: None }
    }
}
