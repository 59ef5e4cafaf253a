use standardwebhooks::Webhook;

use super::*;
use crate::domain::clock::Clock;

/// The example of the Standard Webhooks specification.
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIMESTAMP: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const ENCODED_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The example of providers-api.txt.
const PLAIN_SECRET: &str = "shared-hmac-secret";

fn signed_with(secrets: &[&str], timestamp: i64) -> HeaderMap {
    let secrets: Vec<SecretString> = secrets.iter().map(|&secret| secret.into()).collect();
    let header = HeaderName::from_static("x-ringpost-signature");
    headers(&secrets, &header, &Signed { id: ID, timestamp, body: BODY })
}

#[test]
fn an_encoded_secret_signs_as_its_text_in_hex_and_as_its_bytes_in_the_standard() {
    let headers = signed_with(&[ENCODED_SECRET], TIMESTAMP);
    assert_eq!(
        headers["x-ringpost-signature"],
        "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"
    );
    assert_eq!(headers["webhook-id"], ID);
    assert_eq!(headers["webhook-timestamp"], "1614265330");
    assert_eq!(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_plain_secret_signs_as_its_text_in_both() {
    let headers = signed_with(&[PLAIN_SECRET], TIMESTAMP);
    assert_eq!(
        headers["x-ringpost-signature"],
        "sha256=74524f3a1d7f4ba07de1843890f1693c948ceaded9ea6369e95465737c9ab620"
    );
    assert_eq!(headers["webhook-signature"], "v1,H87T8KxloVxfQrZRHl19eyFcnAxBJ5Z93kQFnEQ5DFg=");
}

#[test]
fn after_a_change_both_secrets_sign_the_standard_and_the_new_one_the_hex_header() {
    let headers = signed_with(&[PLAIN_SECRET, ENCODED_SECRET], TIMESTAMP);
    assert_eq!(
        headers["x-ringpost-signature"],
        signed_with(&[PLAIN_SECRET], TIMESTAMP)["x-ringpost-signature"]
    );
    assert_eq!(
        headers["webhook-signature"],
        "v1,H87T8KxloVxfQrZRHl19eyFcnAxBJ5Z93kQFnEQ5DFg= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn without_a_secret_nothing_is_signed() {
    assert!(signed_with(&[], TIMESTAMP).is_empty());
}

#[test]
fn a_secret_that_only_looks_encoded_signs_as_its_text() {
    let odd = "whsec_not base64!";
    let webhook = Webhook::from_bytes(odd.into()).unwrap();
    let headers = signed_with(&[odd], TIMESTAMP);
    assert_eq!(headers["webhook-signature"], webhook.sign(ID, TIMESTAMP, BODY).unwrap());
}

#[test]
fn an_independent_library_verifies_what_we_sign() {
    let now = Clock::system().now_ms() / 1_000;
    let generated = generate_secret();
    let generated = generated.expose_secret();
    let headers = signed_with(&[generated, PLAIN_SECRET], now);
    for webhook in [Webhook::new(generated), Webhook::from_bytes(PLAIN_SECRET.into())] {
        let webhook = webhook.unwrap();
        webhook.verify(BODY, &headers).unwrap();
        assert!(webhook.verify(b"{}", &headers).is_err());
    }
    assert!(Webhook::new(ENCODED_SECRET).unwrap().verify(BODY, &headers).is_err());
}

#[test]
fn generated_secrets_hold_32_bytes_and_differ() {
    let [one, other] = [generate_secret(), generate_secret()];
    assert_ne!(one.expose_secret(), other.expose_secret());
    let encoded = one.expose_secret().strip_prefix("whsec_").unwrap();
    assert_eq!(STANDARD.decode(encoded).unwrap().len(), 32);
}
