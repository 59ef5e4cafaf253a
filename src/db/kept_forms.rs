//! Forms that came after their session had ended, until their writers have signed in again.

use super::columns::from_row;
use super::{Db, DbResult, write};

/// A form that was sent too late.
#[derive(Clone, Debug)]
pub struct KeptFormRecord {
    /// The hash of the cookie by which the browser is known.
    pub device: String,
    /// Who signed in with it before.
    pub user_id: String,
    /// The page on which it stands again.
    pub path: String,
    /// The fields, sealed.
    pub fields: String,
    /// When it was sent.
    pub created_at: i64,
}
from_row!(KeptFormRecord { device, user_id, path, fields, created_at });

impl Db {
    /// Keeps the last form of a browser.
    pub(crate) async fn keep_form(&self, form: KeptFormRecord) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "insert into kept_forms (device, user_id, path, fields, created_at) values ($1, $2, $3, $4, $5)
                 on conflict (device) do update set user_id = excluded.user_id, path = excluded.path,
                   fields = excluded.fields, created_at = excluded.created_at",
            )
            .bind(form.device)
            .bind(form.user_id)
            .bind(form.path)
            .bind(form.fields)
            .bind(form.created_at)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Hands out a browser's form, which is then gone.
    pub(crate) async fn take_kept_form(&self, device: String) -> DbResult<Option<KeptFormRecord>> {
        write!(self, tx => {
            Ok(sqlx::query_as(
                "delete from kept_forms where device = $1 returning device, user_id, path, fields, created_at",
            )
            .bind(device)
            .fetch_optional(tx)
            .await?)
        })
    }

    /// Forgets forms whose writers have not come back.
    pub(crate) async fn delete_kept_forms_before(&self, oldest: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from kept_forms where created_at < $1").bind(oldest).execute(tx).await?;
            Ok(())
        })
    }
}
