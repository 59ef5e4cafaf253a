//! The security log: lines are added, read and, in the end, forgotten; none is ever changed.

use crate::domain::audit::{AuditAction, AuditResult};

use super::columns::{Identified, from_row};
use super::deliveries::escape_like;
use super::{Db, DbResult, browse, write};

/// One line of the security log.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    /// `UUIDv7`, which sorts by time.
    pub id: String,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// Who: a person's address, a token's name, the command line, or empty for nobody who is known.
    pub actor: String,
    /// From which network address; empty for a command.
    pub address: String,
    /// What.
    pub action: AuditAction,
    /// In which account.
    pub account_id: Option<i64>,
    /// To what.
    pub object: String,
    /// How it ended.
    pub result: AuditResult,
    /// What else there is to know.
    pub detail: String,
}
from_row!(AuditRecord { id, at, actor, address, action, account_id, object, result, detail });

/// Which lines to show. Empty fields do not filter.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// What was done.
    pub action: Option<AuditAction>,
    /// How it ended.
    pub result: Option<AuditResult>,
    /// Part of the actor, of the object or of the address.
    pub q: Option<String>,
    /// Not before this moment.
    pub from: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
    /// Older than this line.
    pub before: Option<String>,
    /// Newer than this line.
    pub after: Option<String>,
}

/// How many lines are forgotten in one transaction, so that nobody waits long behind it.
const FORGET_AT_ONCE: i64 = 1_000;

impl Db {
    /// Adds a line.
    pub(crate) async fn add_audit(&self, line: AuditRecord) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "insert into audit (id, at, actor, address, action, account_id, object, result, detail)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(line.id)
            .bind(line.at)
            .bind(line.actor)
            .bind(line.address)
            .bind(line.action)
            .bind(line.account_id)
            .bind(line.object)
            .bind(line.result)
            .bind(line.detail)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Up to `limit` lines, newest first.
    pub async fn audit(&self, filter: &AuditFilter, limit: i64) -> DbResult<Vec<AuditRecord>> {
        // Going to newer pages, the nearest lines are wanted, so the order turns round and back.
        let order = if filter.after.is_some() { "asc" } else { "desc" };
        let sql = sqlx::AssertSqlSafe(format!(
            "select id, at, actor, address, action, account_id, object, result, detail from audit
             where ($1 is null or action = $1)
               and ($2 is null or result = $2)
               and ($3 is null or lower(actor) like $3 escape '\\' or lower(object) like $3 escape '\\'
                 or address like $3 escape '\\')
               and ($4 is null or at >= $4)
               and ($5 is null or at < $5)
               and ($6 is null or id < $6)
               and ($7 is null or id > $7)
             order by id {order} limit $8"
        ));
        let like = filter.q.as_ref().map(|q| format!("%{}%", escape_like(&q.to_lowercase())));
        let rows: Vec<Identified<AuditRecord>> = browse!(self, pool => sqlx::query_as(sql)
            .bind(filter.action)
            .bind(filter.result)
            .bind(like)
            .bind(filter.from)
            .bind(filter.until)
            .bind(&filter.before)
            .bind(&filter.after)
            .bind(limit)
            .fetch_all(pool))?;
        let mut rows: Vec<AuditRecord> = rows.into_iter().map(Identified::into_inner).collect();
        if filter.after.is_some() {
            rows.reverse();
        }
        Ok(rows)
    }

    /// Forgets a batch of lines written before `oldest`; answers how many went.
    pub(crate) async fn delete_audit_before(&self, oldest: i64) -> DbResult<u64> {
        write!(self, tx => {
            let done = sqlx::query(
                "delete from audit where id in (select id from audit where at < $1 order by at limit $2)",
            )
            .bind(oldest)
            .bind(FORGET_AT_ONCE)
            .execute(tx)
            .await?;
            Ok(done.rows_affected())
        })
    }
}
