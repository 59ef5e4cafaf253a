//! Signing in: with a password, with a code beside it, or with a link for who has forgotten it.

mod code;
mod link;

pub use code::LoginCodePage;
pub use link::{ForgottenPage, LoginLinkPage};

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::{Form, Query};
use http::StatusCode;
use http::header::RETRY_AFTER;
use secrecy::SecretString;
use serde::Deserialize;

use super::PageResult;
use super::auth::{self, Arrival, Auth, Credentials, SignInError, SignedIn, WayIn};
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
        .route("/login/code", get(code::show).post(code::check))
        .route("/login/forgotten", get(link::forgotten).post(link::ask))
        .route("/login/link/{link}", get(link::show).post(link::follow))
        .route("/logout", post(sign_out))
}

#[derive(Deserialize)]
struct LoginQuery {
    #[serde(default)]
    next: String,
    /// Present when somebody was sent here because a session had ended.
    ended: Option<String>,
    /// Present when the form that they had sent is kept for them.
    kept: Option<String>,
    /// Present after signing out.
    bye: Option<String>,
    /// The link of an invitation on whose page somebody has just chosen a password.
    invited: Option<String>,
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

async fn show(State(app): State<App>, Query(query): Query<LoginQuery>) -> PageResult<Response> {
    if people::is_first_run(&app).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let mut plain = Plain::titled("Sign in");
    if let Some(link) = query.invited {
        let invitation = people::invitation(&app, &link).await?;
        plain.notices.push(Notice {
            text:
                "Use the password that you have just chosen. If it is refused, you have had another one here \
                   before: use that."
                    .to_owned(),
            ..Notice::done("Now sign in, then accept.")
        });
        let next = format!("/invitations/{link}");
        return Ok(LoginPage { plain, email: invitation.email, next }.into_response());
    }
    if query.kept.is_some() {
        plain.notices.push(Notice::warn(
            "You were signed out.",
            "The session had ended, so nothing is saved yet. Sign in: your form comes back as you left it.",
        ));
    } else if query.ended.is_some() {
        plain.notices.push(Notice::warn(
            "You were signed out.",
            "The session had ended, so nothing was saved. Sign in, then go back to your form and send it again.",
        ));
    } else if query.bye.is_some() {
        plain.notices.push(Notice::done("You are signed out."));
    }
    Ok(LoginPage { plain, email: String::new(), next: query.next }.into_response())
}

async fn sign_in(
    State(app): State<App>,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<LoginForm>,
) -> PageResult<Response> {
    let credentials = Credentials {
        email: form.email.clone(),
        password: form.password,
        address: arrival.address,
        headers: arrival.headers.clone(),
    };
    let refuse = |status: StatusCode, text: String| {
        let mut plain = Plain::titled("Sign in");
        plain.errors.push_sentence("email", text);
        (status, LoginPage { plain, email: form.email.clone(), next: form.next.clone() }).into_response()
    };
    match auth::judge(&auth, credentials).await {
        Ok(Some(person)) => come_in(&app, auth, &person, &arrival, WayIn::Password, &form.next).await,
        Ok(None) => Ok(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The email address or the password is wrong".to_owned(),
        )),
        Err(SignInError::Wait { message, seconds }) => {
            let mut answer = refuse(StatusCode::TOO_MANY_REQUESTS, message);
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(answer)
        }
        Err(SignInError::Broken(error)) => Err(error.into()),
    }
}

/// Lets somebody in who has shown the first factor, or asks for the second.
async fn come_in(
    app: &App,
    auth: Auth,
    person: &SignedIn,
    arrival: &Arrival,
    way: WayIn,
    next: &str,
) -> PageResult<Response> {
    if person.has_second_factor {
        auth::wait_for_code(app, auth, person, way, next).await?;
        return Ok(Redirect::to("/login/code").into_response());
    }
    auth::enter(app, auth, person, arrival, way).await?;
    Ok(Redirect::to(local_path(next)).into_response())
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
