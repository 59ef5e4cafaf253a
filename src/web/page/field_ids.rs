//! The element ids that tie a form field to its hint and its error.

use crate::domain::field_errors::FieldErrors;

/// The element id of a field: its name, with the dots that selectors do not like replaced.
#[must_use]
pub(crate) fn id_of(field: &str) -> String {
    field.replace('.', "-")
}

/// The ids that describe a field to assistive technology, for `aria-describedby`; empty if nothing does.
#[must_use]
pub(crate) fn described_by(errors: &FieldErrors, field: &str, has_hint: bool) -> String {
    let id = id_of(field);
    let hint = has_hint.then(|| format!("{id}-hint"));
    let error = errors.of(field).map(|_| format!("{id}-error"));
    [hint, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_described_by_its_hint_and_its_error() {
        let mut errors = FieldErrors::default();
        assert_eq!(described_by(&errors, "name", false), "");
        errors.push("subscribers.run_failed", "“a” is missing an @");
        assert_eq!(described_by(&errors, "name", true), "name-hint");
        assert_eq!(
            described_by(&errors, "subscribers.run_failed", true),
            "subscribers-run_failed-hint subscribers-run_failed-error"
        );
    }
}
