//! What the security log tells of: who did what, from where, to what, and how it ended. Never a secret.

use super::text;
use super::text_enum::text_enum;

/// What was done, or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// Somebody gave an address and a password.
    SignIn,
    /// Somebody ended their own session.
    SignOut,
    /// Sessions were ended from outside them: one, or all of a person.
    SessionsEnded,
    /// Nobody may try for a while, at this address or as this person.
    Lockout,
    /// A person replaced their own password.
    PasswordChanged,
    /// Somebody else replaced a person's password.
    PasswordReset,
    /// A link to sign in was mailed, or made by a command.
    SignInLinkSent,
    /// Somebody came in by such a link.
    SignInLinkUsed,
    /// A second factor was set up.
    SecondFactorSet,
    /// A second factor was asked for.
    SecondFactorUsed,
    /// A second factor was taken away.
    SecondFactorRemoved,
    /// New recovery codes were made.
    RecoveryCodesMade,
    /// A recovery code stood in for the second factor.
    RecoveryCodeUsed,
    /// The first operator was made with the one-time code.
    FirstRun,
    /// Somebody was invited into an account.
    InvitationSent,
    /// An invitation was taken back.
    InvitationWithdrawn,
    /// Somebody who was invited joined.
    InvitationAccepted,
    /// A person can sign in from now on.
    PersonAdded,
    /// A person was taken out of an account, or out of everything.
    PersonRemoved,
    /// A person may not sign in any more.
    PersonDisabled,
    /// A person may sign in again.
    PersonEnabled,
    /// A person has a role in an account, or another one.
    RoleChanged,
    /// An account was made.
    AccountCreated,
    /// An account's name, environment or contact was changed.
    AccountChanged,
    /// The notification settings of an account were saved.
    SettingsChanged,
    /// A destination was made.
    DestinationCreated,
    /// A destination was changed, paused or resumed.
    DestinationChanged,
    /// A destination was deleted.
    DestinationDeleted,
    /// An API token was made.
    TokenCreated,
    /// An API token was ended.
    TokenRevoked,
    /// An API token belongs to somebody else from now on.
    TokenHandedOver,
    /// A delivery was sent again.
    DeliveryResent,
    /// Everything that has failed is being sent again.
    RecoveryStarted,
    /// Somebody stopped that.
    RecoveryStopped,
    /// Data left in bulk.
    Exported,
    /// The database was restored from a backup.
    Restored,
    /// Everything that is sealed was sealed with a new key.
    KeyRotated,
}
text_enum!(AuditAction {
    SignIn => "sign_in",
    SignOut => "sign_out",
    SessionsEnded => "sessions_ended",
    Lockout => "lockout",
    PasswordChanged => "password_changed",
    PasswordReset => "password_reset",
    SignInLinkSent => "sign_in_link_sent",
    SignInLinkUsed => "sign_in_link_used",
    SecondFactorSet => "second_factor_set",
    SecondFactorUsed => "second_factor_used",
    SecondFactorRemoved => "second_factor_removed",
    RecoveryCodesMade => "recovery_codes_made",
    RecoveryCodeUsed => "recovery_code_used",
    FirstRun => "first_run",
    InvitationSent => "invitation_sent",
    InvitationWithdrawn => "invitation_withdrawn",
    InvitationAccepted => "invitation_accepted",
    PersonAdded => "person_added",
    PersonRemoved => "person_removed",
    PersonDisabled => "person_disabled",
    PersonEnabled => "person_enabled",
    RoleChanged => "role_changed",
    AccountCreated => "account_created",
    AccountChanged => "account_changed",
    SettingsChanged => "settings_changed",
    DestinationCreated => "destination_created",
    DestinationChanged => "destination_changed",
    DestinationDeleted => "destination_deleted",
    TokenCreated => "token_created",
    TokenRevoked => "token_revoked",
    TokenHandedOver => "token_handed_over",
    DeliveryResent => "delivery_resent",
    RecoveryStarted => "recovery_started",
    RecoveryStopped => "recovery_stopped",
    Exported => "exported",
    Restored => "restored",
    KeyRotated => "key_rotated",
});

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditResult {
    /// As it was asked for.
    Done,
    /// It was not done.
    Refused,
}
text_enum!(AuditResult { Done => "done", Refused => "refused" });

/// One line of the security log, as whoever did it tells it; who, when and from where is added when it is written.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// What was done.
    pub action: AuditAction,
    /// To what: a person's address, a token's or a destination's name. Never a secret, a URL or what was typed
    /// into a field that may hold one.
    pub object: String,
    /// In which account; `None` for what belongs to none.
    pub account_id: Option<i64>,
    /// How it ended.
    pub result: AuditResult,
    /// What else there is to know, in a few words: `viewer → admin`, `wrong password`.
    pub detail: String,
}

/// More of an object's or a detail's characters are not kept.
const LONGEST: usize = 200;

impl AuditEntry {
    /// Something that was done.
    #[must_use]
    pub fn new(action: AuditAction, object: impl AsRef<str>) -> Self {
        let object = line(object.as_ref());
        Self { action, object, account_id: None, result: AuditResult::Done, detail: String::new() }
    }

    /// The same, in an account.
    #[must_use]
    pub fn in_account(self, account_id: i64) -> Self {
        Self { account_id: Some(account_id), ..self }
    }

    /// The same, with something more to know.
    #[must_use]
    pub fn detail(self, detail: impl AsRef<str>) -> Self {
        Self { detail: line(detail.as_ref()), ..self }
    }

    /// The same, refused for this reason.
    #[must_use]
    pub fn refused(self, why: impl AsRef<str>) -> Self {
        Self { result: AuditResult::Refused, ..self.detail(why) }
    }
}

/// Nobody's name for a thing forges a line of its own.
fn line(text: &str) -> String {
    text::capped(&text::one_line(text), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_short_line() {
        let entry =
            AuditEntry::new(AuditAction::TokenCreated, "a\nsign_in done root").refused("x".repeat(500));
        assert_eq!(entry.object, "a sign_in done root");
        assert_eq!((entry.detail.chars().count(), entry.result), (LONGEST, AuditResult::Refused));
    }
}
