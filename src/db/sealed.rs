//! Every value that the vault has sealed, wherever it stands: `doctor` opens them all, `key rotate` seals them anew.

use sqlx::AssertSqlSafe;

use crate::domain::text_enum::text_enum;
use crate::vault::Cell;

use super::snapshots::{Stale, change};
use super::{Db, DbResult, read};

/// A column that holds sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealedColumn {
    /// The vault's check value.
    Check,
    /// The shared webhook's URL.
    SettingsUrl,
    /// A destination's configuration.
    DestinationConfig,
    /// A session's data.
    Session,
    /// The one-time code of the first run.
    SetupCode,
    /// What a person's authenticator shares with us.
    SecondFactor,
    /// A person's recovery codes.
    RecoveryCodes,
    /// A form that waits for its writer to sign in again.
    KeptForm,
    /// What a setting was before a change.
    History,
    /// A mail to a person that waits.
    PersonMail,
}
text_enum!(SealedColumn {
    Check => "check value", SettingsUrl => "webhook URL", DestinationConfig => "destination", Session => "session",
    SetupCode => "setup code", SecondFactor => "second factor", RecoveryCodes => "recovery codes",
    KeptForm => "kept form", History => "history",
    PersonMail => "mail to a person",
});

/// A sealed value, and the cell that it was sealed for.
#[derive(Clone, Debug)]
pub(crate) struct SealedValue {
    /// Where it stands.
    pub column: SealedColumn,
    /// As it is stored.
    pub sealed: String,
    /// The row's primary key.
    key: String,
    account: i64,
}

impl SealedColumn {
    /// Key, account and value of the rows after a key. A bare name after `order by` would be the text before it.
    fn read(self) -> &'static str {
        match self {
            Self::Check => {
                "select name, cast(0 as bigint), value from meta
                 where name = 'vault_check' and name > $1 order by name limit $2"
            }
            Self::SettingsUrl => {
                "select cast(s.account_id as text), s.account_id, s.webhook_url from notification_settings s
                 where s.webhook_url is not null and s.account_id > cast($1 as bigint)
                 order by s.account_id limit $2"
            }
            Self::DestinationConfig => {
                "select cast(d.id as text), d.account_id, d.config from destinations d
                 where d.id > cast($1 as bigint) order by d.id limit $2"
            }
            Self::Session => {
                "select id, cast(0 as bigint), data from sessions where id > $1 order by id limit $2"
            }
            Self::SetupCode => {
                "select name, cast(0 as bigint), value from meta
                 where name = 'setup_code' and name > $1 order by name limit $2"
            }
            Self::SecondFactor => {
                "select user_id, cast(0 as bigint), secret from second_factors
                 where user_id > $1 order by user_id limit $2"
            }
            Self::RecoveryCodes => {
                "select user_id, cast(0 as bigint), recovery_codes from second_factors
                 where user_id > $1 order by user_id limit $2"
            }
            Self::KeptForm => {
                "select device, cast(0 as bigint), fields from kept_forms where device > $1 order by device limit $2"
            }
            Self::History => {
                "select id, cast(0 as bigint), sealed_before from history
                 where sealed_before is not null and id > $1 order by id limit $2"
            }
            Self::PersonMail => {
                "select id, cast(0 as bigint), content from person_mails where id > $1 order by id limit $2"
            }
        }
    }

    /// Before every key.
    fn begin(self) -> &'static str {
        match self {
            Self::Check
            | Self::Session
            | Self::SetupCode
            | Self::SecondFactor
            | Self::RecoveryCodes
            | Self::KeptForm
            | Self::History
            | Self::PersonMail => "",
            Self::SettingsUrl | Self::DestinationConfig => "-9223372036854775808",
        }
    }
}

impl SealedValue {
    /// The cell; `None` if the row's key is none.
    pub fn cell(&self) -> Option<Cell<'_>> {
        let account = self.account;
        Some(match self.column {
            SealedColumn::Check => Cell::Check,
            SealedColumn::SettingsUrl => Cell::SettingsUrl(account),
            SealedColumn::DestinationConfig => {
                Cell::DestinationConfig { account, id: self.key.parse().ok()? }
            }
            SealedColumn::Session => Cell::Session(&self.key),
            SealedColumn::SetupCode => Cell::SetupCode,
            SealedColumn::SecondFactor => Cell::SecondFactor(&self.key),
            SealedColumn::RecoveryCodes => Cell::RecoveryCodes(&self.key),
            SealedColumn::KeptForm => Cell::KeptForm(&self.key),
            SealedColumn::History => Cell::History(&self.key),
            SealedColumn::PersonMail => Cell::PersonMail(&self.key),
        })
    }
}

impl Db {
    /// The next values of a column after one, in the order of their rows; none at the end.
    pub(crate) async fn sealed_values(
        &self,
        column: SealedColumn,
        after: Option<&SealedValue>,
        limit: i64,
    ) -> DbResult<Vec<SealedValue>> {
        let begin = after.map_or_else(|| column.begin(), |value| &value.key);
        let sql = AssertSqlSafe(column.read());
        let rows: Vec<(String, i64, String)> =
            read!(self, pool => sqlx::query_as(sql).bind(begin).bind(limit).fetch_all(pool))?;
        let value = |(key, account, sealed)| SealedValue { column, sealed, key, account };
        Ok(rows.into_iter().map(value).collect())
    }

    /// Replaces values by others in one transaction; one that somebody else has replaced meanwhile is left alone.
    pub(crate) async fn replace_sealed(&self, values: Vec<(SealedValue, String)>) -> DbResult<()> {
        change!(self, Stale::Everything, tx => {
            for (value, sealed) in values {
                let replace = match value.column {
                    SealedColumn::Check | SealedColumn::SetupCode => {
                        "update meta set value = $3 where name = $1 and value = $2"
                    }
                    SealedColumn::SettingsUrl => {
                        "update notification_settings set webhook_url = $3
                         where account_id = cast($1 as bigint) and webhook_url = $2"
                    }
                    SealedColumn::DestinationConfig => {
                        "update destinations set config = $3 where id = cast($1 as bigint) and config = $2"
                    }
                    SealedColumn::Session => "update sessions set data = $3 where id = $1 and data = $2",
                    SealedColumn::PersonMail => {
                        "update person_mails set content = $3 where id = $1 and content = $2"
                    }
                    SealedColumn::SecondFactor => {
                        "update second_factors set secret = $3 where user_id = $1 and secret = $2"
                    }
                    SealedColumn::RecoveryCodes => {
                        "update second_factors set recovery_codes = $3
                         where user_id = $1 and recovery_codes = $2"
                    }
                    SealedColumn::KeptForm => {
                        "update kept_forms set fields = $3 where device = $1 and fields = $2"
                    }
                    SealedColumn::History => {
                        "update history set sealed_before = $3 where id = $1 and sealed_before = $2"
                    }
                };
                sqlx::query(replace).bind(value.key).bind(value.sealed).bind(sealed).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a cell stands; `None` for what is in no database. For a new kind of cell this does not compile until its
    /// column is named here and above.
    fn column_of(cell: Cell<'_>) -> Option<SealedColumn> {
        Some(match cell {
            Cell::Check => SealedColumn::Check,
            Cell::SettingsUrl(_) => SealedColumn::SettingsUrl,
            Cell::DestinationConfig { .. } => SealedColumn::DestinationConfig,
            Cell::Session(_) => SealedColumn::Session,
            Cell::SetupCode => SealedColumn::SetupCode,
            Cell::SecondFactor(_) => SealedColumn::SecondFactor,
            Cell::RecoveryCodes(_) => SealedColumn::RecoveryCodes,
            Cell::KeptForm(_) => SealedColumn::KeptForm,
            Cell::History(_) => SealedColumn::History,
            Cell::PersonMail(_) => SealedColumn::PersonMail,
            Cell::Exported { .. } => return None,
        })
    }

    #[test]
    fn a_value_knows_the_cell_of_its_column() {
        for &column in SealedColumn::ALL {
            let value = SealedValue { column, sealed: String::new(), key: "7".to_owned(), account: 7 };
            assert_eq!(column_of(value.cell().unwrap()), Some(column));
        }
    }
}
