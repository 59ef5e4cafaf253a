//! What every page has around its content: the shell of signed-in pages and the plain frame of the rest.

mod components;
mod curl;
mod download;
mod field_ids;
mod first_steps;
mod notice;
mod shown;
mod stages;
mod test_result;

pub(crate) use components::place_in_list;
pub use components::{Badge, Choice, DaySummary, Link, Pager, Tone, When, role_choices};
pub(crate) use curl::post_curl;
pub(crate) use download::{FileFormat, download, file_name};
pub(crate) use field_ids::{described_by, id_of};
pub use first_steps::FirstStepsLine;
pub(crate) use first_steps::STEP_TITLES;
pub use notice::Notice;
pub(crate) use shown::{Marker, Shown, changed_meanwhile};
pub use stages::{StageBar, StageResult, StageRow, StageTable, StepEnd, TestStep};
pub(crate) use stages::{stage_table, test_steps};
pub(crate) use test_result::{REFRESH, refreshed};
pub use test_result::{ResultLine, TestProgress, TestResult};

use crate::domain::field_errors::FieldErrors;
use crate::domain::role::{Permission, Role};

/// The policy of a page with room for the frame that shows a mail.
pub(crate) const PAGE_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The policy of pages that look again by themselves while something is under way: their script may ask us.
pub(crate) const LIVE_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; \
                                   connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// A mail brings its own styles and nothing else; only our own pages may frame it.
pub(crate) const MAIL_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/// A tab of *Administrator Settings*. Adding one is a line here, its module and its template.
pub(crate) struct Tab {
    /// The last part of its path, `/accounts/{account_id}/{slug}`.
    pub slug: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What a role has to be allowed to do to see it.
    pub needs: Permission,
}

/// The tabs, in the order of the page.
pub(crate) const TABS: &[Tab] = &[
    Tab { slug: "company", label: "Company", needs: Permission::Read },
    Tab { slug: "notifications", label: "Notifications & Webhooks", needs: Permission::Read },
    Tab { slug: "people", label: "People", needs: Permission::Read },
    Tab { slug: "destinations", label: "Destinations", needs: Permission::Read },
    Tab { slug: "deliveries", label: "Deliveries", needs: Permission::Read },
    Tab { slug: "tokens", label: "API tokens", needs: Permission::Administer },
    Tab { slug: "users", label: "Users", needs: Permission::Administer },
    Tab { slug: "history", label: "History", needs: Permission::Read },
];

/// The frame of a signed-in page: `templates/layout.html`.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// What the page is called, without the product's name: `Deliveries`.
    pub title: String,
    /// The slug of the current tab; empty outside accounts.
    pub tab: &'static str,
    /// The account that the page is about; none on `/profile` and `/accounts`.
    pub account: Option<CurrentAccount>,
    /// Who is signed in.
    pub person: Person,
    /// The folder that mails are written to while no SMTP server is configured; shown as a banner.
    pub mail_folder: Option<String>,
    /// Whether the mail server did not take the last mail; shown as a banner.
    pub is_mail_stuck: bool,
    /// How long a test waits for its answer, `15 s`.
    pub test_limit: String,
    /// Targets of the account that are failing; shown as a banner.
    pub failing: FailingTargets,
    /// What the last request had to say, shown once. Left out while there are errors.
    pub notices: Vec<Notice>,
    /// Why the form was refused.
    pub errors: FieldErrors,
}

/// The banner about targets that are failing; empty where all is well.
#[derive(Clone, Debug, Default)]
pub struct FailingTargets {
    /// A few of them.
    pub lines: Vec<FailingLine>,
    /// How many more there are.
    pub others: usize,
}

/// A target that is failing.
#[derive(Clone, Debug)]
pub struct FailingLine {
    /// `Billing service`
    pub name: String,
    /// `3 failed in the last hour, the last with 503 Service Unavailable.`
    pub text: String,
    /// The log that shows them.
    pub href: String,
}

/// The account in the top bar.
#[derive(Clone, Debug)]
pub struct CurrentAccount {
    /// Its number in paths.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its environment, shown as a badge.
    pub environment: String,
}

/// The signed-in person in the top bar.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The sign-in address.
    pub email: String,
    /// The role in this account; none outside accounts.
    pub role: Option<Role>,
    /// Whether the person is an operator: an admin of every account.
    pub operator: bool,
    /// Whether there is another account to switch to.
    pub can_switch: bool,
}

impl Shell {
    /// The document's title. It says first that something went wrong, then where one is.
    #[must_use]
    pub(crate) fn full_title(&self) -> String {
        let error = if self.errors.is_empty() { "" } else { "Error: " };
        let place = if self.account.is_some() { " – Administrator Settings" } else { "" };
        format!("{error}{}{place} – Ringpost", self.title)
    }

    /// The tabs that this person can open.
    pub(crate) fn tabs(&self) -> impl Iterator<Item = &'static Tab> {
        TABS.iter().filter(|tab| self.may(tab.needs))
    }

    /// Whether the person's role allows something; operators may do everything.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.person.operator || self.person.role.is_some_and(|role| role.may(permission))
    }

    /// A path in this account: `path("deliveries")` is `/accounts/100/deliveries`.
    #[must_use]
    pub fn path(&self, tail: &str) -> String {
        match &self.account {
            Some(account) => format!("/accounts/{}/{tail}", account.id),
            None => format!("/{tail}"),
        }
    }
}

impl Person {
    /// The word behind the address: `operator`, or the role in this account.
    #[must_use]
    pub(crate) fn role_word(&self) -> Option<&'static str> {
        if self.operator { Some("operator") } else { self.role.map(Role::as_str) }
    }
}

/// The frame of a page without tabs: sign-in, first run, errors, unsubscribing: `templates/plain.html`.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    /// What the page is called, without the product's name.
    pub title: String,
    /// What the last request had to say, shown once.
    pub notices: Vec<Notice>,
    /// Why the form was refused.
    pub errors: FieldErrors,
}

impl Plain {
    /// A frame with nothing to say yet.
    #[must_use]
    pub fn titled(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The document's title.
    #[must_use]
    pub(crate) fn full_title(&self) -> String {
        let error = if self.errors.is_empty() { "" } else { "Error: " };
        format!("{error}{} – Ringpost", self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tabs_of(role: Role) -> Vec<&'static str> {
        let person = Person { role: Some(role), ..Person::default() };
        Shell { person, ..Shell::default() }.tabs().map(|tab| tab.slug).collect()
    }

    #[test]
    fn a_tab_that_a_role_cannot_open_is_not_shown() {
        assert_eq!(
            tabs_of(Role::Viewer),
            ["company", "notifications", "people", "destinations", "deliveries", "history"]
        );
        assert_eq!(tabs_of(Role::Editor), tabs_of(Role::Viewer));
        assert_eq!(tabs_of(Role::Admin).len(), TABS.len());
        assert!(tabs_of(Role::Ingest).is_empty());
    }

    #[test]
    fn an_operator_sees_every_tab_without_a_role_in_the_account() {
        let person = Person { operator: true, ..Person::default() };
        assert_eq!(Shell { person, ..Shell::default() }.tabs().count(), TABS.len());
    }

    #[test]
    fn a_title_says_first_that_there_is_a_problem() {
        let mut plain = Plain::titled("Sign in");
        assert_eq!(plain.full_title(), "Sign in – Ringpost");
        plain.errors.push_sentence("email", "Enter your email address");
        assert_eq!(plain.full_title(), "Error: Sign in – Ringpost");
    }
}
