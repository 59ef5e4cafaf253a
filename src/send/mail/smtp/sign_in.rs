//! The password at the mail server. A server that has refused it is left alone for a while: one that is asked again
//! and again locks the account.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};
use tokio::time::Instant;

use super::smtp_error::SmtpError;

/// What is known of the password.
pub(super) struct SignIn {
    pause: Duration,
    known: Mutex<KnownPassword>,
    /// Until the password is known to be good, one connection tries it and the others wait.
    first: AsyncMutex<()>,
}

enum KnownPassword {
    Nothing,
    Good,
    Refused(Instant, SmtpError),
}

impl SignIn {
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, known: Mutex::new(KnownPassword::Nothing), first: AsyncMutex::default() }
    }

    /// The server's refusal, in the same words, while it is to be left alone.
    pub(super) fn refusal(&self) -> Option<SmtpError> {
        match &*self.lock() {
            KnownPassword::Refused(since, error) if since.elapsed() < self.pause => Some(error.clone()),
            KnownPassword::Refused(..) | KnownPassword::Good | KnownPassword::Nothing => None,
        }
    }

    /// Lets one try the password, or everybody once it is known to be good.
    pub(super) async fn turn(&self) -> Option<AsyncMutexGuard<'_, ()>> {
        if matches!(*self.lock(), KnownPassword::Good) {
            return None;
        }
        Some(self.first.lock().await)
    }

    pub(super) fn is_good(&self) {
        *self.lock() = KnownPassword::Good;
    }

    pub(super) fn is_refused(&self, error: &SmtpError) {
        *self.lock() = KnownPassword::Refused(Instant::now(), error.clone());
    }

    fn lock(&self) -> MutexGuard<'_, KnownPassword> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
