//! What somebody asks of the history, and what of it cannot be understood.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::db::history::HistoryFilter;
use crate::domain::field_errors::FieldErrors;
use crate::domain::history::Setting;
use crate::domain::text;

/// What somebody asks of the history, as it was typed; empty texts do not filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryQuery {
    /// A part of whoever changed it, or of their network address.
    pub who: String,
    /// What was changed.
    pub setting: String,
    /// Days, `2026-05-04`, in UTC; both are part of the range.
    pub from: String,
    pub to: String,
    /// The change before which the part begins.
    pub before: String,
}

impl HistoryQuery {
    /// Reads it; the errors are called after the fields of this type.
    pub(crate) fn parse(&self) -> Result<HistoryFilter, FieldErrors> {
        let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut errors = FieldErrors::default();
        let setting = given(&self.setting)
            .and_then(|word| errors.take("setting", "The setting", word.parse::<Setting>()));
        let mut day = |name: &str, typed: &String, days_on: i64| {
            let read = given(typed)?.parse::<Date>().ok();
            let at = read.and_then(|day| day.checked_add(days_on.days()).ok()?.to_zoned(TimeZone::UTC).ok());
            if at.is_none() {
                errors.push_sentence(name, "Write a day as year-month-day, like 2026-05-04");
            }
            at.map(|at| at.timestamp().as_millisecond())
        };
        let from = day("from", &self.from, 0);
        // The last day is one of them.
        let until = day("to", &self.to, 1);
        let before = given(&self.before);
        if let Some(id) = before.as_ref().filter(|id| id.parse::<Uuid>().is_err()) {
            let problem = format!("“{}” is no place in this list: begin at its first page", text::quoted(id));
            errors.push("before", problem);
        }
        let before = before.map(|id| id.to_lowercase());
        errors.or(HistoryFilter { who: given(&self.who), setting, from, until, before })
    }

    /// Whether anything keeps changes from the list.
    pub(crate) fn filters(&self) -> bool {
        [&self.who, &self.setting, &self.from, &self.to].iter().any(|text| !text.trim().is_empty())
    }
}
