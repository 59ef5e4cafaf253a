//! What the Users tab shows.

use askama::Template;
use askama_web::WebTemplate;

use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Shell, Tone, When};

/// The people of the account.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/list.html")]
pub struct UsersPage {
    /// Title `Users`, tab `users`.
    pub shell: Shell,
    /// By address.
    pub users: Vec<UserRow>,
}

/// One person of the list.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// What the path ends in: `users/{id}`.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The sign-in address.
    pub email: String,
    /// The role in this account.
    pub role: &'static str,
    /// When the person last signed in, if ever.
    pub last_sign_in: Option<When>,
    /// Whether the person is kept out.
    pub disabled: bool,
    /// Whether it is the person who looks.
    pub is_you: bool,
}

impl UserRow {
    fn badge(&self) -> Badge {
        if self.disabled {
            Badge { tone: Tone::Quiet, icon: Some(Icon::Pause), text: "Disabled" }
        } else {
            Badge { tone: Tone::Ok, icon: Some(Icon::Check), text: "Active" }
        }
    }
}

/// The form that adds a person.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/new.html")]
pub struct UserNewPage {
    /// Title `Add user`, tab `users`; errors of `name`, `email` and `role`.
    pub shell: Shell,
    /// `name`, as it was typed.
    pub name: String,
    /// `email`, as it was typed.
    pub email: String,
    /// `role`: see [`crate::web::page::role_choices`].
    pub roles: Vec<Choice>,
}

/// The new person's one-time password, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/created.html")]
pub struct UserCreatedPage {
    /// Title `User added`, tab `users`.
    pub shell: Shell,
    /// Who was added; empty once the page has been seen.
    pub email: String,
    /// The one-time password; none on a second visit.
    pub password: Option<String>,
}

/// The form that changes a person's role, or keeps the person out.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/edit.html")]
pub struct UserEditPage {
    /// Title: the person's name; tab `users`; errors of `role` and `status`.
    pub shell: Shell,
    /// The person, as stored.
    pub user: UserRow,
    /// `role`, as it was typed.
    pub roles: Vec<Choice>,
    /// `status`: see [`UserEditPage::statuses`].
    pub statuses: Vec<Choice>,
    /// Whether the account would be left without an admin: then neither can be changed.
    pub last_admin: bool,
}

impl UserEditPage {
    /// Whether the person may sign in: `active` or `disabled`.
    #[must_use]
    pub fn statuses(disabled: bool) -> Vec<Choice> {
        let gone = "Cannot sign in; open sessions end at once. What the person did stays on record.";
        [("active", "Active", "Can sign in.", !disabled), ("disabled", "Disabled", gone, disabled)]
            .into_iter()
            .map(|(value, label, hint, selected)| Choice {
                value: value.to_owned(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                selected,
            })
            .collect()
    }
}
