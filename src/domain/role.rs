//! Who may do what.

use std::fmt;
use std::str::FromStr;

use super::field_errors::InvalidValue;

/// What a person or token may do in one account. Each role includes those before it, except
/// [`Role::Ingest`], which can only post events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Posts events; reads nothing. Only tokens have it.
    Ingest,
    /// Reads settings and the log.
    Viewer,
    /// Also changes notification settings and sends tests from that page.
    Editor,
    /// Also company, users, tokens, destinations and ad-hoc sends.
    Admin,
}

/// Something that a caller wants to do in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Post an event.
    PostEvents,
    /// Read settings, the log, destinations.
    Read,
    /// Change notification settings, send tests from that page.
    EditNotifications,
    /// Everything else in an account.
    Administer,
}

impl Role {
    /// The roles that a person can have.
    pub const OF_PEOPLE: [Self; 3] = [Self::Viewer, Self::Editor, Self::Admin];
    /// The roles that a token can have.
    pub const ALL: [Self; 4] = [Self::Ingest, Self::Viewer, Self::Editor, Self::Admin];

    /// Reads the role of a person.
    pub fn of_people(text: &str) -> Result<Self, InvalidValue> {
        match text.parse()? {
            Self::Ingest => Err(InvalidValue::new("only tokens have the ingest role")),
            role => Ok(role),
        }
    }

    /// The one rule book: deny unless it is written here.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::PostEvents => matches!(self, Self::Ingest | Self::Admin),
            Permission::Read => matches!(self, Self::Viewer | Self::Editor | Self::Admin),
            Permission::EditNotifications => matches!(self, Self::Editor | Self::Admin),
            Permission::Administer => matches!(self, Self::Admin),
        }
    }

    /// The word used in forms, the database and the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            InvalidValue::new(format!("“{text}” is not a role: use viewer, editor, admin or ingest"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ingest_token_can_only_post_events() {
        assert!(Role::Ingest.may(Permission::PostEvents));
        for permission in [Permission::Read, Permission::EditNotifications, Permission::Administer] {
            assert!(!Role::Ingest.may(permission));
        }
    }

    #[test]
    fn viewers_read_editors_edit_admins_do_everything() {
        assert!(Role::Viewer.may(Permission::Read) && !Role::Viewer.may(Permission::EditNotifications));
        assert!(Role::Editor.may(Permission::EditNotifications) && !Role::Editor.may(Permission::Administer));
        assert!(!Role::Editor.may(Permission::PostEvents));
        assert!(Role::Admin.may(Permission::Administer) && Role::Admin.may(Permission::PostEvents));
    }
}
