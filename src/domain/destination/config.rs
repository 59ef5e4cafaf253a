//! The kind-specific part of a destination; providers-api.txt, "Config shapes".

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::domain::values::{EmailAddress, WebhookUrl};

use super::Kind;

/// What stands in place of every secret that is read.
pub const REDACTED: &str = "••••••••";

/// A checked configuration. Nothing in it is shown by `Debug`.
#[derive(Clone)]
pub enum DestinationConfig {
    /// A Slack incoming webhook.
    Slack {
        /// Where to post.
        url: WebhookUrl,
    },
    /// A Microsoft Teams webhook.
    Teams {
        /// Where to post.
        url: WebhookUrl,
    },
    /// A JSON POST.
    Webhook {
        /// Where to post.
        url: WebhookUrl,
        /// Signs every POST.
        secret: Option<SecretString>,
        /// Sent with every POST, in this order.
        headers: Vec<(String, SecretString)>,
    },
    /// Mails through the server's SMTP.
    OpsEmail {
        /// The sender.
        from: EmailAddress,
        /// One mail each.
        to: Vec<EmailAddress>,
        /// Where answers go.
        reply_to: Option<EmailAddress>,
    },
}

impl DestinationConfig {
    /// The kind that it configures.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Slack { .. } => Kind::Slack,
            Self::Teams { .. } => Kind::Teams,
            Self::Webhook { .. } => Kind::Webhook,
            Self::OpsEmail { .. } => Kind::OpsEmail,
        }
    }

    /// Where it posts to, for the kinds that do.
    #[must_use]
    pub fn url(&self) -> Option<&WebhookUrl> {
        match self {
            Self::Slack { url } | Self::Teams { url } | Self::Webhook { url, .. } => Some(url),
            Self::OpsEmail { .. } => None,
        }
    }

    /// The secret that signs, if any.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Webhook { secret, .. } => secret.as_ref(),
            _ => None,
        }
    }

    /// Who gets a mail each.
    #[must_use]
    pub fn recipients(&self) -> &[EmailAddress] {
        match self {
            Self::OpsEmail { to, .. } => to,
            _ => &[],
        }
    }

    /// Host (with a port if one is given), or the first address and "+n": `ops@example.com +1`.
    #[must_use]
    pub fn summary(&self) -> String {
        match (self.url(), self.recipients()) {
            (Some(url), _) => url.authority(),
            (None, [first]) => first.to_string(),
            (None, [first, rest @ ..]) => format!("{first} +{}", rest.len()),
            (None, []) => String::new(),
        }
    }

    /// The whole configuration in its documented shape, secrets and all: to be sealed, never to be shown.
    #[must_use]
    pub fn expose(&self) -> Map<String, Value> {
        self.shape(str::to_owned)
    }

    /// The same shape with every secret redacted.
    #[must_use]
    pub fn redacted(&self) -> Map<String, Value> {
        self.shape(|_| REDACTED.to_owned())
    }

    fn shape(&self, show: impl Fn(&str) -> String) -> Map<String, Value> {
        let mut shape = Map::new();
        match self {
            Self::Slack { url } | Self::Teams { url } => {
                shape.insert("webhookUrl".into(), json!(show(url.expose())));
            }
            Self::Webhook { url, secret, headers } => {
                shape.insert("url".into(), json!(show(url.expose())));
                if let Some(secret) = secret {
                    shape.insert("secret".into(), json!(show(secret.expose_secret())));
                }
                if !headers.is_empty() {
                    let headers: Map<String, Value> = headers
                        .iter()
                        .map(|(name, value)| (name.clone(), json!(show(value.expose_secret()))))
                        .collect();
                    shape.insert("headers".into(), Value::Object(headers));
                }
            }
            Self::OpsEmail { from, to, reply_to } => {
                shape.insert("fromEmail".into(), json!(from.as_str()));
                shape.insert("toEmails".into(), to.iter().map(EmailAddress::as_str).collect());
                if let Some(address) = reply_to {
                    shape.insert("replyTo".into(), json!(address.as_str()));
                }
            }
        }
        shape
    }
}

impl std::fmt::Debug for DestinationConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DestinationConfig({} {})", self.kind().as_str(), self.summary())
    }
}
