//! Where a delivery goes.

use crate::domain::field_errors::InvalidValue;
use crate::domain::text_enum::text_enum;
use crate::domain::values::{EmailAddress, WebhookUrl};

/// How a delivery leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A JSON POST: the shared webhook, or a webhook destination.
    Webhook,
    /// One mail to one address.
    Email,
    /// A Slack incoming webhook.
    Slack,
    /// A Microsoft Teams webhook.
    Teams,
}
text_enum!(Channel { Webhook => "webhook", Email => "email", Slack => "slack", Teams => "teams" });

impl Channel {
    /// The word on the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Webhook => "Webhook",
            Self::Email => "Email",
            Self::Slack => "Slack",
            Self::Teams => "Teams",
        }
    }
}

/// Where a delivery goes, as far as it may be seen: URLs stay in the vault until they are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The account's single webhook.
    SharedWebhook {
        /// Host and given port.
        authority: String,
        /// Scheme, host and fingerprint: what the log shows.
        label: String,
    },
    /// Always told about everything.
    PrimaryContact(EmailAddress),
    /// On the event's list.
    Subscriber(EmailAddress),
    /// A named destination.
    Destination {
        /// Its number; none for a test of values that are not saved.
        id: Option<i64>,
        /// Which of its addresses.
        address: DestinationAddress,
    },
}

/// An address of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DestinationAddress {
    /// A URL that is posted to.
    Post {
        /// How it leaves; never [`Channel::Email`].
        channel: Channel,
        /// Host and given port.
        authority: String,
    },
    /// One of the addresses that get a mail each.
    Mail(EmailAddress),
}

/// Which of the four a target is: the word of the `target` column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// [`Target::SharedWebhook`]
    SharedWebhook,
    /// [`Target::PrimaryContact`]
    PrimaryContact,
    /// [`Target::Subscriber`]
    Subscriber,
    /// [`Target::Destination`]
    Destination,
}
text_enum!(TargetKind {
    SharedWebhook => "shared_webhook", PrimaryContact => "primary_contact", Subscriber => "subscriber",
    Destination => "destination",
});

/// The lane of every mail: one server takes them all. No host is called like this.
pub const MAIL_LANE: &str = "mail:";

impl Target {
    /// The targets of a destination: one for a POST; for mails one for each address, so that one bad address
    /// never stops another.
    #[must_use]
    pub(crate) fn of_destination(
        id: Option<i64>,
        channel: Channel,
        authority: &str,
        recipients: &[EmailAddress],
    ) -> Vec<Self> {
        if channel == Channel::Email {
            let mail =
                |to: &EmailAddress| Self::Destination { id, address: DestinationAddress::Mail(to.clone()) };
            recipients.iter().map(mail).collect()
        } else {
            let address = DestinationAddress::Post { channel, authority: authority.to_owned() };
            vec![Self::Destination { id, address }]
        }
    }

    /// Names the receiver at `url` where a POST goes; a mail stays what it is.
    pub(super) fn dial(&mut self, url: &WebhookUrl) {
        match self {
            Self::SharedWebhook { authority, label } => (*authority, *label) = (url.authority(), url.label()),
            Self::Destination { address: DestinationAddress::Post { authority, .. }, .. } => {
                *authority = url.authority();
            }
            Self::PrimaryContact(_)
            | Self::Subscriber(_)
            | Self::Destination { address: DestinationAddress::Mail(_), .. } => {}
        }
    }

    /// Reads back what is stored of a target: its kind, channel, destination, recipient and lane.
    pub(crate) fn from_stored(
        kind: TargetKind,
        channel: Channel,
        id: Option<i64>,
        recipient: String,
        lane: String,
    ) -> Result<Self, InvalidValue> {
        let target = match (kind, channel) {
            (TargetKind::SharedWebhook, _) => Self::SharedWebhook { authority: lane, label: recipient },
            (TargetKind::PrimaryContact, _) => Self::PrimaryContact(recipient.parse()?),
            (TargetKind::Subscriber, _) => Self::Subscriber(recipient.parse()?),
            (TargetKind::Destination, Channel::Email) => {
                Self::Destination { id, address: DestinationAddress::Mail(recipient.parse()?) }
            }
            (TargetKind::Destination, channel) => {
                let address = DestinationAddress::Post { channel, authority: recipient };
                Self::Destination { id, address }
            }
        };
        if target.channel() == channel {
            Ok(target)
        } else {
            Err(InvalidValue::new(format!("a {kind} does not leave by {channel}")))
        }
    }

    /// Which of the four it is.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::SharedWebhook { .. } => TargetKind::SharedWebhook,
            Self::PrimaryContact(_) => TargetKind::PrimaryContact,
            Self::Subscriber(_) => TargetKind::Subscriber,
            Self::Destination { .. } => TargetKind::Destination,
        }
    }

    /// How it leaves.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::SharedWebhook { .. } => Channel::Webhook,
            Self::Destination { address: DestinationAddress::Post { channel, .. }, .. } => *channel,
            Self::PrimaryContact(_)
            | Self::Subscriber(_)
            | Self::Destination { address: DestinationAddress::Mail(_), .. } => Channel::Email,
        }
    }

    /// The destination's number; none for other targets, and for a test of values that are not saved.
    #[must_use]
    pub(crate) fn destination_id(&self) -> Option<i64> {
        match self {
            Self::Destination { id, .. } => *id,
            Self::SharedWebhook { .. } | Self::PrimaryContact(_) | Self::Subscriber(_) => None,
        }
    }

    /// Who is asked: a host with its given port, or a mail address.
    #[must_use]
    pub fn addressee(&self) -> &str {
        match self {
            Self::SharedWebhook { authority, .. }
            | Self::Destination { address: DestinationAddress::Post { authority, .. }, .. } => authority,
            Self::PrimaryContact(address)
            | Self::Subscriber(address)
            | Self::Destination { address: DestinationAddress::Mail(address), .. } => address.as_str(),
        }
    }

    /// What the log keeps of it: the addressee, for the shared webhook its label.
    #[must_use]
    pub fn recipient(&self) -> &str {
        match self {
            Self::SharedWebhook { label, .. } => label,
            Self::PrimaryContact(_) | Self::Subscriber(_) | Self::Destination { .. } => self.addressee(),
        }
    }

    /// Deliveries of one lane share the limit on what is in flight: a host for HTTP, one lane for all mails.
    #[must_use]
    pub fn lane(&self) -> &str {
        if self.channel() == Channel::Email { MAIL_LANE } else { self.addressee() }
    }
}
