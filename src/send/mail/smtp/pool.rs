//! Connections to the mail server that are kept for the next mail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::link::SmtpLink;

/// How long a server is given to say goodbye.
const FAREWELL_TIME: Duration = Duration::from_secs(2);

/// Idle connections, the one that was used last on top.
pub(super) struct Pool {
    idle_time: Duration,
    state: Mutex<PoolState>,
}

#[derive(Default)]
struct PoolState {
    idle: Vec<Idle>,
    swept: bool,
}

struct Idle {
    link: SmtpLink,
    since: Instant,
}

impl Pool {
    /// A pool that closes connections after `idle_time` without a mail.
    pub(super) fn new(idle_time: Duration) -> Arc<Self> {
        Arc::new(Self { idle_time, state: Mutex::default() })
    }

    /// A connection that ended its last conversation well, if there is one.
    pub(super) fn take(&self) -> Option<SmtpLink> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = state.idle.pop()?;
        Some(idle.link)
    }

    /// Lets go of all of them: one was found dead without a word, as after a firewall has forgotten it.
    pub(super) fn clear(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).idle.clear();
    }

    /// Keeps a connection for the next mail. One that broke is not to be put back.
    pub(super) fn put(self: &Arc<Self>, link: SmtpLink) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.idle.push(Idle { link, since: Instant::now() });
        if !state.swept {
            state.swept = true;
            tokio::spawn(Arc::clone(self).sweep());
        }
    }

    /// Closes what has been idle for too long; ends when nothing is left.
    async fn sweep(self: Arc<Self>) {
        loop {
            sleep(self.idle_time / 2).await;
            for link in self.expired() {
                quit(link).await;
            }
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.idle.is_empty() {
                state.swept = false;
                return;
            }
        }
    }

    fn expired(&self) -> Vec<SmtpLink> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // The oldest are at the bottom, because the top is taken first.
        let fresh = state.idle.partition_point(|idle| idle.since.elapsed() >= self.idle_time);
        state.idle.drain(..fresh).map(|idle| idle.link).collect()
    }
}

/// Says QUIT and waits a little for the answer.
pub(super) async fn quit(mut link: SmtpLink) {
    let _ = timeout(FAREWELL_TIME, link.connection.quit()).await;
}
