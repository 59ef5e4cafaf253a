//! Ops email: a mail to each address of a list, through the server's SMTP.

use crate::domain::delivery::Channel;
use crate::domain::destination::DestinationConfig;
use crate::domain::letter::{Letter, MailContext};
use crate::domain::message_content::MessageContent;

use super::{Body, FieldShape, FieldSpec, Spec};

pub(super) const SPEC: Spec = Spec {
    word: "ops_email",
    display_name: "Ops Email (SES)",
    label: "Ops email",
    hint: "A mail to each of a list of addresses.",
    receiver: "Mail server",
    success: "Test message sent by email.",
    channel: Channel::Email,
    fields: &[FROM, TO, REPLY_TO],
    body: Body::Letter(body),
};

const FROM: FieldSpec = FieldSpec {
    name: "fromEmail",
    input: "from",
    shape: FieldShape::Address,
    required: true,
    label: "From",
    hint: "The sender. The mail server has to allow it.",
};

const TO: FieldSpec = FieldSpec {
    name: "toEmails",
    input: "to",
    shape: FieldShape::Addresses,
    required: true,
    label: "To",
    hint: "Separate addresses with commas. Each gets a mail of its own.",
};

const REPLY_TO: FieldSpec = FieldSpec {
    name: "replyTo",
    input: "reply_to",
    shape: FieldShape::Address,
    required: false,
    label: "Reply-to",
    hint: "Where answers go.",
};

/// The letter that everybody gets about it, from the sender of this destination.
fn body(content: &MessageContent<'_>, config: &DestinationConfig, audience: &MailContext<'_>) -> Letter {
    Letter {
        from: config.address(&FROM).cloned(),
        reply_to: config.address(&REPLY_TO).cloned(),
        ..Letter::of(content, audience)
    }
}
