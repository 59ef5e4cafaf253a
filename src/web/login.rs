//! Signing in.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;
use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::{Form, Query};
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;

use super::PageResult;
use super::auth::{self, Auth, Credentials, SignInError, SignedIn};
use super::page::Notice;
use crate::actions::{App, accounts, people};
use crate::session;

/// The sign-in form. A wrong address and a wrong password are one problem, on `email`, in the same words.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// Title `Sign in`; errors of `email` and `password`; a notice after signing out.
    pub plain: Plain,
    /// The address as it was typed.
    pub email: String,
    /// Where to go afterwards: a path of ours, or empty. Posted back as `next`.
    pub next: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home))
        .route("/login", get(show).post(sign_in))
        .route("/logout", post(sign_out))
}

#[derive(Deserialize)]
struct Arrival {
    #[serde(default)]
    next: String,
    /// Present when somebody was sent here because a session had ended.
    ended: Option<String>,
    /// Present after signing out.
    bye: Option<String>,
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// Leads a signed-in person to the first account.
async fn home(State(app): State<App>, person: SignedIn) -> PageResult<Redirect> {
    let own = accounts::list_own(&app, &person.caller()).await?;
    Ok(match own.first() {
        Some(account) => Redirect::to(&format!("/accounts/{}/notifications", account.id)),
        None => Redirect::to("/accounts"),
    })
}

async fn show(State(app): State<App>, Query(arrival): Query<Arrival>) -> PageResult<Response> {
    if people::is_first_run(&app).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let mut plain = Plain::titled("Sign in");
    if arrival.ended.is_some() {
        plain.notices.push(Notice::warn(
            "You were signed out.",
            "The session had ended, so nothing was saved. Sign in, then go back to your form and send it again.",
        ));
    } else if arrival.bye.is_some() {
        plain.notices.push(Notice::done("You are signed out."));
    }
    Ok(LoginPage { plain, email: String::new(), next: arrival.next }.into_response())
}

async fn sign_in(
    auth: Auth,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> PageResult<Response> {
    let credentials = Credentials {
        email: form.email.clone(),
        password: form.password,
        address: peer.ip(),
        headers: headers.clone(),
    };
    let refuse = |status: StatusCode, text: String| {
        let mut plain = Plain::titled("Sign in");
        plain.errors.push_sentence("email", text);
        (status, LoginPage { plain, email: form.email.clone(), next: form.next.clone() }).into_response()
    };
    match auth.authenticate(credentials).await {
        Ok(Some(person)) => {
            auth::enter(auth, &person, peer.ip(), &headers).await?;
            Ok(Redirect::to(local_path(&form.next)).into_response())
        }
        Ok(None) => Ok(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The email address or the password is wrong".to_owned(),
        )),
        Err(axum_login::Error::Backend(SignInError::Wait { seconds })) => {
            let text = format!(
                "Too many tries: wait {seconds} seconds. An operator can set a new password with \
                 `ringpost user reset-password`"
            );
            let mut answer = refuse(StatusCode::TOO_MANY_REQUESTS, text);
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(answer)
        }
        Err(error) => Err(session::sign_in_failed(error).into()),
    }
}

async fn sign_out(State(app): State<App>, mut auth: Auth) -> PageResult<Redirect> {
    if let Some(person) = &auth.user {
        people::signed_out(&app, &person.caller()).await;
    }
    auth.logout().await.map_err(session::sign_in_failed)?;
    Ok(Redirect::to("/login?bye=1"))
}

/// Only a path of ours is led to: `//evil.example` and `/\evil.example` are other sites to a browser.
fn local_path(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.starts_with("/\\")
        && !next.contains(char::is_control);
    if is_ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn nobody_is_led_to_another_site() {
        assert_eq!(local_path("/accounts/100/deliveries?q=1"), "/accounts/100/deliveries?q=1");
        for next in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", "evil"] {
            assert_eq!(local_path(next), "/", "{next}");
        }
    }
}
