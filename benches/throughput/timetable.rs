//! When the events of an open loop are due.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::figures::number;

/// The shortest sleep of a thread that is worth it.
const NAP: Duration = Duration::from_micros(100);

/// The times at which events are due, each said when it has come: by a thread of its own, for the runtime's timer
/// counts in milliseconds, and what is measured is not much more.
pub fn timetable(per_second: f64, length: Duration) -> UnboundedReceiver<Instant> {
    let (say, due) = unbounded_channel();
    let began = Instant::now();
    std::thread::spawn(move || {
        let mut said = 0;
        loop {
            let offset = Duration::from_secs_f64(number(said) / per_second);
            if offset >= length {
                return;
            }
            let at = began + offset;
            while let Some(left) = at.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                std::thread::sleep(left.max(NAP));
            }
            // Nobody listens any more: the load has failed, and says why itself.
            if say.send(at).is_err() {
                return;
            }
            said += 1;
        }
    });
    due
}
