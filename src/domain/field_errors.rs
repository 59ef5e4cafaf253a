//! What is wrong with the fields of a form, a body or a configuration, all of it at once.

use std::borrow::Cow;

/// How many wrong fields one sentence tells.
const MOST_TOLD: usize = 12;

/// Why one value was refused: the rest of a sentence that begins with the field's name, `must start with
/// https://`. It says what to write instead, repeats no secret and has no full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidValue(Cow<'static, str>);

impl InvalidValue {
    /// A refusal in these words.
    pub fn new(problem: impl Into<Cow<'static, str>>) -> Self {
        Self(problem.into())
    }
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where it is: `config.url` in a body, the name of the input in a form.
    pub path: String,
    /// What people call the field; empty if the problem is a sentence of its own.
    subject: Cow<'static, str>,
    /// What is wrong and what to do, as in [`InvalidValue`].
    problem: Cow<'static, str>,
}

impl FieldError {
    /// The problem alone as a sentence, for readers who see it beside the path: `Must start with https://.`
    #[must_use]
    pub fn detail(&self) -> String {
        let mut letters = self.problem.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let sentence: String = first.chain(letters).collect();
        end(sentence)
    }

    /// The field by its name and the problem, without a full stop: `URL must start with https://`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (subject, problem) = (&self.subject, &self.problem);
        match problem.chars().next() {
            _ if subject.is_empty() => problem.clone().into_owned(),
            // What was typed is quoted first: `To: “ops@acme” is missing a domain ending`.
            Some('“') => format!("{subject}: {problem}"),
            _ => format!("{subject} {problem}"),
        }
    }
}

/// The sentence with the stop that it may lack.
fn end(sentence: String) -> String {
    if sentence.ends_with(['.', '!', '?']) { sentence } else { sentence + "." }
}

/// Everything that is wrong, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// One field, called by its path.
    pub fn one(path: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        let mut errors = Self::default();
        errors.push(path, problem);
        errors
    }

    /// Adds a field, called by its path. `problem` is as in [`InvalidValue`].
    pub fn push(&mut self, path: impl Into<String>, problem: impl Into<Cow<'static, str>>) {
        let path = path.into();
        self.push_about(path.clone(), path, problem);
    }

    /// Adds a field that people call `subject`.
    pub(crate) fn push_about(
        &mut self,
        path: impl Into<String>,
        subject: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldError { path: path.into(), subject: subject.into(), problem: problem.into() });
    }

    /// One field whose problem is a sentence of its own.
    pub(crate) fn one_sentence(path: impl Into<String>, sentence: impl Into<Cow<'static, str>>) -> Self {
        let mut errors = Self::default();
        errors.push_sentence(path, sentence);
        errors
    }

    /// Adds a field whose problem is a sentence of its own: `Choose what the token may do`.
    pub fn push_sentence(&mut self, path: impl Into<String>, sentence: impl Into<Cow<'static, str>>) {
        self.push_about(path, "", sentence);
    }

    /// The value, or notes what is wrong with the field that people call `subject`.
    pub fn take<T>(
        &mut self,
        path: &'static str,
        subject: &'static str,
        parsed: Result<T, InvalidValue>,
    ) -> Option<T> {
        parsed.map_err(|InvalidValue(problem)| self.push_about(path, subject, problem)).ok()
    }

    /// Another reader's names: `rename` answers the path and the subject that stand for a path of ours.
    /// A subject that was chosen with care ([`FieldErrors::push_about`]) stays.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(&str) -> (String, String)) -> Self {
        let renamed = self.0.into_iter().map(|error| {
            let (path, subject) = rename(&error.path);
            let subject = if error.subject == error.path { Cow::Owned(subject) } else { error.subject };
            FieldError { path, subject, problem: error.problem }
        });
        Self(renamed.collect())
    }

    /// Those about one path.
    #[must_use]
    pub fn only(mut self, path: &str) -> Self {
        self.0.retain(|error| error.path == path);
        self
    }

    /// Adds what else is wrong.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Adds what else is wrong. A field that was told already, or stands inside one that was, is not told again.
    pub fn extend_untold(&mut self, others: Self) {
        let is_told = |path: &str| {
            let within = |told: &FieldError| {
                path.strip_prefix(told.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            self.0.iter().any(within)
        };
        let (_, untold): (Vec<_>, Vec<_>) = others.0.into_iter().partition(|other| is_told(&other.path));
        self.0.extend(untold);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The fields, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.0.iter()
    }

    /// What is wrong with one field, as [`FieldError::sentence`].
    #[must_use]
    pub fn of(&self, path: &str) -> Option<String> {
        self.0.iter().find(|error| error.path == path).map(FieldError::sentence)
    }

    /// All of it in one sentence; of very much, the first part and how much more there is.
    #[must_use]
    pub fn summary(&self) -> String {
        match self.0.as_slice() {
            [one] => end(one.sentence()),
            many => {
                let told = many.iter().take(MOST_TOLD).map(FieldError::sentence);
                let rest = many.len().checked_sub(MOST_TOLD).filter(|rest| *rest > 0);
                let rest = rest.map(|rest| format!("and {rest} more"));
                end(told.chain(rest).collect::<Vec<_>>().join("; "))
            }
        }
    }

    /// `value` if nothing is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_a_sentence_with_and_without_its_field() {
        let mut errors = FieldErrors::one("config.url", "must start with https://");
        assert_eq!(errors.summary(), "config.url must start with https://.");
        assert_eq!(errors.iter().next().unwrap().detail(), "Must start with https://.");
        errors = errors.renamed(|_| ("url".to_owned(), "URL".to_owned()));
        assert_eq!(errors.of("url").unwrap(), "URL must start with https://");
        errors.push_about("to", "To", "“ops@acme” is missing a domain ending");
        assert_eq!(errors.of("to").unwrap(), "To: “ops@acme” is missing a domain ending");
        assert_eq!(
            errors.summary(),
            "URL must start with https://; To: “ops@acme” is missing a domain ending."
        );
    }
}
