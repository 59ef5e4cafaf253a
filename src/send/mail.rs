//! What a mail says.

/// A composed mail: the same facts twice, for readers with and without HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The subject line, one line of text.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The plain text part.
    pub text: String,
}
