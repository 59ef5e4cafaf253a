//! Passwords: argon2id, a length, a blocklist, and no other rules (ASVS 5.0, V6.2).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::domain::field_errors::InvalidValue;
use crate::error::{Error, Result};

/// The shortest password, in characters.
const MIN_PASSWORD: usize = 15;
/// The longest password, in characters.
const MAX_PASSWORD: usize = 256;

/// Long enough for the rule and guessed first all the same: what people really chose (`make-blocklist` says where
/// it is from), and what somebody would choose who has to have 15 characters here.
const BLOCKLISTS: [&str; 2] = [include_str!("blocklist.txt"), include_str!("blocklist_own.txt")];
/// 19 MiB, two passes, one lane: OWASP's parameters for argon2id.
const MEMORY_KIB: u32 = 19 * 1_024;
/// Hashing is made to be expensive: more at once would starve everything else.
const AT_ONCE: usize = 2;
/// At 20 to 50 ms each, the last of them waits for one or two seconds.
const MOST_WAITING: usize = 64;

/// What the password of an unknown user is checked against, so that the answer costs the same. It is of no
/// password, and making one of its own would cost each start 19 MiB and its time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(MOST_WAITING)) }
    }
}

impl Passwords {
    /// The PHC string to store.
    pub async fn hash(&self, password: NewPassword) -> Result<String> {
        self.run(move || {
            let hash = argon2()?.hash_password(password.0.expose_secret().as_bytes()).map_err(hashing)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the stored one. `None` (nobody has this address) takes as long and is never so.
    pub(crate) async fn verify(&self, stored: Option<String>, password: SecretString) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        // Longer ones are never set: hashing them would only be work for an attacker to give us.
        if password.expose_secret().chars().count() > MAX_PASSWORD {
            return Ok(false);
        }
        self.run(move || {
            let hash = PasswordHash::new(&stored).map_err(hashing)?;
            Ok(argon2()?.verify_password(password.expose_secret().as_bytes(), &hash).is_ok() && known)
        })
        .await
    }

    /// Whoever comes when too many wait already is told to come back: what waits holds memory.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _waits = self.waiting.try_acquire().map_err(|_| Error::Unavailable {
            code: "BUSY",
            message: "Too many people are signing in at once. Try again in a few seconds.".to_owned(),
            retry_after: 2,
        })?;
        let _place = self.places.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

/// A password that may be set.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// What somebody has typed for themselves, whose address this is. The error is a sentence of its own.
    pub fn parse(typed: SecretString, email: &str) -> Result<Self, InvalidValue> {
        let text = typed.expose_secret();
        let folded = text.to_lowercase();
        let problem = match text.chars().count() {
            0 => "Enter a password",
            length if length < MIN_PASSWORD => "The password must have at least 15 characters",
            length if length > MAX_PASSWORD => "The password must have at most 256 characters",
            _ if folded == email.trim().to_lowercase() => "The password must not be the email address",
            _ if is_common(&folded) || is_monotonous(&folded) => {
                "This password is among the first that are guessed: choose another"
            }
            _ => return Ok(Self(typed)),
        };
        Err(InvalidValue::new(problem))
    }

    /// One to be handed over: 98 random bits that can be read out over the phone.
    #[must_use]
    pub(crate) fn one_time() -> Self {
        const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
        let letter =
            || char::from(LETTERS.get(rand::random_range(0..LETTERS.len())).copied().unwrap_or(b'a'));
        let group = || (0..5).map(|_| letter()).collect::<String>();
        Self([group(), group(), group(), group()].join("-").into())
    }

    /// The text, to be shown once to whoever hands it over.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).map_err(hashing)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hashing(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("password hashing: {error}"))
}

fn is_common(folded: &str) -> bool {
    blocked().any(|line| line == folded)
}

fn blocked() -> impl Iterator<Item = &'static str> {
    BLOCKLISTS.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'))
}

/// `aaaaaaaaaaaaaaa`, or a few characters over and over.
fn is_monotonous(text: &str) -> bool {
    let mut seen: Vec<char> = text.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<String> {
        let parsed = NewPassword::parse(SecretString::from(text), "dana@acme.example");
        parsed.err().map(|why| why.to_string())
    }

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text.into(), "dana@acme.example").unwrap()
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        assert_eq!(fault("correct horse battery"), None);
        assert_eq!(fault("пароль из пяти слов"), None);
        assert!(fault("Short1!").is_some_and(|why| why.contains("at least 15")));
        assert!(fault(&"long and dull ".repeat(30)).is_some_and(|why| why.contains("at most 256")));
        assert!(fault("aaaaaaaaaaaaaaaa").is_some_and(|why| why.contains("guessed")));
        assert!(fault("Passwordpassword").is_some_and(|why| why.contains("guessed")));
        assert!(fault("dana@acme.example").is_some_and(|why| why.contains("email")));
    }

    #[test]
    fn each_of_the_three_thousand_is_refused_and_each_is_long_enough_to_be_meant() {
        let all: Vec<&str> = blocked().collect();
        let common = BLOCKLISTS[0].lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(common, 3_000);
        for line in all {
            assert!(line.chars().count() >= MIN_PASSWORD && line.to_lowercase() == line, "{line}");
            assert!(fault(&line.to_uppercase()).is_some_and(|why| why.contains("guessed")), "{line}");
        }
    }

    #[test]
    fn a_one_time_password_is_one_that_could_be_typed() {
        assert_eq!(fault(NewPassword::one_time().expose()), None);
    }

    #[tokio::test]
    async fn only_the_right_password_of_somebody_known_is_right() {
        let passwords = Passwords::default();
        let hash = passwords.hash(password("correct horse battery")).await.unwrap();
        let parameters = "$argon2id$v=19$m=19456,t=2,p=1$";
        assert!(hash.starts_with(parameters) && NOBODY.starts_with(parameters), "{hash}");
        assert_eq!(hash.len(), NOBODY.len());
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(passwords.verify(Some(hash.clone()), "correct horse battery".into()).await.unwrap());
        assert!(!passwords.verify(Some(hash), "correct horse batterx".into()).await.unwrap());
        assert!(!passwords.verify(None, "nobody has this password".into()).await.unwrap());
    }
}
