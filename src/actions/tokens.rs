//! API tokens.

use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::access::{Caller, MayAdminister, NewToken, OperatorPermit, Permit, hash_of};
use crate::db::tokens::TokenRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::InvalidValue;
use crate::domain::role::Role;
use crate::domain::values::Name;
use crate::error::{Error, Result};

use super::Records;

/// `last_used_at` is for people to see whether a token is in use: to the minute is enough, and cheap.
const USE_NOTED_EVERY_MS: i64 = 60_000;

/// A token that is to be made.
#[derive(Clone, Debug)]
pub struct TokenInput {
    /// What it is for.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// When it ends by itself; `None` for never.
    pub lifetime: Option<TokenLifetime>,
}

/// For how many days a token lives: 1 to 3,650.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLifetime(i64);

impl TokenLifetime {
    /// Ten years.
    const LONGEST: i64 = 3_650;
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    /// Reads a number of days.
    pub(crate) fn parse(days: &str) -> Result<Self, InvalidValue> {
        let days = days.parse().ok().filter(|days| (1..=Self::LONGEST).contains(days));
        let problem = || InvalidValue::new("must be a number of days from 1 to 3650");
        days.map(Self).ok_or_else(problem)
    }
}

impl std::str::FromStr for TokenLifetime {
    type Err = InvalidValue;

    fn from_str(days: &str) -> Result<Self, InvalidValue> {
        Self::parse(days)
    }
}

/// Makes a token for the permit's account. Its text is answered here and never again.
pub async fn create(
    records: &Records,
    permit: &Permit<MayAdminister>,
    input: TokenInput,
) -> Result<SecretString> {
    let id = records.clock.new_id();
    store(records, &permit.caller, Some(permit.account.id), id, input).await?.ok_or_else(id_is_taken)
}

/// The same for a form that has a nonce: `None` if the same form has made it already.
pub(crate) async fn create_once(
    records: &Records,
    permit: &Permit<MayAdminister>,
    nonce: Uuid,
    input: TokenInput,
) -> Result<Option<SecretString>> {
    let id = input.id_by(nonce);
    store(records, &permit.caller, Some(permit.account.id), id, input).await
}

/// Makes a token that may act in every account.
pub async fn create_for_all_accounts(
    records: &Records,
    operator: &OperatorPermit,
    input: TokenInput,
) -> Result<SecretString> {
    let id = records.clock.new_id();
    store(records, &operator.caller, None, id, input).await?.ok_or_else(id_is_taken)
}

fn id_is_taken() -> Error {
    Error::internal("the id of a new token is taken")
}

impl TokenInput {
    /// The id of this token from the form with this nonce: as old as the form, since ids order the list, and another one
    /// for whatever else is typed into the same form.
    fn id_by(&self, nonce: Uuid) -> Uuid {
        let days = self.lifetime.map(|TokenLifetime(days)| days);
        let typed = json!([nonce.to_string(), self.name.as_str(), self.role.as_str(), days]).to_string();
        let (mut rest, hash) = ([0; 10], Sha256::digest(typed));
        rest.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
        let (seconds, nanos) = nonce.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let millis = seconds.saturating_mul(1_000).saturating_add(u64::from(nanos) / 1_000_000);
        uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}

async fn store(
    records: &Records,
    maker: &Caller,
    account_id: Option<i64>,
    id: Uuid,
    input: TokenInput,
) -> Result<Option<SecretString>> {
    let (token, now) = (NewToken::generate(), records.clock.now_ms());
    let row = TokenRecord {
        id: id.to_string(),
        account_id,
        role: input.role,
        name: input.name.into(),
        hash: token.hash,
        prefix: token.prefix,
        last4: token.last4,
        created_by: maker.signature().to_owned(),
        created_at: now,
        last_used_at: None,
        expires_at: input.lifetime.map(|TokenLifetime(days)| now + days * TokenLifetime::DAY_MS),
        revoked_at: None,
    };
    let entry = AuditEntry::new(AuditAction::TokenCreated, format!("{} ({})", row.name, row.id));
    let entry = AuditEntry { account_id, ..entry.detail(row.role.as_str()) };
    if !records.db.create_token(row).await? {
        return Ok(None);
    }
    records.audit(maker, entry).await;
    Ok(Some(token.text))
}

/// Who has sent this token; 401 if it is none of ours, was revoked or has ended.
pub(crate) async fn authenticate(records: &Records, sent: &SecretString) -> Result<Caller> {
    let hash = hash_of(sent).ok_or(Error::Unauthorized)?;
    let now = records.clock.now_ms();
    let token = records.db.live_token(&hash, now).await?.ok_or(Error::Unauthorized)?;
    let record = &token.record;
    if token.is_use_to_be_noted(now, USE_NOTED_EVERY_MS) {
        let (db, id) = (records.db.clone(), record.id.clone());
        // Nobody waits for it: a request is not refused because this could not be written.
        tokio::spawn(async move {
            if let Err(error) = db.note_token_use(id, now).await {
                tracing::warn!(%error, "the use of a token could not be noted");
            }
        });
    }
    let (id, name) = (record.id.clone(), record.name.clone());
    Ok(Caller::Token { id, name, account_id: record.account_id, role: record.role })
}

/// What a token may do; `None` if it does not work any more.
pub(crate) async fn role_of(records: &Records, token: &str) -> Result<Option<Role>> {
    let Some(hash) = hash_of(&token.into()) else { return Ok(None) };
    let live = records.db.live_token(&hash, records.clock.now_ms()).await?;
    Ok(live.map(|token| token.record.role))
}

/// The account's own tokens that were not revoked, the newest first.
pub(crate) async fn list(records: &Records, permit: &Permit<MayAdminister>) -> Result<Vec<TokenRecord>> {
    Ok(records.db.tokens(Some(permit.account.id)).await?)
}

/// Every account's tokens that were not revoked and those for all accounts, the newest first.
pub(crate) async fn list_of_all_accounts(records: &Records, _: &OperatorPermit) -> Result<Vec<TokenRecord>> {
    Ok(records.db.tokens(None).await?)
}

/// Ends one of the account's own tokens at once. 404 if it has no such live token.
pub(crate) async fn revoke(records: &Records, permit: &Permit<MayAdminister>, id: String) -> Result<()> {
    end(records, &permit.caller, id, Some(permit.account.id)).await
}

/// Ends any token at once. 404 if there is no such live token.
pub(crate) async fn revoke_of_any_account(
    records: &Records,
    operator: &OperatorPermit,
    id: String,
) -> Result<()> {
    end(records, &operator.caller, id, None).await
}

async fn end(records: &Records, by: &Caller, id: String, account_id: Option<i64>) -> Result<()> {
    if !records.db.revoke_token(id.clone(), account_id, records.clock.now_ms()).await? {
        return Err(Error::not_found("token"));
    }
    records.audit(by, AuditEntry { account_id, ..AuditEntry::new(AuditAction::TokenRevoked, id) }).await;
    Ok(())
}
