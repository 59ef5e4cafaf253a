//! The stored form of a ciphertext.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The layout below.
pub(super) const VERSION: u8 = 1;
/// The only algorithm so far. A new one gets a new number, and old rows stay readable.
pub(super) const XCHACHA20_POLY1305: u8 = 1;
/// 192 bits: random nonces never meet.
pub(super) const NONCE_LEN: usize = 24;

/// `version, algorithm, length of the key id, key id, nonce, ciphertext with its tag`, as base64 without padding.
pub(super) struct SealedEnvelope {
    pub(super) key_id: String,
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) ciphertext: Vec<u8>,
}

impl SealedEnvelope {
    pub(super) fn to_text(&self) -> String {
        // Key ids are at most `keys::MAX_ID` bytes long.
        let id_len = u8::try_from(self.key_id.len()).unwrap_or(u8::MAX);
        let mut bytes = vec![VERSION, XCHACHA20_POLY1305, id_len];
        bytes.extend_from_slice(self.key_id.as_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.ciphertext);
        STANDARD_NO_PAD.encode(bytes)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD_NO_PAD.decode(text).ok()?;
        let [VERSION, XCHACHA20_POLY1305, id_len, rest @ ..] = bytes.as_slice() else {
            return None;
        };
        let (key_id, rest) = rest.split_at_checked(usize::from(*id_len))?;
        let (nonce, ciphertext) = rest.split_first_chunk()?;
        Some(Self {
            key_id: String::from_utf8(key_id.to_vec()).ok()?,
            nonce: *nonce,
            ciphertext: ciphertext.to_vec(),
        })
    }
}
