//! Tries to sign in, counted before they are judged. All that is known of who tries is a hash.

use super::{Db, DbResult, write};

/// Failures of one network address in a window of time.
#[derive(Clone, Debug)]
pub(crate) struct AddressLimit {
    /// The hash of the address.
    pub key: String,
    /// So many failures end the trying.
    pub most: i64,
    /// Until so long after the first, in milliseconds.
    pub window_ms: i64,
}

/// Failures in a row of one person, or of one device of a person.
#[derive(Clone, Debug)]
pub(crate) struct PersonLimit {
    /// The hash of who it is.
    pub key: String,
    /// How long is waited after so many failures, in milliseconds.
    pub lock_ms: fn(i64) -> i64,
    /// Whoever has been quiet for so long begins anew, in milliseconds.
    pub memory_ms: i64,
    /// A try that never ended is over after so long, in milliseconds.
    pub lease_ms: i64,
}

/// What came of asking for a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgeable {
    /// It may be judged. How many there have been, with this one.
    Begun {
        /// Of the address.
        of_address: i64,
        /// In a row of the person; 0 where no person was named.
        of_person: i64,
    },
    /// The address has to wait until then.
    AddressUntil(i64),
    /// The person has to wait until then; another try may be under way.
    PersonUntil(i64),
}

impl Db {
    /// Counts a try as failed, before anybody knows how it ends, or says until when there is none. Of two at once
    /// for the same person, on whichever instance, one is refused.
    pub(crate) async fn begin_attempt(
        &self,
        address: AddressLimit,
        person: Option<PersonLimit>,
        now: i64,
    ) -> DbResult<Judgeable> {
        write!(self, tx => {
            // Always the address first, so that two transactions cannot wait for each other.
            let of_address: Option<i64> = sqlx::query_scalar(
                "insert into attempts (key, failures, begun_at, until_at, busy_until)
                 values ($1, 1, $2, $2 + $3, 0)
                 on conflict (key) do update set
                   failures = case when attempts.until_at <= $2 then 1 else attempts.failures + 1 end,
                   begun_at = case when attempts.until_at <= $2 then $2 else attempts.begun_at end,
                   until_at = case when attempts.until_at <= $2 then $2 + $3 else attempts.until_at end
                 where attempts.failures < $4 or attempts.until_at <= $2
                 returning failures",
            )
            .bind(&address.key)
            .bind(now)
            .bind(address.window_ms)
            .bind(address.most)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(of_address) = of_address else {
                let until: i64 = sqlx::query_scalar("select until_at from attempts where key = $1")
                    .bind(&address.key)
                    .fetch_one(&mut *tx)
                    .await?;
                return Ok(Judgeable::AddressUntil(until));
            };
            let Some(person) = person else {
                return Ok(Judgeable::Begun { of_address, of_person: 0 });
            };
            let of_person: Option<i64> = sqlx::query_scalar(
                "insert into attempts (key, failures, begun_at, until_at, busy_until)
                 values ($1, 1, $2, $2, $2 + $4)
                 on conflict (key) do update set
                   failures = case when attempts.until_at + $3 <= $2 then 1 else attempts.failures + 1 end,
                   busy_until = $2 + $4
                 where attempts.until_at <= $2 and attempts.busy_until <= $2
                 returning failures",
            )
            .bind(&person.key)
            .bind(now)
            .bind(person.memory_ms)
            .bind(person.lease_ms)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(of_person) = of_person else {
                // What is not judged is no failure of the address.
                sqlx::query("update attempts set failures = failures - 1 where key = $1 and failures > 0")
                    .bind(&address.key)
                    .execute(&mut *tx)
                    .await?;
                let until: i64 = sqlx::query_scalar("select until_at from attempts where key = $1")
                    .bind(&person.key)
                    .fetch_one(&mut *tx)
                    .await?;
                return Ok(Judgeable::PersonUntil(until));
            };
            // Whoever hangs up while it is judged has not escaped the wait.
            sqlx::query("update attempts set until_at = $2 where key = $1")
                .bind(&person.key)
                .bind(now + (person.lock_ms)(of_person))
                .execute(tx)
                .await?;
            Ok(Judgeable::Begun { of_address, of_person })
        })
    }

    /// A try was judged wrong: the next one has to wait until then.
    pub(crate) async fn fail_attempt(&self, person: String, until: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update attempts set busy_until = 0, until_at = $2 where key = $1")
                .bind(person)
                .bind(until)
                .execute(tx)
                .await?;
            Ok(())
        })
    }

    /// A try was judged right: it is given back to the address, and the person begins anew.
    pub(crate) async fn give_back_attempt(&self, address: String, person: Option<String>) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update attempts set failures = failures - 1 where key = $1 and failures > 0")
                .bind(address)
                .execute(&mut *tx)
                .await?;
            sqlx::query("delete from attempts where key = $1").bind(person).execute(tx).await?;
            Ok(())
        })
    }

    /// Forgets what was tried of somebody.
    pub(crate) async fn forget_attempts(&self, person: String, signed_in: String) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from attempts where key in ($1, $2)")
                .bind(person)
                .bind(signed_in)
                .execute(tx)
                .await?;
            Ok(())
        })
    }

    /// Forgets those whose wait was over before `oldest`.
    pub(crate) async fn delete_attempts_before(&self, oldest: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from attempts where until_at < $1").bind(oldest).execute(tx).await?;
            Ok(())
        })
    }
}
