//! The small things that pages are made of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actions::health::{DayCount, MOST_A_DAY};
use crate::domain::clock::from_ms;
use crate::domain::delivery::{Channel, EXPIRED, Reason, State, Trigger, WRITTEN_TO_FILE};
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::domain::text;
use crate::web::icon::Icon;

/// How something feels: the tint and icon of a notice or a badge. A word always says it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Done.
    Ok,
    /// Went wrong.
    Bad,
    /// Mind this.
    Warn,
    /// Good to know.
    Info,
    /// Nothing in particular.
    #[default]
    Quiet,
}

impl Tone {
    /// The end of the class name, `notice-ok`, `badge-ok`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Quiet => "quiet",
        }
    }

    /// The icon of a notice.
    #[must_use]
    pub fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon::Check,
            Self::Bad => Icon::Cross,
            Self::Warn => Icon::Warning,
            Self::Info | Self::Quiet => Icon::Info,
        }
    }
}

/// A link with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads: a path of ours.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// A state in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// Its tint.
    pub tone: Tone,
    /// Its icon, if the word is a state.
    pub icon: Option<Icon>,
    /// The word.
    pub text: &'static str,
}

impl Badge {
    /// The badge of a delivery's state.
    #[must_use]
    pub fn of_state(state: State, channel: Channel, reason: Option<Reason>) -> Self {
        if reason == Some(Reason::WrittenToFile) {
            return Self { tone: Tone::Warn, icon: Some(Icon::Question), text: WRITTEN_TO_FILE };
        }
        if reason == Some(Reason::Expired) {
            return Self { tone: Tone::Bad, icon: Some(Icon::Cross), text: EXPIRED };
        }
        let (tone, icon) = match state {
            State::Pending => (Tone::Info, Icon::Clock),
            State::Sending => (Tone::Info, Icon::Arrow),
            State::Delivered => (Tone::Ok, Icon::Check),
            State::Failed => (Tone::Bad, Icon::Cross),
            State::Unknown => (Tone::Warn, Icon::Question),
            State::Skipped => (Tone::Quiet, Icon::Pause),
        };
        Self { tone, icon: Some(icon), text: state.label(channel) }
    }

    /// The badge of a trigger; an event needs none, because it is the rule.
    #[must_use]
    pub fn of_trigger(trigger: Trigger) -> Option<Self> {
        (trigger != Trigger::Event).then(|| Self::plain(trigger.label()))
    }

    /// A destination that is active and hears of nothing.
    #[must_use]
    pub fn no_events() -> Self {
        Self { tone: Tone::Warn, icon: Some(Icon::Warning), text: "No events chosen" }
    }

    /// A target whose address was changed, and nothing was sent to it since.
    #[must_use]
    pub fn untested() -> Self {
        Self { tone: Tone::Info, icon: Some(Icon::Info), text: "Changed, not tested" }
    }

    /// A plain word, such as `Test`.
    #[must_use]
    pub fn plain(text: &'static str) -> Self {
        Self { tone: Tone::Quiet, icon: None, text }
    }
}

/// A moment, as people and machines read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 in UTC: `2026-05-04T12:00:03Z`.
    pub iso: String,
    /// `4 May 2026, 12:00:03 UTC`.
    pub text: String,
    /// `3 minutes ago`.
    pub ago: String,
}

impl When {
    /// A stored time (Unix milliseconds), as seen from `now`.
    #[must_use]
    pub fn at(ms: i64, now: Timestamp) -> Self {
        let at = from_ms(ms);
        Self { iso: text::rfc3339(at), text: text::moment(at), ago: text::relative(at, now) }
    }

    /// `4 May 2026`.
    #[must_use]
    pub fn day(&self) -> &str {
        self.text.split_once(", ").map_or(&self.text, |(day, _)| day)
    }

    /// `12:00:03 UTC`.
    #[must_use]
    pub fn clock(&self) -> &str {
        self.text.split_once(", ").map_or(&self.text, |(_, clock)| clock)
    }
}

/// How a target did in the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySummary {
    /// `412 in 24 h`
    pub text: String,
    /// `3 failed`, which leads to the log that shows them.
    pub failed: Option<Link>,
}

impl DaySummary {
    /// Of so many deliveries, with the log that shows what has failed; `None` where there were none.
    #[must_use]
    pub(crate) fn of(day: DayCount, log: impl FnOnce() -> String) -> Option<Self> {
        let failed = (day.failed > 0)
            .then(|| Link { href: log(), text: format!("{} failed", text::up_to(day.failed, MOST_A_DAY)) });
        (day.all > 0).then(|| Self { text: format!("{} in 24 h", text::up_to(day.all, MOST_A_DAY)), failed })
    }
}

/// One option of a select, or one radio button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A sentence more, for radio buttons; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// The roles as radio buttons, each with what it may do.
#[must_use]
pub fn role_choices(roles: &[Role], selected: Option<Role>) -> Vec<Choice> {
    let choice = |&role: &Role| {
        let (label, hint) = match role {
            Role::Ingest => ("Ingest", "Posts events and can do nothing else."),
            Role::Viewer => ("Viewer", "Reads settings and deliveries."),
            Role::Editor => ("Editor", "Also changes notification settings and sends tests."),
            Role::Admin => ("Admin", "Also manages company, API tokens and users."),
        };
        Choice {
            value: role.to_string(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            selected: selected == Some(role),
        }
    };
    roles.iter().map(choice).collect()
}

/// The way through a list that is longer than a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pager {
    /// The page before this one.
    pub newer: Option<String>,
    /// The page after this one.
    pub older: Option<String>,
}

/// The line after or before which a page of a list begins: `before` and `after`, which only our own links hold. The
/// error says of any other that it is none.
pub(crate) fn place_in_list(name: &'static str, typed: &str) -> Result<Option<String>, FieldErrors> {
    let id = typed.trim();
    match id.parse::<Uuid>() {
        _ if id.is_empty() => Ok(None),
        Ok(id) => Ok(Some(id.to_string())),
        Err(_) => {
            let problem = format!("“{}” is no place in this list: begin at its first page", text::quoted(id));
            Err(FieldErrors::one(name, problem))
        }
    }
}

impl Pager {
    /// Whether everything fits on this page.
    #[must_use]
    pub(crate) fn is_single(&self) -> bool {
        self.newer.is_none() && self.older.is_none()
    }
}
