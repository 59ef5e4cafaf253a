//! Making the SQLite file as small as what is in it: what retention deletes leaves room that is used again, and not
//! given back by itself.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Db, DbError, DbResult, Engine};

impl Db {
    /// Writes the file anew without its gaps; answers its size before and after, in bytes. Nobody else may be
    /// writing: they would wait for as long as it takes.
    pub(crate) async fn vacuum(&self) -> DbResult<(u64, u64)> {
        let Engine::Sqlite { path, .. } = &*self.engine else {
            let why = "PostgreSQL does this by itself (autovacuum), or with VACUUM FULL while nothing runs";
            return Err(DbError::Unusable(why.to_owned()));
        };
        let size = || {
            let metadata = std::fs::metadata(path);
            metadata.map(|metadata| metadata.len()).map_err(|error| DbError::Storage(error.to_string()))
        };
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
        // What the WAL holds is part of the size before.
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
        let before = size()?;
        sqlx::query("vacuum").execute(&mut connection).await?;
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
        connection.close().await?;
        Ok((before, size()?))
    }
}
