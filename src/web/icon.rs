//! The icons, drawn into the page so that they take the colour of the text beside them. They are
//! decoration: a word always stands next to them, and they are hidden from assistive technology.

use std::fmt;

use askama::filters::HtmlSafe;

/// A 16-pixel shape of `static/icons/`. Written into a template as `{{ Icon::Check }}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Done, delivered.
    Check,
    /// Failed, removed.
    Cross,
    /// Waiting.
    Clock,
    /// Paused, skipped.
    Pause,
    /// Nobody knows.
    Question,
    /// Onward.
    Arrow,
    /// A webhook.
    Webhook,
    /// A mail.
    Mail,
    /// Copy to the clipboard.
    Copy,
    /// Mind this.
    Warning,
    /// Good to know.
    Info,
    /// Add.
    Plus,
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            match self {
                Self::Check => include_str!("../../static/icons/check.svg"),
                Self::Cross => include_str!("../../static/icons/cross.svg"),
                Self::Clock => include_str!("../../static/icons/clock.svg"),
                Self::Pause => include_str!("../../static/icons/pause.svg"),
                Self::Question => include_str!("../../static/icons/question.svg"),
                Self::Arrow => include_str!("../../static/icons/arrow.svg"),
                Self::Webhook => include_str!("../../static/icons/webhook.svg"),
                Self::Mail => include_str!("../../static/icons/mail.svg"),
                Self::Copy => include_str!("../../static/icons/copy.svg"),
                Self::Warning => include_str!("../../static/icons/warning.svg"),
                Self::Info => include_str!("../../static/icons/info.svg"),
                Self::Plus => include_str!("../../static/icons/plus.svg"),
            }
            .trim_end(),
        )
    }
}

/// The text is our own file, never anything that was typed.
impl HtmlSafe for Icon {}
