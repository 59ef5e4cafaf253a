//! Which cell of the database a ciphertext belongs to.

use std::borrow::Cow;

use super::envelope;

/// What is sealed, by the plain ids of its row. Moved to any other cell, a ciphertext does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The vault's own check value.
    Check,
    /// The one-time code of the first run.
    SetupCode,
    /// The shared webhook's URL of an account.
    SettingsUrl(i64),
    /// A destination's configuration.
    DestinationConfig {
        /// Whose it is.
        account: i64,
        /// The destination's number.
        id: i64,
    },
    /// A session's data, by its stored id.
    Session(&'a str),
    /// What a setting was before a change, by the change's id.
    History(&'a str),
    /// A form that came after its session had ended, by the hash of its browser's cookie.
    KeptForm(&'a str),
    /// The secret that a person's authenticator shares with us, by the person's id.
    SecondFactor(&'a str),
    /// A person's recovery codes.
    RecoveryCodes(&'a str),
    /// A secret in a file of exported settings.
    Exported {
        /// Whose it is.
        account: i64,
        /// Its place in the file.
        field: &'a str,
    },
    /// A mail to a person that waits, by its id.
    PersonMail(&'a str),
}

impl Cell<'_> {
    /// The bytes that authenticate a ciphertext: the envelope's version and algorithm, then table, column,
    /// row, account and key id. Each of these carries its length, so that no two cells share their bytes.
    /// None of it may ever change: what is stored would no longer open.
    pub(super) fn associated_data(self, key_id: &str) -> Vec<u8> {
        let (table, column, row, account): (_, _, Cow<'_, str>, _) = match self {
            Self::Check => ("vault", "check", "".into(), 0),
            Self::SetupCode => ("meta", "value", "setup_code".into(), 0),
            Self::SettingsUrl(account) => {
                ("notification_settings", "webhook_url", account.to_string().into(), account)
            }
            Self::DestinationConfig { account, id } => {
                ("destinations", "config", id.to_string().into(), account)
            }
            Self::Session(id) => ("sessions", "data", id.into(), 0),
            Self::History(id) => ("history", "sealed_before", id.into(), 0),
            Self::KeptForm(id) => ("kept_forms", "fields", id.into(), 0),
            Self::SecondFactor(id) => ("second_factors", "secret", id.into(), 0),
            Self::RecoveryCodes(id) => ("second_factors", "recovery_codes", id.into(), 0),
            Self::Exported { account, field } => ("exported settings", "secret", field.into(), account),
            Self::PersonMail(id) => ("person_mails", "content", id.into(), 0),
        };
        let account = account.to_string();
        let mut bytes = vec![envelope::VERSION, envelope::XCHACHA20_POLY1305];
        for part in [table, column, &row, &account, key_id] {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}
