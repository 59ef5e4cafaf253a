//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for the day without it.

use rand::TryRng as _;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::error::{Error, Result};

/// What every authenticator app can do, and most can do nothing else.
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
/// A clock may be a step ahead or behind.
const SKEW: u16 = 1;
/// SHA-1's own length, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Stands before a code that was used, so that it can be said so.
const USED: char = '!';

/// What an authenticator app and we share.
pub(crate) struct Authenticator {
    secret: SecretString,
    codes: Totp,
}

impl Authenticator {
    /// A new one for the person with this address.
    pub fn generate(email: &str) -> Result<Self> {
        let mut bytes = [0; SECRET_BYTES];
        SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
        Self::with(Secret::from(bytes.to_vec()), email)
    }

    /// The one whose secret was kept.
    pub fn from_key(key: &SecretString, email: &str) -> Result<Self> {
        let secret = Secret::try_from_base32(key.expose_secret());
        Self::with(secret.map_err(|_| Error::internal("a stored key cannot be read"))?, email)
    }

    fn with(secret: Secret, email: &str) -> Result<Self> {
        let key = secret.to_base32();
        let codes = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(SKEW)
            .with_step_duration(STEP_SECONDS)
            .with_secret(secret)
            // A colon parts the issuer from the name in the link.
            .with_account_name(email.replace(':', ""))
            .with_issuer(Some("Ringpost"))
            .build();
        Ok(Self { secret: key.into(), codes: codes.map_err(|error| Error::internal(error.to_string()))? })
    }

    /// The secret in base32: to be kept, and to be typed into an app.
    #[must_use]
    pub fn key(&self) -> &SecretString {
        &self.secret
    }

    /// The link behind the QR code.
    pub fn url(&self) -> Result<SecretString> {
        self.codes.to_url().map(SecretString::from).map_err(|error| Error::internal(error.to_string()))
    }

    /// The time step whose code this is, now or one step before or after; spaces do not matter.
    #[must_use]
    pub fn step_of(&self, typed: &str, now_ms: i64) -> Option<i64> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now_ms / 1_000).ok()?;
        self.codes.check(&digits, seconds).and_then(|step| i64::try_from(step).ok())
    }
}

/// Ten codes, each of which stands for the app once.
#[derive(Clone)]
pub(crate) struct RecoveryCodes(Vec<String>);

/// What became of a recovery code.
pub(crate) enum Recovery {
    /// It is one, and these are left.
    Good(RecoveryCodes),
    /// It was one.
    Used,
    /// It never was.
    Wrong,
}

impl RecoveryCodes {
    /// Ten new ones of 50 bits; what guards them is that only a few can be tried.
    #[must_use]
    pub fn generate() -> Self {
        const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
        let letter =
            || char::from(LETTERS.get(rand::random_range(0..LETTERS.len())).copied().unwrap_or(b'a'));
        let group = || (0..5).map(|_| letter()).collect::<String>();
        Self((0..RECOVERY_CODES).map(|_| format!("{}-{}", group(), group())).collect())
    }

    /// Those that were kept.
    #[must_use]
    pub fn from_text(text: &SecretString) -> Self {
        Self(text.expose_secret().split_whitespace().map(ToOwned::to_owned).collect())
    }

    /// To be kept, or shown once.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        self.0.join(" ").into()
    }

    /// How many are left.
    #[must_use]
    pub fn unused(&self) -> usize {
        self.0.iter().filter(|code| !code.starts_with(USED)).count()
    }

    /// Uses one up; case, spaces and the dash do not matter.
    #[must_use]
    pub fn redeem(&self, typed: &str) -> Recovery {
        let plain = |text: &str| -> Vec<u8> {
            text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect()
        };
        let typed = plain(typed);
        // Each is looked at, so that the time tells nothing.
        let is_it = |code: &String| bool::from(plain(code).ct_eq(&typed));
        let found = self.0.iter().map(is_it).collect::<Vec<_>>().iter().position(|is_it| *is_it);
        let Some(code) = found.and_then(|place| self.0.get(place)) else { return Recovery::Wrong };
        if code.starts_with(USED) {
            return Recovery::Used;
        }
        let left =
            self.0.iter().map(|kept| if kept == code { format!("{USED}{kept}") } else { kept.clone() });
        Recovery::Good(Self(left.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_in_its_own_half_minute_and_the_ones_beside_it() {
        // RFC 6238, appendix B, for SHA-1: the last six of eight digits.
        let key: SecretString = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into();
        let app = Authenticator::from_key(&key, "dana@acme.example").unwrap();
        assert_eq!(app.step_of("287082", 59_000), Some(1));
        assert_eq!(app.step_of("005 924", 1_234_567_890_000), Some(41_152_263));
        assert_eq!(app.step_of("287082", 89_000), Some(1));
        assert_eq!(app.step_of("287082", 121_000), None);
        assert!(
            ["", "28708", "2870821", "abcdef", "２８７０８２"]
                .iter()
                .all(|code| app.step_of(code, 59_000).is_none())
        );
    }

    #[test]
    fn an_app_reads_the_link_and_the_key_is_the_same() {
        let app = Authenticator::generate("dana@acme.example").unwrap();
        let url = app.url().unwrap();
        assert!(url.expose_secret().starts_with("otpauth://totp/Ringpost:dana%40acme.example?secret="));
        assert!(url.expose_secret().contains(app.key().expose_secret()));
        assert_eq!(app.key().expose_secret().len(), 32);
    }

    #[test]
    fn a_recovery_code_works_once_however_it_is_typed() {
        let codes = RecoveryCodes::generate();
        let text = codes.to_text();
        let first = text.expose_secret().split(' ').next().unwrap();
        let Recovery::Good(left) = codes.redeem(&first.to_uppercase().replace('-', " ")) else { panic!() };
        assert_eq!((codes.unused(), left.unused()), (10, 9));
        let kept = RecoveryCodes::from_text(&left.to_text());
        assert!(matches!(kept.redeem(first), Recovery::Used));
        assert!(matches!(kept.redeem("aaaaa-aaaaa"), Recovery::Wrong));
        assert!(matches!(kept.redeem(""), Recovery::Wrong));
    }
}
