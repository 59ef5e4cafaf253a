//! Signatures of webhook destinations: the documented hex header, and Standard Webhooks beside it.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::domain::text;

/// How a secret looks that holds base64-encoded bytes;
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
const ENCODED: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `webhook-id`: the same on a resend, so that receivers can tell a repeat.
    pub id: &'a str,
    /// `webhook-timestamp`: Unix seconds.
    pub timestamp: i64,
    /// The body as it is sent.
    pub body: &'a [u8],
}

/// A new secret of 32 random bytes.
#[must_use]
pub fn generate_secret() -> SecretString {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    format!("{ENCODED}{}", STANDARD.encode(bytes)).into()
}

/// The signature headers. The hex header (providers-api.txt) uses the first secret's text as it is;
/// `webhook-signature` holds one signature for each secret, over `id.timestamp.body`.
#[must_use]
pub fn headers(secrets: &[SecretString], hex_header: &HeaderName, signed: &Signed<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(current) = secrets.first() else { return headers };
    let hex = text::hex(&hmac(current.expose_secret().as_bytes(), &[signed.body]));
    let timestamp = signed.timestamp.to_string();
    let standard: Vec<String> = secrets.iter().map(|secret| standard(secret, signed, &timestamp)).collect();
    let values = [
        (hex_header.clone(), format!("sha256={hex}")),
        (HeaderName::from_static("webhook-id"), signed.id.to_owned()),
        (HeaderName::from_static("webhook-timestamp"), timestamp),
        (HeaderName::from_static("webhook-signature"), standard.join(" ")),
    ];
    for (name, value) in values {
        // Hex, base64, digits and a UUID: all of it fits into a header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

fn standard(secret: &SecretString, signed: &Signed<'_>, timestamp: &str) -> String {
    let plain = secret.expose_secret();
    let decoded = plain.strip_prefix(ENCODED).and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = decoded.as_deref().unwrap_or(plain.as_bytes());
    let parts = [signed.id.as_bytes(), b".", timestamp.as_bytes(), b".", signed.body];
    format!("v1,{}", STANDARD.encode(hmac(key, &parts)))
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length, so there is always a signature.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
