//! Turning a second factor on, and showing its recovery codes once.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use qrcodegen::{QrCode as QrModules, QrCodeEcc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::access::Authenticator;
use crate::actions::{App, people};
use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result, split_fields};
use crate::session;
use crate::web::PageResult;
use crate::web::auth::{self, Arrival, Arriving, Auth, SignedIn, ToDo, WayIn};
use crate::web::icon::Icon;
use crate::web::page::Shell;

/// Where the new secret waits for its first code; sessions are sealed at rest.
const KEY: &str = "new_authenticator";

/// The way from nothing to a second factor.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile/second_factor.html")]
pub struct SecondFactorPage {
    /// Title `Turn on a second factor`; errors of `code` and `current_password`.
    pub shell: Shell,
    /// The secret in base32, in groups of four.
    pub key: String,
    /// The same as a picture.
    pub qr: QrCode,
    /// Whether `--require-2fa` demands it, so that nothing else can be done before.
    pub is_demanded: bool,
}

/// A QR code as one path of an SVG.
#[derive(Clone, Debug)]
pub struct QrCode {
    /// How many modules it is wide and high.
    pub size: i32,
    /// The dark modules.
    pub path: String,
}

impl QrCode {
    /// The code of a text; the error is one that is too long for any.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        use std::fmt::Write as _;
        let modules = QrModules::encode_text(text, QrCodeEcc::Medium).ok()?;
        let (size, mut path) = (modules.size(), String::new());
        for (x, y) in (0..size).flat_map(|y| (0..size).map(move |x| (x, y))) {
            if modules.get_module(x, y) {
                // Writing to a String does not fail.
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        Some(Self { size, path })
    }
}

/// The recovery codes, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile/recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// Title `Recovery codes`.
    pub shell: Shell,
    /// Ten; none on a second visit.
    pub codes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FactorForm {
    pub code: String,
    pub recovery: String,
    pub current_password: SecretString,
}

pub(super) async fn show(
    State(app): State<App>,
    Arriving(person): Arriving,
    auth: Auth,
) -> PageResult<Response> {
    if let Some(elsewhere) = not_now(&person) {
        return Ok(elsewhere);
    }
    Ok(page(&app, &person, &auth, FieldErrors::default()).await?.into_response())
}

pub(super) async fn turn_on(
    State(app): State<App>,
    Arriving(person): Arriving,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<FactorForm>,
) -> PageResult<Response> {
    if let Some(elsewhere) = not_now(&person) {
        return Ok(elsewhere);
    }
    let authenticator = authenticator(&person, &auth).await?;
    // Who has to do it first has just typed the password.
    let current = person.to_do.is_none().then_some(form.current_password);
    let (caller, key) = (person.caller(), authenticator.key());
    let added =
        people::add_second_factor(&app, &caller, &person.id, arrival.address, key, &form.code, current).await;
    match split_fields(added)? {
        Ok((renewed, codes)) => {
            let session = auth.session.clone();
            auth::enter(&app, auth, &SignedIn::of(renewed, &app), &arrival, WayIn::Renewed).await?;
            auth::show_once(&session, "recovery codes", codes.expose_secret()).await?;
            Ok(Redirect::to("/profile/recovery-codes").into_response())
        }
        Err(errors) => {
            let page = page(&app, &person, &auth, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(super) async fn codes(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
) -> PageResult<RecoveryCodesPage> {
    let shown = auth::seen_once(&auth.session).await?.map_or_else(String::new, |(_, codes)| codes);
    let shell = auth::shell_outside_accounts(&app, &person, &auth.session, "Recovery codes").await?;
    Ok(RecoveryCodesPage { shell, codes: shown.split_whitespace().map(ToOwned::to_owned).collect() })
}

/// Where somebody belongs who cannot turn one on now.
fn not_now(person: &SignedIn) -> Option<Response> {
    match person.to_do {
        Some(ToDo::ChoosePassword) => Some(Redirect::to("/profile/new-password").into_response()),
        Some(ToDo::AddSecondFactor) => None,
        None => person.has_second_factor.then(|| Redirect::to("/profile").into_response()),
    }
}

/// The one that this session was shown, so that a page loaded again shows the same.
async fn authenticator(person: &SignedIn, auth: &Auth) -> Result<Authenticator> {
    let kept: Option<String> = auth.session.get(KEY).await.map_err(session::failed)?;
    if let Some(key) = kept {
        return Authenticator::from_key(&key.into(), &person.email);
    }
    let fresh = people::new_authenticator(&person.email)?;
    auth.session.insert(KEY, fresh.key().expose_secret()).await.map_err(session::failed)?;
    Ok(fresh)
}

async fn page(
    app: &App,
    person: &SignedIn,
    auth: &Auth,
    errors: FieldErrors,
) -> PageResult<SecondFactorPage> {
    let authenticator = authenticator(person, auth).await?;
    let url = authenticator.url()?;
    let qr = QrCode::of(url.expose_secret()).ok_or_else(|| Error::internal("no QR code is that large"))?;
    let key: Vec<char> = authenticator.key().expose_secret().chars().collect();
    let groups: Vec<String> = key.chunks(4).map(|group| group.iter().collect()).collect();
    let mut shell =
        auth::shell_outside_accounts(app, person, &auth.session, "Turn on a second factor").await?;
    shell.errors = errors;
    Ok(SecondFactorPage { shell, key: groups.join(" "), qr, is_demanded: person.to_do.is_some() })
}
