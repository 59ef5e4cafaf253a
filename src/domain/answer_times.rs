//! How long receivers took to answer.

use std::time::Duration;

/// Answer times, sorted.
#[derive(Clone, Debug, Default)]
pub struct AnswerTimes(Vec<u64>);

impl AnswerTimes {
    /// From milliseconds, in any order.
    #[must_use]
    pub fn of(mut millis: Vec<u64>) -> Self {
        millis.sort_unstable();
        Self(millis)
    }

    /// The time within which so many of a hundred answers came, by nearest rank; `None` without answers.
    #[must_use]
    pub fn percentile(&self, of_hundred: usize) -> Option<Duration> {
        let rank = (self.0.len() * of_hundred).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let of = |millis: &[u64], percent| {
            AnswerTimes::of(millis.to_vec()).percentile(percent).map(|took| took.as_millis())
        };
        assert_eq!(of(&[], 50), None);
        assert_eq!((of(&[7], 50), of(&[7], 99)), (Some(7), Some(7)));
        assert_eq!((of(&[3, 1, 2], 50), of(&[3, 1, 2], 99)), (Some(2), Some(3)));
        assert_eq!((of(&[4, 1, 3, 2], 50), of(&[4, 1, 3, 2], 99)), (Some(2), Some(4)));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!((of(&hundred, 50), of(&hundred, 99), of(&hundred, 100)), (Some(50), Some(99), Some(100)));
    }
}
