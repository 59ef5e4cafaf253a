//! Outbound webhook: the payload itself, signed if there is a secret.

use crate::domain::delivery::Channel;

use super::{Body, FieldShape, FieldSpec, Spec};

pub(super) const SPEC: Spec = Spec {
    word: "webhook",
    display_name: "Outbound Webhook",
    label: "Outbound webhook",
    hint: "A JSON POST to an address of yours, signed if you want.",
    receiver: "Webhook",
    success: "Test message sent to the webhook.",
    channel: Channel::Webhook,
    fields: &[
        FieldSpec {
            name: "url",
            input: "url",
            shape: FieldShape::Url,
            required: true,
            label: "URL",
            hint: "Gets each event once, as a POST with a JSON body. It starts with https://.",
        },
        FieldSpec {
            name: "secret",
            input: "secret",
            shape: FieldShape::Secret,
            required: false,
            label: "Secret",
            hint: "Signs each POST, so that the receiver can tell it is from here.",
        },
        FieldSpec {
            name: "headers",
            input: "headers",
            shape: FieldShape::Headers,
            required: false,
            label: "Headers",
            hint: "Sent with each POST.",
        },
    ],
    body: Body::Payload,
};
