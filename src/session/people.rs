//! Signing in, for axum-login.

use std::net::IpAddr;

use axum_login::{AuthSession, AuthUser, AuthnBackend};
use http::HeaderMap;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::access::{Caller, Guessed, Lockout};
use crate::actions::App;
use crate::db::DbError;
use crate::db::users::UserRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::text;
use crate::domain::values::EmailAddress;
use crate::error::Error;

use super::device;

/// The session of whoever asks.
pub(crate) type Auth = AuthSession<People>;

/// A signed-in person. What it is made of never holds the password hash itself, so that nothing can log it.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// The user's id.
    pub id: String,
    /// What they sign in with.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// An admin of every account.
    pub operator: bool,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
    /// What has to be done before anything else.
    pub to_do: Option<ToDo>,
    /// A page asks by itself how it stands, and nobody has done anything.
    pub is_watching: bool,
    /// Changes with the password, which ends every older session.
    fingerprint: Vec<u8>,
}

impl SignedIn {
    /// Changes with the password.
    #[must_use]
    pub(super) fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// The person as the one gate knows them.
    #[must_use]
    pub(crate) fn caller(&self) -> Caller {
        Caller::Person { user_id: self.id.clone(), email: self.email.clone(), operator: self.operator }
    }
}

/// What somebody has to do who has signed in, before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDo {
    /// Replace a password that was made for them, or that they have forgotten.
    ChoosePassword,
    /// Turn on the second factor that `--require-2fa` demands.
    AddSecondFactor,
}

impl SignedIn {
    /// The person, and what is demanded of them.
    #[must_use]
    pub(crate) fn of(user: UserRecord, app: &App) -> Self {
        let is_demanded = app.config.require_2fa.is_for(user.operator, user.is_admin);
        let to_do = match user.password_expires_at {
            Some(_) => Some(ToDo::ChoosePassword),
            None => (is_demanded && !user.has_second_factor).then_some(ToDo::AddSecondFactor),
        };
        let fingerprint = fingerprint(&user);
        let UserRecord { id, email, name, operator, has_second_factor, .. } = user;
        Self { id, email, name, operator, has_second_factor, to_do, is_watching: false, fingerprint }
    }
}

fn fingerprint(user: &UserRecord) -> Vec<u8> {
    Sha256::digest(&user.password_hash).to_vec()
}

impl AuthUser for SignedIn {
    type Id = String;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.fingerprint
    }
}

/// What somebody typed to sign in, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// As typed.
    pub email: String,
    /// As typed.
    pub password: SecretString,
    /// The network address, for the limit on failures.
    pub address: IpAddr,
    /// Of the request: a browser that has signed in before says so.
    pub headers: HeaderMap,
}

/// Why a sign-in was not even judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// Too many wrong tries, for this person or from this address.
    #[error("{message}")]
    Wait {
        /// For people.
        message: String,
        /// Seconds until the next try is judged.
        seconds: u64,
    },
    /// The database or the hashing failed.
    #[error(transparent)]
    Broken(Error),
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        match error {
            Error::TooMany { message, retry_after: seconds } => Self::Wait { message, seconds },
            other => Self::Broken(other),
        }
    }
}

/// Judges a sign-in; `None` for a wrong one. axum-login's own way there tells its log that each refusal is an ERROR.
pub(crate) async fn judge(auth: &Auth, credentials: Credentials) -> Result<Option<SignedIn>, SignInError> {
    let judged = auth.backend.authenticate(credentials).await;
    if let Err(SignInError::Wait { seconds, .. }) = &judged {
        tracing::info!(seconds, "a sign-in was not judged: too many wrong ones came before it");
    }
    judged
}

/// The people who may sign in.
#[derive(Clone)]
pub(crate) struct People {
    app: App,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("People")
    }
}

impl People {
    pub(super) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

impl People {
    /// Nobody who guesses is told twice; whoever reads the security log is, once.
    async fn tell(&self, lockout: Option<Lockout>, address: IpAddr, object: &str) {
        let entry = match lockout {
            Some(Lockout::Address) => {
                AuditEntry::new(AuditAction::Lockout, address.to_string()).detail("30 failures in 5 minutes")
            }
            Some(Lockout::Person) => AuditEntry::new(AuditAction::Lockout, object)
                .detail("3 failures in a row, 1 s doubling to 60 s"),
            None => return,
        };
        self.app.audit_nobody(entry).await;
    }
}

impl AuthnBackend for People {
    type User = SignedIn;
    type Credentials = Credentials;
    type Error = SignInError;

    /// `None` for a wrong password, an unknown address and a disabled person alike.
    async fn authenticate(&self, credentials: Credentials) -> Result<Option<SignedIn>, SignInError> {
        let Credentials { email, password, address, headers } = credentials;
        let app = &self.app;
        let email = EmailAddress::fold(&email);
        // A password that was made for somebody ends.
        let now = app.clock.now_ms();
        let is_let_in =
            |user: &UserRecord| !user.disabled && user.password_expires_at.is_none_or(|end| now < end);
        let user = app.db.user_by_email(&email).await.map_err(broken)?.filter(is_let_in);
        let device = user.as_ref().and_then(|user| {
            let cookie = device::known(app, &headers, &user.id)?;
            Some(format!("{cookie} {}", text::hex(&fingerprint(user))))
        });
        let guessed = device.as_deref().map_or(Guessed::Person(&email), Guessed::Device);
        let attempt = app.limits.attempts.begin(guessed, address, now).await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let is_right = app.passwords.verify(stored, password).await?;
        let now = app.clock.now_ms();
        match user {
            Some(user) if is_right => {
                attempt.succeeded().await?;
                let person = SignedIn::of(user, app);
                let entry = AuditEntry::new(AuditAction::SignIn, &person.email);
                app.audit(&person.caller(), entry).await;
                Ok(Some(person))
            }
            other => {
                let lockout = attempt.failed(now).await?;
                // What was typed is kept nowhere: people type a password into the wrong field.
                let object = other.map_or_else(|| "an unknown address".to_owned(), |user| user.email);
                let entry = AuditEntry::new(AuditAction::SignIn, &object);
                app.audit_nobody(entry.refused("wrong address or password")).await;
                self.tell(lockout, address, &object).await;
                Ok(None)
            }
        }
    }

    async fn get_user(&self, id: &String) -> Result<Option<SignedIn>, SignInError> {
        let user = self.app.db.user(id).await.map_err(broken)?;
        Ok(user.filter(|user| !user.disabled).map(|user| SignedIn::of(user, &self.app)))
    }
}

fn broken(error: DbError) -> SignInError {
    SignInError::Broken(error.into())
}
