//! Whether the server can do its work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::App;

/// Whoever asks more often than this is told what is known: each question is a write.
const ASKED_EVERY: Duration = Duration::from_millis(250);
/// A database that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of the database, and since when. Clones share it.
#[derive(Clone, Default)]
pub struct Probe(Arc<Mutex<Option<(Instant, bool)>>>);

/// What works and what does not.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each part works or does not")]
pub(crate) struct Readiness {
    /// It is about to end.
    pub is_draining: bool,
    /// The database can be written.
    pub database: bool,
    /// What is accepted is sent.
    pub dispatcher: bool,
    /// Outcomes are stored as they come.
    pub outcomes: bool,
    /// There is room to write down what happens.
    pub disk: bool,
    /// How long the oldest webhook has waited. It may be for a receiver that is down.
    pub oldest_waiting: Duration,
    /// Why mails are not leaving, if so. It does not take the server out of service.
    pub mail_trouble: Option<String>,
}

impl Readiness {
    /// What is wrong, in a sentence with what to look at; `None` where nothing is. A database that is away comes
    /// first: it is why the rest fails.
    pub(crate) fn cause(&self) -> Option<&'static str> {
        let causes = [
            (
                self.database,
                "The database does not answer, or cannot be written: look at it and at its disk.",
            ),
            (
                self.disk,
                "Less than 128 MiB of disk is free: make room, or shorten --retention-days and run ringpost vacuum.",
            ),
            (
                self.outcomes,
                "Outcomes have been waiting to be stored for more than 5 s: look at the database.",
            ),
            (self.dispatcher, "Nothing is sent at the moment: the log says why."),
        ];
        causes.into_iter().find(|(works, _)| !works).map(|(_, cause)| cause)
    }
}

/// Looks at everything, in bounded time.
pub(crate) async fn look(app: &App) -> Readiness {
    let (database, waiting) = tokio::join!(can_write(app), timeout(PATIENCE, app.dispatch.oldest_waiting()));
    Readiness {
        is_draining: app.stop.is_cancelled(),
        database,
        dispatcher: app.dispatch.is_alive(),
        outcomes: app.dispatch.stores_outcomes(),
        disk: app.dispatch.has_room(),
        oldest_waiting: waiting.ok().and_then(Result::ok).unwrap_or_default(),
        mail_trouble: app.dispatch.mail_trouble(),
    }
}

/// One asks, the others wait for what it is told.
async fn can_write(app: &App) -> bool {
    let mut known = app.probe.0.lock().await;
    if let Some((asked, answer)) = *known
        && asked.elapsed() < ASKED_EVERY
    {
        return answer;
    }
    let answer = matches!(timeout(PATIENCE, app.db.probe()).await, Ok(Ok(())));
    *known = Some((Instant::now(), answer));
    answer
}
