//! Columns and rows that are read as the domain's own types. What cannot be read as one is an error that
//! names the row: a word that nobody knows is never taken for another.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{ColumnIndex, Database, Decode, Encode, FromRow, Row, Type};
use uuid::Uuid;

use crate::domain::audit::{AuditAction, AuditResult};
use crate::domain::delivery::{
    Channel, Delivery, LogStatus, OutboxMessage, Reason, State, Target, TargetKind, Trigger,
};
use crate::domain::history::Setting;
use crate::domain::kinds::Kind;
use crate::domain::role::Role;

/// Writes an enum as its word and reads it back, on either engine.
macro_rules! text_columns {
    ($($name:ty),+ $(,)?) => {$(
        impl<DB: Database> Type<DB> for $name
        where
            str: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <str as Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $name
        where
            &'static str: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                self.as_str().encode_by_ref(buffer)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str>::decode(value)?.parse()?)
            }
        }
    )+};
}
text_columns!(
    AuditAction,
    AuditResult,
    Channel,
    Kind,
    LogStatus,
    Reason,
    Role,
    Setting,
    State,
    TargetKind,
    Trigger
);

/// An id, which stands in the table as text.
pub(super) struct UuidText(pub Uuid);

/// A moment, which stands in the table as Unix milliseconds.
pub(super) struct Millis(pub Timestamp);

/// Reads a type of ours from the type that the column has.
macro_rules! read_through {
    ($name:ty, $column:ty, $value:ident => $read:expr) => {
        impl<DB: Database> Type<DB> for $name
        where
            $column: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$column as Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$column as Type<DB>>::compatible(ty)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            $column: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let $value = <$column>::decode(value)?;
                Ok(Self($read))
            }
        }
    };
}
read_through!(UuidText, String, text => text.parse()?);
read_through!(Millis, i64, ms => Timestamp::from_millisecond(ms)?);

/// Reads a row's columns into the fields of the same names, on either engine. sqlx's derive would say the same
/// and cost what [`migrations`](super::migrations) says.
macro_rules! from_row {
    ($row:ty => $name:ty { $($field:ident),+ }) => {
        impl sqlx::FromRow<'_, $row> for $name {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self { $($field: row.try_get(stringify!($field))?),+ })
            }
        }
    };
    ($name:ty { $($field:ident),+ $(,)? }) => {
        $crate::db::columns::from_row!(sqlx::sqlite::SqliteRow => $name { $($field),+ });
        $crate::db::columns::from_row!(sqlx::postgres::PgRow => $name { $($field),+ });
    };
}
pub(super) use from_row;

/// A row that holds what it should not.
#[derive(Debug, thiserror::Error)]
#[error("the row {id} is corrupt: {source}")]
struct CorruptRow {
    id: String,
    source: BoxDynError,
}

/// The error of a row that cannot be read.
pub(super) fn corrupt(id: impl Display, why: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(CorruptRow { id: id.to_string(), source: why.into() }))
}

/// Names the row in an error that says only which column of it cannot be read.
pub(super) fn in_row(id: impl Display) -> impl FnOnce(sqlx::Error) -> sqlx::Error {
    move |error| match error {
        sqlx::Error::ColumnDecode { .. } => corrupt(id, error),
        other => other,
    }
}

/// A record whose row, if it is corrupt, is named by its `id` column.
pub(super) struct Identified<T>(pub T);

impl<T> Identified<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<'r, R, T> FromRow<'r, R> for Identified<T>
where
    R: Row,
    T: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        T::from_row(row).map(Self).map_err(|error| {
            let id = row.try_get::<String, _>("id").or_else(|_| Ok(row.try_get::<i64, _>("id")?.to_string()));
            match id {
                Ok(id) => in_row(id)(error),
                Err(other) => other,
            }
        })
    }
}

/// The columns that make a [`Delivery`], of `deliveries d`.
pub(super) const DELIVERY: &str = "d.id, d.account_id, d.event_id, d.event_key, d.channel, d.triggered_by,
       d.target, d.destination_id, d.recipient, d.lane, d.state, d.reason, d.status, d.detail, d.attempt,
       d.first_id, d.resend_of, d.resent_by, d.created_at, d.due_at, d.sent_at, d.finished_at, d.took_ms";

impl<'r, R> FromRow<'r, R> for Delivery
where
    R: Row,
    &'static str: ColumnIndex<R>,
    str: Type<R::Database>,
    &'r str: Decode<'r, R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let UuidText(id) = row.try_get("id")?;
        let read = || -> Result<Self, BoxDynError> {
            let time = |column| row.try_get(column).map(|time: Option<Millis>| time.map(|time| time.0));
            let (status, took) =
                (row.try_get::<Option<i64>, _>("status")?, row.try_get::<Option<i64>, _>("took_ms")?);
            let Millis(created_at) = row.try_get("created_at")?;
            let Millis(due_at) = row.try_get("due_at")?;
            let UuidText(event_id) = row.try_get("event_id")?;
            let UuidText(first_id) = row.try_get("first_id")?;
            let target = Target::from_stored(
                row.try_get("target")?,
                row.try_get("channel")?,
                row.try_get("destination_id")?,
                row.try_get("recipient")?,
                row.try_get("lane")?,
            );
            Ok(Self {
                id,
                account_id: row.try_get("account_id")?,
                event_id,
                event_key: row.try_get("event_key")?,
                trigger: row.try_get("triggered_by")?,
                target: target?,
                state: row.try_get("state")?,
                reason: row.try_get("reason")?,
                status: status.map(u16::try_from).transpose()?,
                detail: row.try_get("detail")?,
                attempt: u32::try_from(row.try_get::<i64, _>("attempt")?)?,
                first_id,
                resend_of: row.try_get::<Option<UuidText>, _>("resend_of")?.map(|id| id.0),
                resent_by: row.try_get("resent_by")?,
                created_at,
                due_at,
                sent_at: time("sent_at")?,
                finished_at: time("finished_at")?,
                took: took.map(u64::try_from).transpose()?.map(Duration::from_millis),
            })
        };
        read().map_err(|why| corrupt(id, why))
    }
}

/// A message that waits, or the id of a row that cannot be read as one, and why.
pub(super) struct OutboxRow(pub Result<OutboxMessage, (String, sqlx::Error)>);

impl<'r, R> FromRow<'r, R> for OutboxRow
where
    R: Row,
    Delivery: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let payload: String = row.try_get("payload")?;
        Ok(Self(match Delivery::from_row(row) {
            Ok(delivery) => Ok(OutboxMessage { delivery, payload: Arc::from(payload) }),
            Err(error) => Err((row.try_get("id")?, error)),
        }))
    }
}
