//! The headers of every POST to a receiver.

use utoipa::openapi::path::Parameter;

use crate::api::http::parameters::{header, required_header, string};
use crate::api::http::schemas::{format, words};

/// In the order in which they are sent; the signature's name is the operator's.
pub(super) fn of_post(signature_header: &str) -> Vec<Parameter> {
    const ID: &str = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11ab";
    let uuid = || string().format(Some(format("uuid"))).examples([ID]);
    vec![
        header("User-Agent", "Ringpost and its version.", string().examples(["Ringpost/0.1.0"])),
        required_header("X-Ringpost-Event", "The event's key.", string().examples(["run_failed"])),
        required_header("X-Ringpost-Delivery", "The delivery's id.", uuid()),
        header("X-Ringpost-Test", "Only on tests.", words(["true"])),
        header(
            signature_header,
            "Only with a secret: `sha256=` and the hex HMAC-SHA256 of the body, keyed with the secret's text.",
            string()
                .pattern(Some("^sha256=[0-9a-f]{64}$"))
                .examples(["sha256=0f0a5b1c6f3e2d4a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c"]),
        ),
        required_header("webhook-id", "The same on a resend, so that a repeat can be told.", uuid()),
        header(
            "webhook-timestamp",
            "Only with a secret: Unix seconds.",
            string().pattern(Some("^[0-9]+$")).examples(["1777896000"]),
        ),
        header(
            "webhook-signature",
            "Only with a secret: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` (Standard Webhooks), keyed \
             with the decoded bytes of a `whsec_…` secret. For 24 hours after a change there is one for each secret, \
             with a space between.",
            string()
                .pattern(Some("^v1,\\S+( v1,\\S+)*$"))
                .examples(["v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]),
        ),
    ]
}
