//! The API tokens tab.

use askama::Template;
use askama_web::WebTemplate;

use super::icon::Icon;
use super::page::{Badge, Choice, Shell, When};

/// The list of tokens and the form that makes one.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "tokens/list.html")]
pub struct TokensPage {
    /// Title `API tokens`, tab `tokens`; problems of `name` and `role`.
    pub shell: Shell,
    /// Newest first.
    pub tokens: Vec<TokenRow>,
    /// The new token's `name`, as it was typed.
    pub name: String,
    /// `role`: see [`super::page::role_choices`].
    pub roles: Vec<Choice>,
    /// `expires`: see [`TokensPage::expiries`].
    pub expiries: Vec<Choice>,
}

/// One token of the list.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// What its path ends in: `tokens/{id}/revoke`.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// What it may do.
    pub role: &'static str,
    /// Its visible ends: `rp_4f9Q…tYq7`.
    pub hint: String,
    /// When it was made.
    pub created: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// When it ends, if ever.
    pub expires: Option<When>,
    /// Whether its end has passed.
    pub expired: bool,
}

impl TokensPage {
    /// When a token can end: days, or `never`.
    #[must_use]
    pub fn expiries(selected: &str) -> Vec<Choice> {
        [
            ("never", "Never"),
            ("30", "In 30 days"),
            ("90", "In 90 days"),
            ("365", "In a year"),
        ]
        .into_iter()
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            selected: value == selected,
        })
        .collect()
    }
}

/// The token, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "tokens/created.html")]
pub struct TokenCreatedPage {
    /// Title `Token created`, tab `tokens`.
    pub shell: Shell,
    /// What it is called; empty once the page has been seen.
    pub name: String,
    /// The token itself; none on a second visit.
    pub token: Option<String>,
}

/// The question before a token is revoked.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "tokens/revoke.html")]
pub struct TokenRevokePage {
    /// Title `Revoke <name>?`, tab `tokens`.
    pub shell: Shell,
    /// The token in question.
    pub token: TokenRow,
}
