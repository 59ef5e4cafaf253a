//! What the network said, in words of ours that fit inside a sentence.

use std::error::Error;
use std::io;
use std::iter::successors;

use rustls::{AlertDescription, CertificateError};

use crate::domain::delivery::{network, tls};

/// An error and its causes.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

/// What a connection came to grief on, in our words; only where nobody but a library of ours knows does its last
/// word stand.
pub(super) fn of(error: &(dyn Error + 'static)) -> String {
    let ours = chain(error).find_map(of_tls).map(ToOwned::to_owned);
    let ours = ours.or_else(|| chain(error).find_map(|cause| cause.downcast_ref().map(of_io)));
    ours.or_else(|| chain(error).find_map(|cause| cause.downcast_ref().map(of_http)))
        .unwrap_or_else(|| last_word(error))
}

/// The last cause, which for a reply of a mail server is the reply.
pub(super) fn last_word(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

/// What the system says; the text is a library's, unless the kind is [`io::ErrorKind::Other`], which we say.
fn of_io(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::Other => return error.to_string(),
        // Our own limits say how long was waited.
        io::ErrorKind::TimedOut if error.raw_os_error().is_none() => return error.to_string(),
        io::ErrorKind::ConnectionRefused => network::REFUSED,
        io::ErrorKind::UnexpectedEof => network::CLOSED,
        io::ErrorKind::TimedOut => network::TOO_LATE,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => network::NO_WAY,
        io::ErrorKind::PermissionDenied => network::FORBIDDEN,
        // The system may learn to fail in more ways.
        _ => match (error.raw_os_error(), error.to_string()) {
            (Some(ENFILE | EMFILE), _) => network::NONE_LEFT,
            (None, text) if text.starts_with(LOOKUP) => of_lookup(&text),
            (Some(_) | None, _) => network::BROKEN_OFF,
        },
    };
    words.to_owned()
}

/// How the standard library begins what the system's resolver says.
const LOOKUP: &str = "failed to lookup address information";
/// The numbers of "too many open files", of the system and of the program.
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;

/// The C libraries have two texts for a name service that is not there, and many for a name that is not.
fn of_lookup(text: &str) -> &'static str {
    if text.contains("Temporary failure") || text.contains("Try again") {
        network::NO_NAME_SERVICE
    } else {
        network::NO_SUCH_NAME
    }
}

fn of_http(error: &hyper::Error) -> String {
    let words = if error.is_parse_too_large() {
        network::ENDLESS_HEAD
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        network::CLOSED
    } else {
        network::BROKEN_OFF
    };
    words.to_owned()
}

/// What a handshake came to grief on, in our words: the library's name its own types.
fn of_tls(error: &(dyn Error + 'static)) -> Option<&'static str> {
    // The error inside one of input and output is not among its causes.
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let error = inside.and_then(|error| error.downcast_ref()).or_else(|| error.downcast_ref())?;
    Some(match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => tls::NOT_TLS,
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => tls::WANTS_CERTIFICATE,
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => tls::NO_VERSION,
        rustls::Error::AlertReceived(_) => tls::REFUSED,
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
        // It has no type of its own there.
        CertificateError::Other(why) if why.to_string().contains("CaUsedAsEndEntity") => tls::OF_AUTHORITY,
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
        assert_eq!(
            of(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)),
            "the other side wants a certificate of the client"
        );
        assert_eq!(
            of(rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)),
            "both sides have no version of TLS in common"
        );
        assert_eq!(of(rustls::Error::HandshakeNotComplete), "the handshake failed");
    }

    #[test]
    fn no_word_of_the_system_is_told() {
        for (number, words) in [
            (111, "connection refused"),
            (104, "the connection was broken off"),
            (32, "the connection was broken off"),
            (110, "nobody answered in time"),
            (113, "no way leads there from this server"),
            (101, "no way leads there from this server"),
            (13, "this server may not connect there"),
            (24, "this server has no connection left to give"),
        ] {
            assert_eq!(of(&io::Error::from_raw_os_error(number)), words, "{number}");
        }
        let lookup =
            |text: &str| of(&io::Error::new(io::ErrorKind::InvalidData, format!("{LOOKUP}: {text}")));
        assert_eq!(lookup("Name or service not known"), "no such name");
        assert_eq!(lookup("No address associated with hostname"), "no such name");
        assert_eq!(lookup("Temporary failure in name resolution"), "the name service does not answer");
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        assert_eq!(of(&eof), "the connection was closed");
        assert_eq!(of(&io::Error::other("the name has no address")), "the name has no address");
    }
}
