//! The signed links in mails that end a subscription without signing in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::values::EmailAddress;

/// 128 bits: enough that nobody guesses one, short enough for a mail.
const SIGNATURE: usize = 16;

/// Makes and reads the signed part of `/u/{signed}`: account, address, and their HMAC.
pub struct UnsubscribeLinks {
    /// The first signs, all verify: a link outlives the key that it was made with.
    keys: Vec<[u8; 32]>,
}

impl UnsubscribeLinks {
    pub(super) fn new(keys: Vec<[u8; 32]>) -> Self {
        Self { keys }
    }

    /// The signed part for an address on an account's lists.
    #[must_use]
    pub fn sign(&self, account_id: i64, address: &EmailAddress) -> String {
        let text = format!("{account_id}:{}", address.folded());
        let mut bytes = self.keys.first().map_or_else(Vec::new, |key| signature(key, &text));
        bytes.extend_from_slice(text.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The account and address of a link that we made; `None` for any other.
    #[must_use]
    pub fn read(&self, signed: &str) -> Option<(i64, EmailAddress)> {
        use subtle::ConstantTimeEq as _;
        let bytes = URL_SAFE_NO_PAD.decode(signed).ok()?;
        let (sent, text) = bytes.split_at_checked(SIGNATURE)?;
        let text = std::str::from_utf8(text).ok()?;
        let is_ours = self.keys.iter().any(|key| signature(key, text).ct_eq(sent).into());
        let (account_id, address) = text.split_once(':').filter(|_| is_ours)?;
        Some((account_id.parse().ok()?, address.parse().ok()?))
    }
}

fn signature(key: &[u8; 32], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so this does not happen; an empty signature would verify nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().take(SIGNATURE).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_back_and_a_changed_one_is_not() {
        let links = UnsubscribeLinks::new(vec![[7; 32]]);
        let address: EmailAddress = "Ops@acme.example".parse().unwrap();
        let signed = links.sign(100, &address);
        assert_eq!(links.read(&signed), Some((100, address)));
        let mut forged = URL_SAFE_NO_PAD.decode(&signed).unwrap();
        *forged.last_mut().unwrap() ^= 1;
        for other in [URL_SAFE_NO_PAD.encode(forged), String::new(), "x".repeat(60)] {
            assert_eq!(links.read(&other), None);
        }
        assert_eq!(UnsubscribeLinks::new(vec![[8; 32]]).read(&signed), None);
        assert!(UnsubscribeLinks::new(vec![[8; 32], [7; 32]]).read(&signed).is_some());
    }
}
