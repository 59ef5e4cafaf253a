//! The network's own words, fit to stand inside a sentence.

use std::error::Error;
use std::iter::successors;

/// An error and its causes.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

/// The last cause: `connection refused`. Libraries wrap it in texts about themselves.
pub(super) fn of(error: &(dyn Error + 'static)) -> String {
    let text = chain(error).last().map_or_else(String::new, ToString::to_string);
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        // "Connection refused" begins small inside a sentence; an abbreviation stays as it is.
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_last_cause_is_told_without_the_systems_number() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(of(&refused), "connection refused");
        assert_eq!(of(&io::Error::other("TLS is missing")), "TLS is missing");
    }
}
