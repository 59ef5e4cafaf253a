//! Signing in, for axum-login.

use std::net::IpAddr;

use axum_login::{AuthSession, AuthUser, AuthnBackend};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::access::Caller;
use crate::actions::App;
use crate::db::users::UserRecord;

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
        let fingerprint = Sha256::digest(&user.password_hash).to_vec();
        let UserRecord { id, email, name, operator, has_second_factor, .. } = user;
        Self { id, email, name, operator, has_second_factor, to_do, fingerprint }
    }
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
}

/// Why a sign-in was not even judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// Too many wrong tries, for this person or from this address.
    #[error("too many tries: wait {seconds} seconds")]
    Wait {
        /// Seconds until the next try is judged.
        seconds: u64,
    },
    /// The database or the hashing failed.
    #[error("{0}")]
    Broken(String),
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

impl AuthnBackend for People {
    type User = SignedIn;
    type Credentials = Credentials;
    type Error = SignInError;

    /// `None` for a wrong password, an unknown address and a disabled person alike.
    async fn authenticate(&self, credentials: Credentials) -> Result<Option<SignedIn>, SignInError> {
        let Credentials { email, password, address } = credentials;
        let limits = &self.app.limits;
        let email = email.trim().to_lowercase();
        let now = self.app.clock.now_ms();
        let wait = |seconds| SignInError::Wait { seconds };
        limits.sign_ins.check(&address, now).map_err(wait)?;
        limits.softlocks.check(&email, now).map_err(wait)?;
        // A password that was made for somebody ends.
        let is_let_in =
            |user: &UserRecord| !user.disabled && user.password_expires_at.is_none_or(|end| now < end);
        let user = self.app.db.user_by_email(&email).await.map_err(broken)?.filter(is_let_in);
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let right = self.app.passwords.verify(stored, password).await;
        match user.filter(|_| matches!(right, Ok(true))) {
            Some(user) => {
                limits.softlocks.clear(&email);
                Ok(Some(SignedIn::of(user, &self.app)))
            }
            None => {
                right.map_err(|error| SignInError::Broken(format!("{error:?}")))?;
                limits.sign_ins.note(address, now);
                limits.softlocks.note(email, now);
                Ok(None)
            }
        }
    }

    async fn get_user(&self, id: &String) -> Result<Option<SignedIn>, SignInError> {
        let user = self.app.db.user(id).await.map_err(broken)?;
        Ok(user.filter(|user| !user.disabled).map(|user| SignedIn::of(user, &self.app)))
    }
}

fn broken(error: impl std::fmt::Display) -> SignInError {
    SignInError::Broken(error.to_string())
}
