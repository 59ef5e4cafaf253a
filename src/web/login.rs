//! Signing in.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;

/// The sign-in form. A wrong address and a wrong password are one problem, on `email`, in the same words.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// Title `Sign in`; problems of `email` and `password`; a notice after signing out.
    pub plain: Plain,
    /// The address as it was typed.
    pub email: String,
    /// Where to go afterwards: a path of ours, or empty. Posted back as `next`.
    pub next: String,
}
