//! The sender: one message in, one outcome out. Stored secrets are opened here and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use secrecy::ExposeSecret as _;

use crate::domain::catalog::{Catalog, EventType};
use crate::domain::delivery::{OutboxMessage, Outcome, Reason, Verdict};
use crate::domain::destination::{StoredConfig, UnreadableConfig};
use crate::domain::event::Payload;
use crate::domain::kinds::Kind;
use crate::domain::letter::{Letter, MailContext, Reader};
use crate::domain::message_content::MessageContent;
use crate::domain::values::{EmailAddress, Schemes, WebhookUrl};

use super::mail::{Envelope, Mailer, Unsubscribe};
use super::post::guard::{Guard, Outgoing};
use super::post::webhook;
use super::progress::Progress;
use super::render::{self, RenderedMail};
use super::unsubscribe::UnsubscribeLinks;
use crate::vault::{Cell, Vault, VaultError};

/// Everything that leaves, leaves through this; clones share it.
#[derive(Clone)]
pub struct Sender {
    inner: Arc<SenderInner>,
}

struct SenderInner {
    vault: Arc<Vault>,
    guard: Guard,
    mailer: Mailer,
    catalog: Arc<Catalog>,
    unsubscribe: UnsubscribeLinks,
    confirmation: UnsubscribeLinks,
    public_url: String,
    webhook_timeout: Duration,
    signature_header: HeaderName,
}

/// What a sender is made of.
pub struct SenderParts {
    /// Opens stored secrets.
    pub vault: Arc<Vault>,
    /// The way out over HTTP.
    pub guard: Guard,
    /// The way out as mail.
    pub mailer: Mailer,
    /// What mails say.
    pub catalog: Arc<Catalog>,
    /// Ringpost's own address, for links in mails.
    pub public_url: String,
    /// How long a webhook may take.
    pub webhook_timeout: Duration,
    /// The header of the hex signature.
    pub signature_header: HeaderName,
}

impl Sender {
    /// Puts a sender together.
    #[must_use]
    pub fn new(parts: SenderParts) -> Self {
        let SenderParts { vault, guard, mailer, catalog, public_url, webhook_timeout, signature_header } =
            parts;
        let unsubscribe = UnsubscribeLinks::new(vault.derive_all("unsubscribe links"));
        let confirmation = UnsubscribeLinks::new(vault.derive_all("confirmation links"));
        Self {
            inner: Arc::new(SenderInner {
                vault,
                guard,
                mailer,
                catalog,
                unsubscribe,
                confirmation,
                public_url,
                webhook_timeout,
                signature_header,
            }),
        }
    }

    /// The guard, to look at an address when it is saved.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.inner.guard
    }

    /// The folder that mails are written to, while there is no mail server.
    #[must_use]
    pub fn mail_folder(&self) -> Option<String> {
        self.inner.mailer.folder().map(|folder| folder.display().to_string())
    }

    /// Reads and makes the links in mails that end a subscription.
    #[must_use]
    pub fn unsubscribe_links(&self) -> &UnsubscribeLinks {
        &self.inner.unsubscribe
    }

    /// Reads and makes the links that confirm a subscription; none of them ends one, nor the other way round.
    #[must_use]
    pub fn confirmation_links(&self) -> &UnsubscribeLinks {
        &self.inner.confirmation
    }

    /// The saved URL of the shared webhook in clear.
    pub(crate) fn open_settings_url(&self, account: i64, sealed: &str) -> Result<WebhookUrl, SecretError> {
        let text = self.inner.vault.open(Cell::SettingsUrl(account), sealed)?;
        WebhookUrl::parse(text.expose_secret(), Schemes::HttpOrHttps)
            .map_err(|_| SecretError::Malformed("the stored URL cannot be read"))
    }

    /// A destination's saved configuration in clear.
    pub(crate) fn open_destination(
        &self,
        account: i64,
        id: i64,
        kind: Kind,
        sealed: &str,
    ) -> Result<StoredConfig, SecretError> {
        let text = self.inner.vault.open(Cell::DestinationConfig { account, id }, sealed)?;
        Ok(StoredConfig::from_text(kind, &text)?)
    }

    /// The mail that an event would be, for the preview on the page.
    pub fn preview(
        &self,
        event_type: &EventType,
        payload: &Payload,
        account_id: i64,
        address: &EmailAddress,
    ) -> Result<RenderedMail, askama::Error> {
        let audience = MailContext {
            reader: Reader::PrimaryContact,
            address: address.as_str(),
            signs_in: true,
            account_id,
            event_id: None,
            public_url: &self.inner.public_url,
        };
        render::write(&Letter::of(&MessageContent::of_event(event_type, payload, false), &audience))
    }

    /// Posts a message to the shared webhook: unsigned, as settings-page.md documents it.
    pub async fn webhook(&self, message: &OutboxMessage, url: &WebhookUrl, progress: &Progress) -> Outcome {
        self.post(
            Outgoing {
                account: message.delivery.account_id,
                url,
                headers: webhook::headers(&message.delivery),
                body: webhook::body(&message.payload),
                keeps_body: false,
                timeout: self.inner.webhook_timeout,
                now: message.delivery.sent_at.unwrap_or(message.delivery.created_at),
            },
            progress,
        )
        .await
    }

    /// Mails a message to the primary contact, who has no way out of it.
    pub(crate) async fn mail_to_contact(
        &self,
        message: &OutboxMessage,
        address: &EmailAddress,
        signs_in: bool,
        progress: &Progress,
    ) -> Outcome {
        self.mail(message, address, signs_in, None, progress).await
    }

    /// Mails a message to a subscriber, with the link that ends the subscription.
    pub(crate) async fn mail_to_subscriber(
        &self,
        message: &OutboxMessage,
        address: &EmailAddress,
        signs_in: bool,
        progress: &Progress,
    ) -> Outcome {
        let token = self.inner.unsubscribe.sign(message.delivery.account_id, address);
        let url = format!("{}/u/{token}", self.inner.public_url);
        let one_click = self.inner.public_url.starts_with("https://");
        self.mail(message, address, signs_in, Some(Unsubscribe { url, one_click }), progress).await
    }

    async fn mail(
        &self,
        message: &OutboxMessage,
        address: &EmailAddress,
        signs_in: bool,
        unsubscribe: Option<Unsubscribe>,
        progress: &Progress,
    ) -> Outcome {
        let delivery = &message.delivery;
        let Some(event_type) = self.inner.catalog.get(&delivery.event_key) else {
            return not_composed("the catalogue no longer has this event type");
        };
        let Some(payload) = message.fields() else {
            return not_composed("the stored payload cannot be read");
        };
        let reader = match &unsubscribe {
            Some(link) => Reader::Subscriber { unsubscribe: Some(&link.url) },
            None => Reader::PrimaryContact,
        };
        let audience = self.mail_context(message, address, signs_in, reader);
        let content = MessageContent::of_event(event_type, &payload, message.is_test());
        let mail = match render::write(&Letter::of(&content, &audience)) {
            Ok(mail) => mail,
            Err(error) => return not_composed(&error.to_string()),
        };
        let envelope = Envelope {
            to: address.clone(),
            from: None,
            reply_to: None,
            message_id: delivery.id.to_string(),
            references: content.thread_root(),
            unsubscribe,
            date: delivery.created_at,
            is_test: message.is_test(),
        };
        self.inner.mailer.send(&envelope, &mail, progress).await
    }

    /// Who reads a mail, and why.
    pub(super) fn mail_context<'a>(
        &'a self,
        message: &OutboxMessage,
        address: &'a EmailAddress,
        signs_in: bool,
        reader: Reader<'a>,
    ) -> MailContext<'a> {
        MailContext {
            reader,
            address: address.as_str(),
            signs_in,
            account_id: message.delivery.account_id,
            event_id: Some(message.delivery.event_id),
            public_url: &self.inner.public_url,
        }
    }

    pub(super) async fn send_mail(
        &self,
        envelope: &Envelope,
        content: &RenderedMail,
        progress: &Progress,
    ) -> Outcome {
        self.inner.mailer.send(envelope, content, progress).await
    }

    pub(super) async fn post(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Outcome {
        self.inner.guard.post(outgoing, progress).await
    }

    pub(super) fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    pub(super) fn signature_header(&self) -> &HeaderName {
        &self.inner.signature_header
    }

    pub(super) fn webhook_timeout(&self) -> Duration {
        self.inner.webhook_timeout
    }
}

/// Why a stored URL or configuration cannot be had. None of these texts holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It cannot be decrypted.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What was decrypted is no configuration.
    #[error(transparent)]
    Config(#[from] UnreadableConfig),
    /// What was decrypted is not what was stored.
    #[error("{0}")]
    Malformed(&'static str),
}

/// Never sent in another way instead: the administrator has to enter the secret again.
impl From<SecretError> for Outcome {
    fn from(error: SecretError) -> Self {
        Self::new(Verdict::Failed(Reason::SecretUnreadable), error.to_string())
    }
}

pub(super) fn not_composed(why: &str) -> Outcome {
    tracing::error!(why, "a message could not be composed");
    Outcome::new(Verdict::Failed(Reason::NotComposed), why)
}
