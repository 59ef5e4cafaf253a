//! Secrets at rest: what the database keeps of a webhook URL, a header or a signing secret.
//!
//! Every ciphertext is bound to the cell it was made for, so that a row copied by hand into another account
//! does not open there.

pub(crate) mod atomic_file;
mod cell;
mod envelope;
mod keys;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::TryRng as _;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroize as _;

pub use cell::Cell;
use envelope::SealedEnvelope;
pub use keys::{Key, KeyError, KeySyntaxError, Keys};

/// Why a stored secret cannot be had. None of these texts holds any part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The text is not one of our envelopes.
    #[error("the stored value is not an encrypted value of a known version")]
    Malformed,
    /// It was made with a key that the key file does not hold.
    #[error("it was encrypted with key “{wanted}”, which is not in the key file (it holds {held})")]
    UnknownKey {
        /// The id of the key it needs.
        wanted: String,
        /// The ids in the key file, comma-separated.
        held: String,
    },
    /// The key of that id does not open it here: another key, a changed text, or a text from another row.
    #[error("key “{key}” does not open it: it was changed or moved, or the key file holds another “{key}”")]
    Refused {
        /// The id that the value names.
        key: String,
    },
    /// Nothing was encrypted: the machine gave no random numbers, or the text is gigabytes long.
    #[error("the value cannot be encrypted: {0}")]
    NotSealed(&'static str),
}

/// Seals and opens secrets.
pub struct Vault {
    keys: Keys,
}

/// What [`Vault::check_value`] seals: a known text.
const CHECK_TEXT: &str = "ringpost";

impl Vault {
    /// A vault over the keys of the key file.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self { keys }
    }

    /// Encrypts with the first key. The result is base64 text for the database.
    pub fn seal(&self, cell: Cell<'_>, secret: &SecretString) -> Result<String, VaultError> {
        let key = self.keys.first();
        let mut nonce = [0; envelope::NONCE_LEN];
        SysRng
            .try_fill_bytes(&mut nonce)
            .map_err(|_| VaultError::NotSealed("the machine gives no random numbers"))?;
        let aad = cell.associated_data(key.id());
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &aad };
        let ciphertext = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::NotSealed("it is too long"))?;
        Ok(SealedEnvelope { key_id: key.id().to_owned(), nonce, ciphertext }.to_text())
    }

    /// Decrypts what [`Vault::seal`] made for this very cell, with whichever key it names.
    pub fn open(&self, cell: Cell<'_>, sealed: &str) -> Result<SecretString, VaultError> {
        let SealedEnvelope { key_id, nonce, ciphertext } =
            SealedEnvelope::parse(sealed).ok_or(VaultError::Malformed)?;
        let key = self
            .keys
            .get(&key_id)
            .ok_or_else(|| VaultError::UnknownKey { wanted: key_id.clone(), held: self.keys.ids() })?;
        let aad = cell.associated_data(&key_id);
        let refused = || VaultError::Refused { key: key_id.clone() };
        let plaintext = cipher(key)
            .decrypt(&XNonce::from(nonce), Payload { msg: &ciphertext, aad: &aad })
            .map_err(|_| refused())?;
        String::from_utf8(plaintext).map(SecretString::from).map_err(|error| {
            error.into_bytes().zeroize();
            refused()
        })
    }

    /// A value to store beside the first ciphertext, for [`Vault::verify_check`] at every later start.
    pub(crate) fn check_value(&self) -> Result<String, VaultError> {
        self.seal(Cell::Check, &SecretString::from(CHECK_TEXT))
    }

    /// Refuses a key file that does not belong to this database; the error names the key that it needs.
    pub(crate) fn verify_check(&self, stored: &str) -> Result<(), VaultError> {
        self.open(Cell::Check, stored).map(drop)
    }

    /// Whether a sealed value names the key that encrypts from now on.
    #[must_use]
    pub(crate) fn is_current(&self, sealed: &str) -> bool {
        SealedEnvelope::parse(sealed).is_some_and(|envelope| envelope.key_id == self.first_key())
    }

    /// The id of the key that encrypts.
    #[must_use]
    pub(crate) fn first_key(&self) -> &str {
        self.keys.first().id()
    }

    /// The ids of all keys, for messages.
    #[must_use]
    pub(crate) fn key_ids(&self) -> String {
        self.keys.ids()
    }

    /// A key for one purpose, such as signing unsubscribe links, made from the first key with
    /// HKDF-SHA-256 (RFC 5869). Different purposes never share a key, and none leads back to the first.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        derived(self.keys.first(), purpose)
    }

    /// The same from every key, the first one first: links in old mails outlive a rotation.
    #[must_use]
    pub(crate) fn derive_all(&self, purpose: &str) -> Vec<[u8; 32]> {
        self.keys.iter().map(|key| derived(key, purpose)).collect()
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

fn derived(key: &Key, purpose: &str) -> [u8; 32] {
    let mut output = [0; 32];
    // 32 bytes are far below HKDF's limit of 255 hashes: the result carries no case that happens.
    let expanded = Hkdf::<Sha256>::new(None, key.expose()).expand(purpose.as_bytes(), &mut output);
    debug_assert!(expanded.is_ok());
    output
}

#[cfg(test)]
mod tests;
