//! What the Users tab shows.

use askama::Template;
use askama_web::WebTemplate;
use jiff::Timestamp;

use crate::db::invitations::InvitationRecord;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Shell, Tone, When};

/// The people of the account, and those who are asked in.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/list.html")]
pub struct UsersPage {
    /// Title `Users`, tab `users`.
    pub shell: Shell,
    /// By address.
    pub users: Vec<UserRow>,
    /// By address.
    pub invitations: Vec<InvitationRow>,
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
    /// An admin of every account, whom nobody below one may touch.
    pub operator: bool,
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

/// Somebody who is asked in and has not come.
#[derive(Clone, Debug)]
pub struct InvitationRow {
    /// What the path holds: `invitations/{id}/withdraw`.
    pub id: String,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: &'static str,
    /// Who asked.
    pub invited_by: String,
    /// When.
    pub invited: When,
    /// Whether the link is over.
    pub is_over: bool,
}

impl InvitationRow {
    pub(super) fn of(record: InvitationRecord, now: Timestamp) -> Self {
        Self {
            id: record.id,
            email: record.email,
            role: record.role.as_str(),
            invited_by: record.invited_by,
            invited: When::at(record.created_at, now),
            is_over: record.expires_at <= now.as_millisecond(),
        }
    }
}

/// The form that changes a person's role, and the ways to help or remove them.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/edit.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is shown on its own")]
pub struct UserEditPage {
    /// Title: the person's name; tab `users`; errors of `role` and `link`.
    pub shell: Shell,
    /// The person, as stored.
    pub user: UserRow,
    /// `role`, as it was typed.
    pub roles: Vec<Choice>,
    /// Whether the account would be left without an admin: then the role cannot be changed.
    pub last_admin: bool,
    /// Whether it is an operator, and the reader is none.
    pub is_untouchable: bool,
    /// How many API tokens of the account the person has made.
    pub tokens: i64,
    /// Whether mails leave this server at all.
    pub has_mail_server: bool,
    /// Whether the reader can look at the person as a whole.
    pub reader_is_operator: bool,
}

/// Asks whether somebody is to leave the account.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "users/remove.html")]
pub struct UserRemovePage {
    /// Title `Remove Dana Ito?`; tab `users`; errors of `member`.
    pub shell: Shell,
    /// The person, as stored.
    pub user: UserRow,
    /// How many API tokens of the account the person has made.
    pub tokens: i64,
}
