//! Sessions in the database: ids hashed, data sealed, so that a copy of the table signs nobody in.

use std::sync::Arc;

use axum_login::tower_sessions::SessionStore;
use axum_login::tower_sessions::session::{Id, Record};
use axum_login::tower_sessions::session_store::{Error, Result};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::actions::App;
use crate::db::sessions::SessionRecord;
use crate::db::{Db, DbError};
use crate::domain::clock::Clock;
use crate::domain::text;
use crate::logs;
use crate::vault::{Cell, Vault};

/// A session ends when nothing was asked for this long.
pub(super) const IDLE_MS: i64 = 60 * 60 * 1_000;
/// However busy, a session ends after twelve hours.
const ABSOLUTE_MS: i64 = 12 * 60 * 60 * 1_000;
/// Where sign-in leaves what the profile page tells about a session.
pub(super) const ADDRESS: &str = "address";
pub(super) const USER_AGENT: &str = "user_agent";
/// Where axum-login keeps who is signed in.
const LOGIN: &str = "axum-login.data";

#[derive(Clone)]
pub(super) struct Store {
    db: Db,
    vault: Arc<Vault>,
    clock: Clock,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    pub(super) fn new(app: &App) -> Self {
        Self { db: app.db.clone(), vault: Arc::clone(&app.vault), clock: app.clock.clone() }
    }

    fn row(&self, record: &Record) -> Result<SessionRecord> {
        let id = hash(&record.id);
        let now = self.clock.now_ms();
        let text = |key: &str| record.data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let user_id = record.data.get(LOGIN).and_then(|login| login.get("user_id"));
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let sealed = self.vault.seal(Cell::Session(&id), &data.into());
        Ok(SessionRecord {
            user_id: user_id.and_then(Value::as_str).map(ToOwned::to_owned),
            data: sealed.map_err(|error| Error::Encode(error.to_string()))?,
            address: text(ADDRESS),
            user_agent: text(USER_AGENT),
            created_at: now,
            seen_at: now,
            // The record's own expiry comes from the machine's clock, ours from the app's.
            expires_at: now + IDLE_MS,
            id,
        })
    }
}

#[async_trait::async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // 128 random bits do not collide.
        self.db.insert_session(self.row(record)?).await.map_err(backend)
    }

    /// A session that was ended while its request was under way stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        self.db.update_session(self.row(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.clock.now_ms();
        let row = self.db.session(&hash(id), now, now - ABSOLUTE_MS).await.map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        // A session sealed with a key that is gone is no session any more.
        let Ok(data) = self.vault.open(Cell::Session(&row.id), &row.data) else { return Ok(None) };
        let decode = |error: String| Error::Decode(error);
        let data = serde_json::from_str(data.expose_secret()).map_err(|error| decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at / 1_000);
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: expiry_date.map_err(|error| decode(error.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.db.delete_session(hash(id)).await.map_err(backend)
    }
}

/// The stored form of a session's id.
pub(super) fn hash(id: &Id) -> String {
    text::hex(&Sha256::digest(id.0.to_be_bytes()))
}

/// The database's own troubles are told from defects of ours; the layers around answer both with a bare 500, which
/// then says the right thing.
fn backend(error: DbError) -> Error {
    if error.is_transient() {
        tracing::error!(%error, "the database is not available");
        logs::database_is_away();
        Error::Backend(error.to_string())
    } else {
        Error::Decode(error.to_string())
    }
}
