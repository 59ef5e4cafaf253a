//! When a mail is tried again. Webhooks never are.

use std::time::Duration;

/// A mail that has not left after this long is failed with the server's last reply.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

/// The waits after the first tries; from then on, [`HOURLY`].
const FIRST_WAITS: [Duration; 4] = [minutes(1), minutes(5), minutes(15), minutes(30)];
const HOURLY: Duration = minutes(60);

const fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// How long to wait after the `attempt`th try (the first is 1), or `None` when the delivery, accepted
/// `age` ago, has to be given up.
#[must_use]
pub fn retry_delay(attempt: u32, age: Duration) -> Option<Duration> {
    if age >= GIVE_UP_AFTER {
        return None;
    }
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    Some(FIRST_WAITS.get(index).copied().unwrap_or(HOURLY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_end_after_a_day() {
        let mut age = Duration::ZERO;
        let mut waits = Vec::new();
        for attempt in 1.. {
            let Some(wait) = retry_delay(attempt, age) else { break };
            waits.push(wait.as_secs() / 60);
            age += wait;
        }
        assert_eq!(waits[..6], [1, 5, 15, 30, 60, 60]);
        assert!(age >= GIVE_UP_AFTER && age < GIVE_UP_AFTER + HOURLY);
    }
}
