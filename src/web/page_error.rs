//! An error on its way to a person.

use axum::response::{IntoResponse, Redirect, Response};

use super::error_page::ErrorPage;
use crate::db::DbError;
use crate::error::Error;
use crate::logs;
use crate::session::ToDo;

/// Why a page is not shown.
#[derive(Debug)]
pub enum PageError {
    /// Something is wrong: a page says what.
    Failed(Error),
    /// Nobody is signed in: the sign-in page, which leads back to `next`.
    SignIn {
        /// A path of ours.
        next: Option<String>,
    },
    /// Something has to be done before anything else.
    ToDo(ToDo),
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { next: None } => Redirect::to("/login?ended=1").into_response(),
            Self::SignIn { next: Some(next) } => {
                let query =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
                Redirect::to(&format!("/login?{query}")).into_response()
            }
            Self::ToDo(ToDo::ChoosePassword) => Redirect::to("/profile/new-password").into_response(),
            Self::ToDo(ToDo::AddSecondFactor) => Redirect::to("/profile/second-factor").into_response(),
            Self::Failed(error) => page(&error).into_response(),
        }
    }
}

fn page(error: &Error) -> ErrorPage {
    let reference = || logs::request().id.to_string();
    match error {
        Error::Internal(_) | Error::Startup(_) => {
            tracing::error!(cause = %error, "a page failed");
            ErrorPage::internal(reference())
        }
        Error::Unavailable { message, retry_after, .. } => {
            ErrorPage::unavailable(message, reference(), *retry_after)
        }
        Error::TooMany { message, retry_after } => ErrorPage::too_many_requests(message, *retry_after),
        Error::Forbidden { message, .. } => ErrorPage::forbidden(message),
        Error::NotFound(_) => ErrorPage::not_found(),
        other => ErrorPage::refused(other.status(), other.message()),
    }
}
