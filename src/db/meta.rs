//! Facts about the database itself.

use super::{Db, DbResult, read, write};

impl Db {
    /// The value stored under `name`.
    pub async fn meta(&self, name: &str) -> DbResult<Option<String>> {
        let value = read!(self, pool => sqlx::query_scalar("select value from meta where name = $1")
            .bind(name)
            .fetch_optional(pool))?;
        Ok(value)
    }

    /// Stores `value` under `name` unless there is one; answers what is stored then.
    pub(crate) async fn meta_once(&self, name: &'static str, value: String) -> DbResult<String> {
        write!(self, tx => {
            sqlx::query("insert into meta (name, value) values ($1, $2) on conflict do nothing")
                .bind(name)
                .bind(value)
                .execute(&mut *tx)
                .await?;
            Ok(sqlx::query_scalar("select value from meta where name = $1").bind(name).fetch_one(tx).await?)
        })
    }

    /// Stores `value` under `name`, or forgets what is there.
    pub(crate) async fn set_meta(&self, name: &'static str, value: Option<String>) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from meta where name = $1").bind(name).execute(&mut *tx).await?;
            if let Some(value) = value {
                sqlx::query("insert into meta (name, value) values ($1, $2)")
                    .bind(name)
                    .bind(value)
                    .execute(tx)
                    .await?;
            }
            Ok(())
        })
    }

    /// Whether the database can be written: something is.
    pub(crate) async fn probe(&self) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "insert into meta (name, value) values ('probe', '1')
                 on conflict (name) do update set value = case when meta.value = '1' then '2' else '1' end",
            )
            .execute(tx)
            .await?;
            Ok(())
        })
    }
}
