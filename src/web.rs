//! pages
pub mod auth;
use crate::app::App;
use crate::error::Error;
use axum::Router;
use axum::response::{IntoResponse, Response};
#[derive(Debug)]
pub enum PageError {
    Failed(Error),
    SignIn { next: Option<String> },
}
impl From<Error> for PageError {
    fn from(e: Error) -> Self {
        Self::Failed(e)
    }
}
impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        "x".into_response()
    }
}
pub fn routes(app: &App) -> Router<App> {
    auth::with_sessions(Router::new(), app)
}
