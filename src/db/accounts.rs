//! Accounts and their primary contacts.

use crate::domain::account::{Account, Contact};
use crate::domain::field_errors::InvalidValue;

use super::account_changes::AccountChange;
use super::columns::{corrupt, from_row};
use super::history::HistoryRecord;
use super::snapshots::{Stale, change};
use super::{Db, DbError, DbResult, browse};

/// An account as it is stored.
pub(super) struct AccountRecord {
    pub id: i64,
    pub name: String,
    pub environment: String,
    pub contact_name: String,
    pub contact_email: String,
    pub failure_mails: bool,
}
from_row!(AccountRecord { id, name, environment, contact_name, contact_email, failure_mails });

impl TryFrom<AccountRecord> for Account {
    type Error = DbError;

    fn try_from(row: AccountRecord) -> DbResult<Self> {
        let email = row.contact_email.parse().map_err(|why: InvalidValue| corrupt(row.id, why))?;
        Ok(Self {
            id: row.id,
            name: row.name,
            environment: row.environment,
            contact: Contact { name: row.contact_name, email },
            failure_mails: row.failure_mails,
        })
    }
}

impl Db {
    /// One account; `None` if there is no such id.
    pub async fn account(&self, id: i64) -> DbResult<Option<Account>> {
        let row: Option<AccountRecord> = browse!(self, pool => sqlx::query_as(
            "select id, name, environment, contact_name, contact_email, failure_mails from accounts where id = $1",
        )
        .bind(id)
        .fetch_optional(pool))?;
        row.map(Account::try_from).transpose()
    }

    /// Every account, by number.
    pub async fn accounts(&self) -> DbResult<Vec<Account>> {
        let rows: Vec<AccountRecord> = browse!(self, pool => sqlx::query_as(
            "select id, name, environment, contact_name, contact_email, failure_mails from accounts order by id",
        )
        .fetch_all(pool))?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// The accounts that a person belongs to, by number.
    pub(crate) async fn accounts_of(&self, user_id: &str) -> DbResult<Vec<Account>> {
        let rows: Vec<AccountRecord> = browse!(self, pool => sqlx::query_as(
            "select a.id, a.name, a.environment, a.contact_name, a.contact_email, a.failure_mails
             from accounts a join memberships m on m.account_id = a.id
             where m.user_id = $1 order by a.id",
        )
        .bind(user_id)
        .fetch_all(pool))?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// Creates an account; [`DbError::Unique`] if the id is taken.
    pub async fn create_account(&self, account: Account, now: i64) -> DbResult<()> {
        change!(self, Stale::Account(account.id), tx => {
            sqlx::query(
                "insert into accounts
                   (id, name, environment, contact_name, contact_email, failure_mails, created_at, updated_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $7)",
            )
            .bind(account.id)
            .bind(account.name)
            .bind(account.environment)
            .bind(account.contact.name)
            .bind(account.contact.email.as_str())
            .bind(account.failure_mails)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Replaces an account's name, environment and contact, if they are still as in `before`; `false` if not, or if
    /// there is no such id.
    pub async fn update_account(
        &self,
        before: Option<Account>,
        account: Account,
        history: Vec<HistoryRecord>,
        now: i64,
    ) -> DbResult<bool> {
        let account_id = account.id;
        let change = AccountChange::Account { before, after: account };
        self.change_account(account_id, vec![change], history, now).await
    }
}
