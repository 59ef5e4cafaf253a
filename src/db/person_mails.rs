//! Mails to people about their own way in and about failing webhooks, until they are sent or given up.

use super::columns::from_row;
use super::{Db, DbResult, browse, write};

/// A mail that waits.
#[derive(Clone, Debug)]
pub(crate) struct WaitingMail {
    /// `UUIDv7`, the mail's own id too.
    pub id: String,
    /// Sealed.
    pub content: String,
    /// How often it was tried and put off.
    pub tries: i64,
    /// When it was written.
    pub created_at: i64,
}
from_row!(WaitingMail { id, content, tries, created_at });

/// How many are taken at once.
const AT_ONCE: i64 = 50;

/// Keeps a mail in the transaction that causes it.
macro_rules! add {
    ($tx:expr, $mail:expr, $due_at:expr) => {
        sqlx::query(
            "insert into person_mails (id, content, tries, created_at, due_at) values ($1, $2, $3, $4, $5)",
        )
        .bind($mail.id)
        .bind($mail.content)
        .bind($mail.tries)
        .bind($mail.created_at)
        .bind($due_at)
        .execute(&mut *$tx)
        .await?;
    };
}
pub(super) use add;

impl Db {
    /// Keeps a mail; nobody else tries it before `due_at`.
    pub(crate) async fn add_person_mail(&self, mail: WaitingMail, due_at: i64) -> DbResult<()> {
        write!(self, tx => {
            add!(tx, mail, due_at);
            Ok(())
        })
    }

    /// Takes mails that are due, so that no other instance tries them before `until`.
    pub(crate) async fn take_person_mails(&self, now: i64, until: i64) -> DbResult<Vec<WaitingMail>> {
        let due: i64 = browse!(self, pool => sqlx::query_scalar(
            "select count(*) from person_mails where due_at <= $1",
        )
        .bind(now)
        .fetch_one(pool))?;
        if due == 0 {
            return Ok(Vec::new());
        }
        write!(self, tx => {
            // The outer condition is judged again behind somebody who was faster.
            Ok(sqlx::query_as(
                "update person_mails set due_at = $2
                 where due_at <= $1
                   and id in (select id from person_mails where due_at <= $1 order by due_at limit $3)
                 returning id, content, tries, created_at",
            )
            .bind(now)
            .bind(until)
            .bind(AT_ONCE)
            .fetch_all(tx)
            .await?)
        })
    }

    /// Puts a mail off.
    pub(crate) async fn put_off_person_mail(&self, id: String, tries: i64, due_at: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update person_mails set tries = $2, due_at = $3 where id = $1")
                .bind(id)
                .bind(tries)
                .bind(due_at)
                .execute(tx)
                .await?;
            Ok(())
        })
    }

    /// Forgets a mail that was sent or is given up.
    pub(crate) async fn delete_person_mail(&self, id: String) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from person_mails where id = $1").bind(id).execute(tx).await?;
            Ok(())
        })
    }
}
