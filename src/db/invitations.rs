//! Who is asked into an account, until they come.

use crate::domain::role::Role;

use super::columns::{Identified, from_row};
use super::users::{NewUser, end_ways_in, insert_user};
use super::{Db, DbResult, browse, write};

/// An invitation that waits for its answer.
#[derive(Clone, Debug)]
pub struct InvitationRecord {
    /// `UUIDv7`.
    pub id: String,
    /// Into which account.
    pub account_id: i64,
    /// Who, folded to lower case.
    pub email: String,
    /// What they may do there.
    pub role: Role,
    /// Who asked.
    pub invited_by: String,
    /// When.
    pub created_at: i64,
    /// The link ends then.
    pub expires_at: i64,
    /// Whether the link was mailed and shown to nobody: then whoever opens it reads the mailbox.
    pub mailed: bool,
}
from_row!(InvitationRecord { id, account_id, email, role, invited_by, created_at, expires_at, mailed });

const INVITATION: &str =
    "select id, account_id, email, role, invited_by, created_at, expires_at, mailed from invitations";

/// What became of the password that somebody chose on the page behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Newcomer {
    /// The link is over.
    Over,
    /// There is a new person.
    Made,
    /// Somebody else had the address and never showed that it is theirs: the owner of the mailbox, with this id, has
    /// it now.
    TookOver(String),
    /// The person is here already, and keeps the password that they have.
    Known,
}

impl Db {
    /// Asks somebody in. A second invitation into the same account replaces the first, link and all.
    pub(crate) async fn invite(&self, invitation: InvitationRecord, hash: String) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "insert into invitations
                   (id, account_id, email, role, hash, invited_by, created_at, expires_at, withdrawn, mailed)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, false, $9)
                 on conflict (account_id, email) do update set id = excluded.id, role = excluded.role,
                   hash = excluded.hash, invited_by = excluded.invited_by,
                   created_at = excluded.created_at, expires_at = excluded.expires_at, withdrawn = false,
                   mailed = excluded.mailed",
            )
            .bind(invitation.id)
            .bind(invitation.account_id)
            .bind(invitation.email)
            .bind(invitation.role)
            .bind(hash)
            .bind(invitation.invited_by)
            .bind(invitation.created_at)
            .bind(invitation.expires_at)
            .bind(invitation.mailed)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Who is asked into an account and has not come, by address. Links that are over are among them, so that
    /// somebody sees it.
    pub async fn invitations(&self, account_id: i64) -> DbResult<Vec<InvitationRecord>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{INVITATION} where account_id = $1 and not withdrawn order by email"
        ));
        let found: Vec<Identified<_>> =
            browse!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_all(pool))?;
        Ok(found.into_iter().map(Identified::into_inner).collect())
    }

    /// How many people an account has asked since then and who have not come, withdrawn or not; and when the one with
    /// this address was asked last.
    pub(crate) async fn invited_since(
        &self,
        account_id: i64,
        email: &str,
        since: i64,
    ) -> DbResult<(i64, Option<i64>)> {
        Ok(browse!(self, pool => sqlx::query_as(
            "select count(*), max(case when email = $2 then created_at end) from invitations
             where account_id = $1 and created_at > $3",
        )
        .bind(account_id)
        .bind(email)
        .bind(since)
        .fetch_one(pool))?)
    }

    /// The invitation behind a link that is still good.
    pub(crate) async fn invitation(&self, hash: &str, now: i64) -> DbResult<Option<InvitationRecord>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{INVITATION} where hash = $1 and expires_at > $2 and not withdrawn"
        ));
        let found: Option<Identified<_>> =
            browse!(self, pool => sqlx::query_as(sql).bind(hash).bind(now).fetch_optional(pool))?;
        Ok(found.map(Identified::into_inner))
    }

    /// Takes an invitation back and answers whose it was; `None` if the account has none with this id.
    pub(crate) async fn withdraw_invitation(&self, id: String, account_id: i64) -> DbResult<Option<String>> {
        write!(self, tx => {
            Ok(sqlx::query_scalar(
                "update invitations set withdrawn = true where id = $1 and account_id = $2 and not withdrawn
                 returning email",
            )
            .bind(id)
            .bind(account_id)
            .fetch_optional(tx)
            .await?)
        })
    }

    /// Uses an invitation up for the person whom it is for. Their sessions go on, and a role that they have there
    /// stays. A link that was mailed shows that the address is theirs. Answers the account; `None` if the link is
    /// over, or is somebody else's.
    pub(crate) async fn join(
        &self,
        hash: String,
        user_id: String,
        email: String,
        now: i64,
    ) -> DbResult<Option<i64>> {
        write!(self, tx => {
            let taken: Option<(i64, Role, bool)> = sqlx::query_as(
                "delete from invitations where hash = $1 and email = $2 and expires_at > $3 and not withdrawn
                 returning account_id, role, mailed",
            )
            .bind(hash)
            .bind(email)
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
            // Whoever comes second gets nothing.
            let Some((account_id, role, mailed)) = taken else { return Ok(None) };
            sqlx::query(
                "insert into memberships (user_id, account_id, role) values ($1, $2, $3) on conflict do nothing",
            )
            .bind(&user_id)
            .bind(account_id)
            .bind(role)
            .execute(&mut *tx)
            .await?;
            sqlx::query("update users set proven = proven or $2 where id = $1")
                .bind(user_id)
                .bind(mailed)
                .execute(tx)
                .await?;
            Ok(Some(account_id))
        })
    }

    /// Makes the person whom a link invites, if there is none: without a role, which waits for them to accept. The
    /// link goes on. [`super::DbError::Unique`] if somebody else was made with the address in the same moment.
    pub(crate) async fn make_newcomer(&self, hash: String, user: NewUser, now: i64) -> DbResult<Newcomer> {
        write!(self, tx => {
            let found: Option<(i64, bool)> = sqlx::query_as(
                "select account_id, mailed from invitations
                 where hash = $1 and email = $2 and expires_at > $3 and not withdrawn",
            )
            .bind(hash)
            .bind(&user.email)
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
            let Some((account_id, mailed)) = found else { return Ok(Newcomer::Over) };
            if mailed {
                let before: Option<String> = sqlx::query_scalar(
                    "update users set name = $2, password_hash = $3, password_expires_at = null, proven = true
                     where email = $1 and not proven and not operator and not disabled returning id",
                )
                .bind(&user.email)
                .bind(&user.name)
                .bind(&user.password_hash)
                .fetch_optional(&mut *tx)
                .await?;
                if let Some(id) = before {
                    end_ways_in!(tx, &id);
                    return Ok(Newcomer::TookOver(id));
                }
            }
            let known: i64 = sqlx::query_scalar("select count(*) from users where email = $1")
                .bind(&user.email)
                .fetch_one(&mut *tx)
                .await?;
            if known > 0 {
                return Ok(Newcomer::Known);
            }
            let user = NewUser { proven: mailed, known_to: Some(account_id), ..user };
            insert_user!(tx, user, None::<(i64, Role)>, now);
            Ok(Newcomer::Made)
        })
    }
}
