//! Pages that say what went wrong: plain words, what to do, and nothing to be frightened of.

use askama::Template;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::page::Plain;

/// A refusal or a failure as a whole page. Its status is the answer's status.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The title is the heading.
    pub plain: Plain,
    /// The answer's status.
    pub status: StatusCode,
    /// What happened and what to do, a paragraph each.
    pub paragraphs: Vec<String>,
    /// The request id, which is also in the log; shown where somebody may have to look there.
    pub reference: Option<String>,
    /// Seconds to wait, for the `Retry-After` header.
    pub retry_after: Option<u64>,
}

impl ErrorPage {
    /// 403: signed in, but the role is not enough. `needs` says what is: `Only admins can manage users.`
    #[must_use]
    pub fn forbidden(needs: &str) -> Self {
        let ask = "Ask an admin of this account to do it, or to change your role.";
        Self::new(StatusCode::FORBIDDEN, "You cannot open this page", [needs, ask])
    }

    /// 404, for what does not exist and for what belongs to others alike.
    #[must_use]
    pub fn not_found() -> Self {
        let check = "If you typed or pasted the web address, check that it is complete.";
        let gone = "It may have been deleted, or it may belong to an account that you cannot open.";
        Self::new(StatusCode::NOT_FOUND, "Page not found", [check, gone])
    }

    /// 404 for whoever comes to set up what is set up: perhaps with a second click on the form that did it.
    #[must_use]
    pub fn set_up_already() -> Self {
        let once = "It is set up once, and somebody has done it: perhaps you, with the form that you have just sent.";
        let sign_in = "Sign in on the start page, with the address and the password that were chosen.";
        Self::new(StatusCode::NOT_FOUND, "Ringpost is set up already", [once, sign_in])
    }

    /// Any other refusal outside a form that could be shown again; `why` says what was wrong.
    #[must_use]
    pub fn refused(status: u16, why: &str) -> Self {
        let back = "Go back, change it and try again. Nothing was saved.";
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, "This cannot be done", [why, back])
    }

    /// 429: too often, or too much at once; `why` says of what.
    #[must_use]
    pub fn too_many_requests(why: &str, seconds: u64) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let wait = format!("Wait {seconds} {unit}, then try again.");
        let page = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", [why, wait.as_str()]);
        Self { retry_after: Some(seconds), ..page }
    }

    /// 500: our fault. The cause is in the log, under the reference.
    #[must_use]
    pub fn internal(reference: impl Into<String>) -> Self {
        let later = "Try again later. If you were saving something, check whether it was saved.";
        let title = "Sorry, there is a problem";
        let page = Self::new(StatusCode::INTERNAL_SERVER_ERROR, title, [later]);
        Self { reference: Some(reference.into()), ..page }
    }

    /// 503: not now. `why` says what is missing.
    #[must_use]
    pub fn unavailable(why: &str, reference: impl Into<String>, seconds: u64) -> Self {
        let title = "Sorry, Ringpost is not available";
        let page = Self::new(StatusCode::SERVICE_UNAVAILABLE, title, [why, "Try again in a minute."]);
        Self { reference: Some(reference.into()), retry_after: Some(seconds), ..page }
    }

    fn new<const N: usize>(status: StatusCode, title: &str, paragraphs: [&str; N]) -> Self {
        Self {
            plain: Plain::titled(title),
            status,
            paragraphs: paragraphs.map(str::to_owned).to_vec(),
            reference: None,
            retry_after: None,
        }
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        // A template that cannot be written must not hide the status it was about.
        let html = self.render().unwrap_or_else(|_| self.plain.title.clone());
        let mut answer = (self.status, Html(html)).into_response();
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_about_waiting_says_how_long_in_words_and_in_the_header() {
        let page = ErrorPage::too_many_requests("Too many exports at once.", 30);
        assert!(page.render().unwrap().contains("Wait 30 seconds"));
        let answer = page.into_response();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()[RETRY_AFTER], "30");
    }

    #[test]
    fn our_own_failures_carry_a_reference_and_no_cause() {
        let html = ErrorPage::internal("0196-ref").render().unwrap();
        assert!(html.contains("0196-ref") && html.contains("Try again later"));
    }
}
