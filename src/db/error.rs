//! Why the database could not answer, sorted by what the caller can do about it.

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with this value exists already; holds the database's name for the violated rule.
    #[error("not unique: {0}")]
    Unique(String),
    /// The disk is full or failing: nothing was stored, and the caller may try again later.
    #[error("the database cannot write: {0}")]
    Storage(String),
    /// The database is busy, closing or unreachable.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database cannot be used at all; the text says why and what to do.
    #[error("{0}")]
    Unusable(String),
    /// A defect of ours.
    #[error(transparent)]
    Other(sqlx::Error),
}

/// SQLite's primary result codes (the low byte of an extended code); <https://www.sqlite.org/rescode.html>.
mod code {
    pub(crate) const BUSY: u32 = 5;
    pub(crate) const LOCKED: u32 = 6;
    pub(crate) const INTERRUPT: u32 = 9;
    pub(crate) const IOERR: u32 = 10;
    pub(crate) const FULL: u32 = 13;
}

impl DbError {
    /// Whether the same may well succeed later.
    #[must_use]
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Storage(_) | Self::Unavailable(_))
    }

    /// Whether a unique rule on `table.column` was violated. SQLite names the columns, PostgreSQL the
    /// constraint, which by default is `table_column_key`.
    #[must_use]
    pub(crate) fn violates(&self, table: &str, column: &str) -> bool {
        matches!(self, Self::Unique(rule)
            if rule.contains(&format!("{table}.{column}")) || rule.contains(&format!("{table}_{column}_"))
                || rule == &format!("{table}_pkey"))
    }
}

impl DbError {
    /// The same error for another who waited for the same answer.
    #[must_use]
    pub(super) fn retold(&self) -> Self {
        match self {
            Self::Unique(rule) => Self::Unique(rule.clone()),
            Self::Storage(why) => Self::Storage(why.clone()),
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            Self::Unusable(why) => Self::Unusable(why.clone()),
            Self::Other(why) => Self::Other(sqlx::Error::Decode(why.to_string().into())),
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match Blame::of(&error) {
            Blame::Unique(rule) => Self::Unique(rule),
            Blame::Disk => Self::Storage(error.to_string()),
            Blame::Database | Blame::Connection => Self::Unavailable(error.to_string()),
            Blame::Row => Self::Other(error),
        }
    }
}

impl DbError {
    /// The same once more, for the next of many whom one failure concerns.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Storage(why) => Self::Storage(why.clone()),
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            Self::Unique(_) | Self::Unusable(_) | Self::Other(_) => Self::Unavailable(self.to_string()),
        }
    }
}

/// Whose fault an error is.
pub(super) enum Blame {
    /// Of a value that is there already; the violated rule.
    Unique(String),
    /// Of what was to be read or written.
    Row,
    /// Of the disk.
    Disk,
    /// The database is busy, or did not finish in time. The connection goes on.
    Database,
    /// The connection is gone, or nobody knows what it is doing.
    Connection,
}

impl Blame {
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => {
                Self::Unique(inner.constraint().map_or_else(|| inner.message().to_owned(), ToOwned::to_owned))
            }
            sqlx::Error::Database(inner) => match sqlite_code(inner.as_ref()) {
                Some(code) => Self::of_sqlite(code),
                None => Self::of_postgres(&inner.code().unwrap_or_default()),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Connection,
            _ => Self::Row,
        }
    }

    fn of_sqlite(code: u32) -> Self {
        match code {
            code::FULL | code::IOERR => Self::Disk,
            code::BUSY | code::LOCKED | code::INTERRUPT => Self::Database,
            _ => Self::Row,
        }
    }

    /// By SQLSTATE; <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn of_postgres(code: &str) -> Self {
        match code {
            // The disk is full; input or output failed.
            "53100" | "58030" => Self::Disk,
            // The session was ended: by an administrator, a crash, a start, or for having been idle.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04" => Self::Connection,
            // Lock not available; read-only, as a standby is.
            "55P03" | "25006" => Self::Database,
            // Lost connections; too few resources; cancelled by a time limit; serialization and deadlocks.
            _ if code.starts_with("08") => Self::Connection,
            _ if ["53", "57", "40"].iter().any(|class| code.starts_with(class)) => Self::Database,
            _ => Self::Row,
        }
    }
}

/// A time limit of ours, as the error that a connection gives when it has one of its own.
pub(super) fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the database did not answer in time"))
}

/// The primary SQLite code of an error; `None` for another engine's error.
pub(super) fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    Some(extended_code(error)? & 0xff)
}

/// The extended SQLite code of an error, as sqlx spells it: a decimal number.
pub(super) fn extended_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.code()?.parse().ok()
}

/// What a request tells its caller; the defects among these are logged where the request ends.
impl From<DbError> for crate::error::Error {
    fn from(error: DbError) -> Self {
        let unavailable =
            |code, message: &str| Self::Unavailable { code, message: message.to_owned(), retry_after: 5 };
        match error {
            DbError::Storage(why) => {
                tracing::error!(%why, "the database cannot write");
                unavailable(
                    "STORAGE_FULL",
                    "Nothing was stored: the disk is full or failing. Try again later.",
                )
            }
            DbError::Unavailable(why) => {
                tracing::error!(%why, "the database is not available");
                unavailable("UNAVAILABLE", "The database is not available. Try again later.")
            }
            other => Self::Internal(Box::new(other)),
        }
    }
}
