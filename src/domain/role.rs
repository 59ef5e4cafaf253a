//! Who may do what.

use super::field_errors::InvalidValue;
use super::text_enum::text_enum;

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
text_enum!(Role { Ingest => "ingest", Viewer => "viewer", Editor => "editor", Admin => "admin" });

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
    /// The roles that a person can have; a token can have any.
    pub const OF_PEOPLE: [Self; 3] = [Self::Viewer, Self::Editor, Self::Admin];

    /// Reads the role of a person.
    pub(crate) fn of_people(text: &str) -> Result<Self, InvalidValue> {
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
