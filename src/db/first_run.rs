//! The first run: one account and one operator, for whoever comes first.

use crate::domain::account::Account;
use crate::domain::role::Role;

use super::snapshots::{Stale, change};
use super::users::{NewUser, insert_user};
use super::{Db, DbResult};

impl Db {
    /// Makes the first person, as admin of `account`, which is made too, or takes what is in it now if
    /// `ringpost account add` has made it. Nothing happens and the answer is `false` if there is anybody
    /// already: of two who come at once, one is first.
    pub(crate) async fn set_up(&self, account: Account, user: NewUser, now: i64) -> DbResult<bool> {
        change!(self, Stale::Account(account.id), tx => {
            // A row that only one can insert: counting alone lets both through where writes run side by side.
            let first = sqlx::query(
                "insert into meta (name, value) values ('first_user', $1) on conflict do nothing",
            )
            .bind(&user.id)
            .execute(&mut *tx)
            .await?;
            let users: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&mut *tx).await?;
            if first.rows_affected() == 0 || users > 0 {
                return Ok(false);
            }
            sqlx::query(
                "insert into accounts
                   (id, name, environment, contact_name, contact_email, created_at, updated_at)
                 values ($1, $2, $3, $4, $5, $6, $6)
                 on conflict (id) do update set name = excluded.name, environment = excluded.environment,
                   contact_name = excluded.contact_name, contact_email = excluded.contact_email,
                   updated_at = excluded.updated_at",
            )
            .bind(account.id)
            .bind(account.name)
            .bind(account.environment)
            .bind(account.contact.name)
            .bind(account.contact.email.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await?;
            insert_user!(tx, user, Some((account.id, Role::Admin)), now);
            Ok(true)
        })
    }
}
