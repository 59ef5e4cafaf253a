//! What a supervisor that speaks systemd's protocol is told: ready, alive, stopping. Without one, nothing happens.

use sd_notify::NotifyState;

use crate::actions::App;

/// Says that the server is ready, from then on that it is alive, and at last that it stops.
pub(super) fn tell(app: &App) {
    notify(NotifyState::Ready);
    if let Some(limit) = sd_notify::watchdog_enabled() {
        let app = app.clone();
        tokio::spawn(async move {
            loop {
                // The loop that sends: a database that is away must not end a process that holds outcomes.
                if app.dispatch.turns() {
                    notify(NotifyState::Watchdog);
                }
                tokio::time::sleep(limit / 3).await;
            }
        });
    }
    let stop = app.stop.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        notify(NotifyState::Stopping);
    });
}

fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the supervisor could not be told");
    }
}
