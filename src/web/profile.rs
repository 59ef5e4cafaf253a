//! The signed-in person: password and sessions.

use askama::Template;
use askama_web::WebTemplate;

use super::page::{Shell, When};

/// The person's own page.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    /// Title `Profile`, no account; problems of `current_password` and `new_password`.
    pub shell: Shell,
    /// How the person is called.
    pub name: String,
    /// Where the person is signed in, this session first.
    pub sessions: Vec<SessionRow>,
}

/// One place where the person is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The browser in words (`Firefox on Linux`), or its user agent cut short.
    pub browser: String,
    /// The address it came from.
    pub address: String,
    /// When the person signed in.
    pub started: When,
    /// When it was last used.
    pub last_used: When,
    /// Whether it is the one that asks.
    pub current: bool,
}
