//! Why a form was refused: said once in the summary, and in the same words beside the field.

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the form field, `subscribers.run_failed`.
    pub field: String,
    /// A sentence without a full stop that names the field and what to do.
    pub text: String,
}

/// The refusals of one form, in the order of its fields. The summary lists them, and each field asks
/// for its own, so that both always say the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a refusal. A field's first problem is the one that is shown beside it.
    pub fn add(&mut self, field: impl Into<String>, text: impl Into<String>) {
        let (field, text) = (field.into(), text.into());
        self.0.push(Problem { field, text });
    }

    /// Whether the form is good.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The refusals, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// What is wrong with one field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == field).map(|problem| problem.text.as_str())
    }

    /// The ids that describe a field to assistive technology, for `aria-describedby`; empty if nothing does.
    #[must_use]
    pub fn described_by(&self, field: &str, has_hint: bool) -> String {
        let id = Self::id_of(field);
        let hint = has_hint.then(|| format!("{id}-hint"));
        let error = self.of(field).map(|_| format!("{id}-error"));
        [hint, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The element id of a field: its name, with the dots that selectors do not like replaced.
    #[must_use]
    pub fn id_of(field: &str) -> String {
        field.replace('.', "-")
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Problem {
    /// The element id of the field.
    #[must_use]
    pub fn field_id(&self) -> String {
        Problems::id_of(&self.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_described_by_its_hint_and_its_problem() {
        let mut problems = Problems::default();
        assert_eq!(problems.described_by("name", false), "");
        problems.add("subscribers.run_failed", "Run failed: “a” is missing an @");
        assert_eq!(problems.described_by("name", true), "name-hint");
        assert_eq!(
            problems.described_by("subscribers.run_failed", true),
            "subscribers-run_failed-hint subscribers-run_failed-error"
        );
    }
}
