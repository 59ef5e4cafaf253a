//! What can be done about a webhook that did not arrive: one sentence for each way.

/// What a TLS handshake came to grief on, as [`super::DeliveryReport::detail`] holds it.
pub(crate) mod tls {
    /// Past its end.
    pub(crate) const EXPIRED: &str = "the certificate has expired";
    /// Before its begin.
    pub(crate) const NOT_YET: &str = "the certificate is not valid yet";
    /// Signed by nobody whom this server knows.
    pub(crate) const UNKNOWN_ISSUER: &str =
        "the certificate comes from an issuer that this server does not trust";
    /// Of somebody else.
    pub(crate) const OTHER_NAME: &str = "the certificate is for another host name";
    /// Taken back.
    pub(crate) const REVOKED: &str = "the certificate was revoked";
    /// Of an authority, as `openssl req -x509` makes them by itself.
    pub(crate) const OF_AUTHORITY: &str = "the certificate is an authority’s, not a server’s";
    /// Anything else about it.
    pub(crate) const NOT_TRUSTED: &str = "the certificate cannot be trusted";
    /// Plain HTTP, or something else.
    pub(crate) const NOT_TLS: &str = "what answered there does not speak TLS";
    /// An alert.
    pub(crate) const REFUSED: &str = "the other side refused the handshake";
    /// It asks who we are.
    pub(crate) const WANTS_CERTIFICATE: &str = "the other side wants a certificate of the client";
    /// Too old, or too new.
    pub(crate) const NO_VERSION: &str = "both sides have no version of TLS in common";
    /// Anything else about the handshake.
    pub(crate) const FAILED: &str = "the handshake failed";
}

/// What a connection came to grief on, as [`super::DeliveryReport::detail`] holds it.
pub(crate) mod network {
    /// The resolver knows of none.
    pub(crate) const NO_SUCH_NAME: &str = "no such name";
    /// The resolver reaches nobody whom it could ask.
    pub(crate) const NO_NAME_SERVICE: &str = "the name service does not answer";
    /// Nobody listens there.
    pub(crate) const REFUSED: &str = "connection refused";
    /// No route.
    pub(crate) const NO_WAY: &str = "no way leads there from this server";
    /// A firewall of this machine.
    pub(crate) const FORBIDDEN: &str = "this server may not connect there";
    /// Our own limit of open files.
    pub(crate) const NONE_LEFT: &str = "this server has no connection left to give";
    /// The system's own limit, which is longer than ours.
    pub(crate) const TOO_LATE: &str = "nobody answered in time";
    /// An end in the middle, or a reset.
    pub(crate) const BROKEN_OFF: &str = "the connection was broken off";
    /// An end in order.
    pub(crate) const CLOSED: &str = "the connection was closed";
    /// More headers than an answer may have.
    pub(crate) const ENDLESS_HEAD: &str = "the headers of its answer did not end";
    /// How the words begin that tell a time limit of ours.
    pub(crate) const WAITED: &str = "waited ";
}

/// About an answer that is no 2xx.
pub(super) fn of_status(code: u16) -> &'static str {
    match code {
        300..=399 => "Redirects are not followed: enter the final address.",
        401 | 403 => "It wants to know who sends: check the token in the URL or headers, or the secret.",
        404 => "Nothing is at this path: check the end of the address.",
        405 => "This path takes no POST: check the end of the address.",
        410 => "This address is gone for good: enter the new one.",
        413 => "The message is too large for it: let it take larger bodies.",
        415 => "It must take application/json: let it.",
        429 => "It is asked too often: let it take more, then send again.",
        502..=504 => "It is down or overloaded: see that it runs, then send again.",
        _ => "Look at the receiver’s log.",
    }
}

/// About a handshake that failed on this.
pub(super) fn of_tls(detail: &str) -> &'static str {
    match detail {
        tls::EXPIRED | tls::REVOKED => "Renew it.",
        tls::NOT_YET => "Check the clocks of both machines.",
        tls::UNKNOWN_ISSUER => {
            "Use one of a public authority, or have an operator name its authority in SSL_CERT_FILE."
        }
        tls::OF_AUTHORITY => {
            "Make one with CA:FALSE, and have an operator name its authority, or itself, in SSL_CERT_FILE."
        }
        tls::WANTS_CERTIFICATE => "Ringpost has none: let the receiver ask for none.",
        tls::REFUSED => "Look at the receiver’s log.",
        tls::OTHER_NAME => "Check the host name, or have a certificate made for it.",
        tls::NOT_TLS => "Check the port.",
        tls::NO_VERSION => "Let the receiver speak TLS 1.2 or 1.3.",
        network::CLOSED | network::BROKEN_OFF => NO_TLS_THERE,
        waited if waited.starts_with(network::WAITED) => NO_TLS_THERE,
        _ => "Check its certificate.",
    }
}

const NO_TLS_THERE: &str = "Check that this port speaks TLS.";

/// About a name that was not found for this.
pub(super) fn of_name(detail: &str) -> &'static str {
    match detail {
        network::NO_NAME_SERVICE => "Have an operator check this server’s name service (DNS).",
        waited if waited.starts_with(network::WAITED) => {
            "Have an operator check this server’s name service (DNS)."
        }
        _ => "Check the host name.",
    }
}

/// About a connection that was not made for this.
pub(super) fn of_connection(detail: &str) -> &'static str {
    match detail {
        network::NO_WAY | network::FORBIDDEN => {
            "Check the address, or have an operator check this server’s network."
        }
        network::NONE_LEFT => "Have an operator let it open more files, then send again.",
        waited if waited.starts_with(network::WAITED) || waited == network::TOO_LATE => {
            "Check the address, and that no firewall stands between."
        }
        _ => "Check that the receiver is up.",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Channel, DeliveryReport, Reason, State};
    use super::{network, tls};

    fn told(reason: Reason, status: Option<u16>, detail: &str) -> String {
        let report = DeliveryReport {
            channel: Channel::Webhook,
            state: State::Failed,
            reason: Some(reason),
            status,
            detail,
            target: "hooks.acme.example",
            took: Some(Duration::from_millis(184)),
        };
        report.describe()
    }

    #[test]
    fn each_status_says_what_to_do() {
        for (code, answer, advice) in [
            (301, "301 Moved Permanently", "Redirects are not followed: enter the final address."),
            (307, "307 Temporary Redirect", "Redirects are not followed: enter the final address."),
            (400, "400 Bad Request", "Look at the receiver’s log."),
            (
                401,
                "401 Unauthorized",
                "It wants to know who sends: check the token in the URL or headers, or the secret.",
            ),
            (
                403,
                "403 Forbidden",
                "It wants to know who sends: check the token in the URL or headers, or the secret.",
            ),
            (404, "404 Not Found", "Nothing is at this path: check the end of the address."),
            (405, "405 Method Not Allowed", "This path takes no POST: check the end of the address."),
            (410, "410 Gone", "This address is gone for good: enter the new one."),
            (413, "413 Payload Too Large", "The message is too large for it: let it take larger bodies."),
            (415, "415 Unsupported Media Type", "It must take application/json: let it."),
            (429, "429 Too Many Requests", "It is asked too often: let it take more, then send again."),
            (500, "500 Internal Server Error", "Look at the receiver’s log."),
            (503, "503 Service Unavailable", "It is down or overloaded: see that it runs, then send again."),
        ] {
            let sentence = format!("hooks.acme.example answered {answer} in 184 ms. {advice}");
            assert_eq!(told(Reason::HttpStatus, Some(code), ""), sentence);
        }
    }

    #[test]
    fn each_trouble_before_the_request_says_what_to_do() {
        for (reason, detail, end) in [
            (Reason::Tls, tls::EXPIRED, "(the certificate has expired). Renew it."),
            (
                Reason::Tls,
                tls::OTHER_NAME,
                "another host name). Check the host name, or have a certificate made for it.",
            ),
            (Reason::Tls, tls::UNKNOWN_ISSUER, "have an operator name its authority in SSL_CERT_FILE."),
            (
                Reason::Tls,
                tls::OF_AUTHORITY,
                "(the certificate is an authority’s, not a server’s). Make one with CA:FALSE, \
              and have an operator name its authority, or itself, in SSL_CERT_FILE.",
            ),
            (Reason::Tls, tls::WANTS_CERTIFICATE, "Ringpost has none: let the receiver ask for none."),
            (
                Reason::Tls,
                tls::REFUSED,
                "(the other side refused the handshake). Look at the receiver’s log.",
            ),
            (Reason::Tls, tls::NOT_TLS, "(what answered there does not speak TLS). Check the port."),
            (Reason::Tls, tls::NO_VERSION, "Let the receiver speak TLS 1.2 or 1.3."),
            (Reason::Tls, tls::NOT_YET, "Check the clocks of both machines."),
            (Reason::Tls, tls::FAILED, "(the handshake failed). Check its certificate."),
            (Reason::Tls, "waited 5 s", "(waited 5 s). Check that this port speaks TLS."),
            (Reason::Tls, network::CLOSED, "(the connection was closed). Check that this port speaks TLS."),
            (Reason::Dns, network::NO_SUCH_NAME, "(no such name). Check the host name."),
            (Reason::Dns, network::NO_NAME_SERVICE, "check this server’s name service (DNS)."),
            (Reason::Connect, "waited 5 s", "Check the address, and that no firewall stands between."),
            (Reason::Dns, "", "hooks.acme.example could not be resolved. Check the host name."),
            (Reason::Connect, "connection refused", "(connection refused). Check that the receiver is up."),
        ] {
            let told = told(reason, None, detail);
            assert!(told.starts_with("Nothing was sent: ") && told.ends_with(end), "{told}");
        }
    }
}
