//! A letter as the bytes of a mail: HTML and text say the same.

#[cfg(test)]
mod tests;

use askama::Template;

use crate::domain::catalog::MailTone;
use crate::domain::letter::Letter;
use crate::domain::personal_mail::PersonalLetter;

/// On each cell that holds text: Outlook passes no font on to an inner table.
const FONT: &str = "font-family:system-ui,Segoe UI,Helvetica,Arial,sans-serif;";

/// A mail without its envelope and headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line without control characters.
    pub subject: String,
    /// A whole document: inline styles, no images, nothing loaded.
    pub html: String,
    /// The same facts as plain text.
    pub text: String,
}

/// The HTML part.
#[derive(Template)]
#[template(path = "mail/event.html", whitespace = "preserve")]
struct Html<'a> {
    letter: &'a Letter,
}

/// The text part.
#[derive(Template)]
#[template(path = "mail/event.txt", escape = "none", whitespace = "preserve")]
struct Text<'a> {
    letter: &'a Letter,
}

/// Writes a letter. Every value is escaped, and only web addresses become links.
pub fn write(letter: &Letter) -> Result<RenderedMail, askama::Error> {
    Ok(RenderedMail {
        html: Html { letter }.render()?,
        text: Text { letter }.render()?,
        subject: letter.subject.clone(),
    })
}

/// The HTML part of a mail about a person's own way in.
#[derive(Template)]
#[template(path = "mail/personal.html", whitespace = "preserve")]
struct PersonalHtml<'a> {
    letter: &'a PersonalLetter,
}

/// Its text part.
#[derive(Template)]
#[template(path = "mail/personal.txt", escape = "none", whitespace = "preserve")]
struct PersonalText<'a> {
    letter: &'a PersonalLetter,
}

/// Writes a letter about a person's own way in.
pub fn write_personal(letter: &PersonalLetter) -> Result<RenderedMail, askama::Error> {
    Ok(RenderedMail {
        html: PersonalHtml { letter }.render()?,
        text: PersonalText { letter }.render()?,
        subject: letter.subject.clone(),
    })
}
