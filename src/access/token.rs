//! API tokens: `rp_`, 30 random base62 characters, 6 of a checksum that lets a typing error be seen
//! without asking the database.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::domain::text;

const PREFIX: &str = "rp_";
const RANDOM: usize = 30;
const CHECK: usize = 6;
const LINK: usize = 32;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token that was just made: the only time that its text exists on our side.
pub(crate) struct NewToken {
    /// The text, to be shown once.
    pub text: SecretString,
    /// What is stored.
    pub hash: String,
    /// Its first characters, `rp_4f9Q`.
    pub prefix: String,
    /// Its last four characters.
    pub last4: String,
}

impl NewToken {
    /// A token of 178 random bits.
    #[must_use]
    pub fn generate() -> Self {
        let random: String = (0..RANDOM).map(|_| digit(rand::random_range(0..BASE62.len()))).collect();
        let text = format!("{PREFIX}{random}{}", checksum(&random));
        Self {
            hash: sha256(&text),
            prefix: text.chars().take(PREFIX.len() + 4).collect(),
            last4: text.chars().skip(PREFIX.len() + RANDOM + CHECK - 4).collect(),
            text: text.into(),
        }
    }
}

/// The secret at the end of a link that was just made.
pub(crate) struct NewLink {
    /// What the path ends in.
    pub text: SecretString,
    /// What is stored.
    pub hash: String,
}

impl NewLink {
    /// A link of 190 random bits.
    #[must_use]
    pub fn generate() -> Self {
        let text: String = (0..LINK).map(|_| digit(rand::random_range(0..BASE62.len()))).collect();
        Self { hash: link_hash(&text), text: text.into() }
    }
}

/// The stored form of a link's secret.
#[must_use]
pub(crate) fn link_hash(sent: &str) -> String {
    sha256(sent)
}

/// The stored form of a token that somebody sent; `None` if it cannot be one.
#[must_use]
pub(crate) fn hash_of(sent: &SecretString) -> Option<String> {
    let sent = sent.expose_secret();
    let (random, check) = sent.strip_prefix(PREFIX)?.split_at_checked(RANDOM)?;
    (check == checksum(random)).then(|| sha256(sent))
}

fn checksum(random: &str) -> String {
    let mut rest = usize::try_from(crc32fast::hash(random.as_bytes())).unwrap_or_default();
    let mut digits = [0; CHECK];
    for place in digits.iter_mut().rev() {
        *place = rest % BASE62.len();
        rest /= BASE62.len();
    }
    digits.into_iter().map(digit).collect()
}

fn digit(value: usize) -> char {
    BASE62.get(value).copied().map_or('0', char::from)
}

fn sha256(token: &str) -> String {
    text::hex(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_and_a_typing_error_is_seen() {
        let token = NewToken::generate();
        let text = token.text.expose_secret().to_owned();
        assert_eq!(text.len(), 39);
        assert_eq!(hash_of(&token.text), Some(token.hash));
        assert!(text.starts_with(&token.prefix) && text.ends_with(&token.last4));
        let wrong = if text.ends_with('a') { 'b' } else { 'a' };
        for sent in
            [format!("{}{wrong}", &text[..38]), text[1..].to_owned(), String::new(), "rp_ü".to_owned()]
        {
            assert_eq!(hash_of(&sent.into()), None);
        }
    }
}
