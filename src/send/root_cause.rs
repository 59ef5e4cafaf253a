//! The network's own words, fit to stand inside a sentence.

use std::error::Error;
use std::io;
use std::iter::successors;

use rustls::CertificateError;

use crate::domain::delivery::tls;

/// An error and its causes.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

/// The last cause: `connection refused`. Libraries wrap it in texts about themselves.
pub(super) fn of(error: &(dyn Error + 'static)) -> String {
    if let Some(words) = chain(error).find_map(of_tls) {
        return words.to_owned();
    }
    let text = chain(error).last().map_or_else(String::new, ToString::to_string);
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        // "Connection refused" begins small inside a sentence; an abbreviation stays as it is.
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// What a handshake came to grief on, in our words: the library's name its own types.
fn of_tls(error: &(dyn Error + 'static)) -> Option<&'static str> {
    // The error inside one of input and output is not among its causes.
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let error = inside.and_then(|error| error.downcast_ref()).or_else(|| error.downcast_ref())?;
    Some(match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => tls::NOT_TLS,
        rustls::Error::AlertReceived(_) => tls::REFUSED,
        rustls::Error::PeerIncompatible(_) => tls::NO_VERSION,
        // The library may learn to fail in more ways.
        _ => tls::FAILED,
    })
}

fn of_certificate(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => tls::EXPIRED,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => tls::NOT_YET,
        CertificateError::UnknownIssuer => tls::UNKNOWN_ISSUER,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            tls::OTHER_NAME
        }
        CertificateError::Revoked => tls::REVOKED,
        // The library may learn to refuse more.
        _ => tls::NOT_TRUSTED,
    }
}

#[cfg(test)]
mod tests {
    use rustls::InvalidMessage;

    use super::*;

    #[test]
    fn no_word_of_the_tls_library_is_told() {
        let of = |error: rustls::Error| of(&io::Error::new(io::ErrorKind::InvalidData, error));
        assert_eq!(
            of(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)),
            "what answered there does not speak TLS"
        );
        assert_eq!(
            of(rustls::Error::InvalidCertificate(CertificateError::Expired)),
            "the certificate has expired"
        );
        assert_eq!(of(rustls::Error::HandshakeNotComplete), "the handshake failed");
    }

    #[test]
    fn the_last_cause_is_told_without_the_systems_number() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(of(&refused), "connection refused");
        assert_eq!(of(&io::Error::other("TLS is missing")), "TLS is missing");
    }
}
