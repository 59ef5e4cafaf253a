//! The sender: one job in, one outcome out. Secrets are opened here and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::catalog::{Catalog, EventType};
use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::domain::event::Payload;
use crate::domain::letter::{Letter, MailContext, Reader};
use crate::domain::message_content::MessageContent;
use crate::domain::values::{EmailAddress, Schemes, WebhookUrl};

use super::job::{Job, To};
use super::mail::{Envelope, Mailer, Unsubscribe};
use super::post::guard::{Guard, Outgoing};
use super::post::webhook;
use super::render::{self, RenderedMail};
use super::sealed::Sealed;
use super::unsubscribe::UnsubscribeLinks;
use crate::vault::{Place, Vault, VaultError};

/// Everything that leaves, leaves through this; clones share it.
#[derive(Clone)]
pub struct Sender {
    inner: Arc<SenderInner>,
}

struct SenderInner {
    vault: Vault,
    guard: Guard,
    mailer: Mailer,
    catalog: Arc<Catalog>,
    unsubscribe: UnsubscribeLinks,
    public_url: String,
    webhook_timeout: Duration,
    signature_header: HeaderName,
}

/// What a sender is made of.
pub struct SenderParts {
    /// Opens stored secrets.
    pub vault: Vault,
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
        Self {
            inner: Arc::new(SenderInner {
                vault,
                guard,
                mailer,
                catalog,
                unsubscribe,
                public_url,
                webhook_timeout,
                signature_header,
            }),
        }
    }

    /// Sends one job. Whatever happens is an outcome.
    pub async fn deliver(&self, job: &Job) -> Outcome {
        match &job.to {
            To::SharedWebhook(sealed) => self.webhook(job, sealed).await,
            To::PrimaryContact(address) => self.mail(job, address, false).await,
            To::Subscriber(address) => self.mail(job, address, true).await,
            To::Destination { kind, config, recipient } => {
                self.destination(job, *kind, config, recipient.as_ref()).await
            }
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

    /// Seals the shared webhook's URL for an account's settings.
    pub fn seal_settings_url(&self, url: &WebhookUrl, account: i64) -> Result<String, VaultError> {
        self.seal(&Sealed::settings_url(String::new(), account), &url.expose().into())
    }

    /// The saved URL in clear, for people who may edit it.
    pub fn open_settings_url(&self, sealed: String, account: i64) -> Result<WebhookUrl, VaultError> {
        self.open_url(&Sealed::settings_url(sealed, account))
    }

    /// Seals text for the cell of `place`.
    pub fn seal(&self, place: &Sealed, text: &SecretString) -> Result<String, VaultError> {
        self.inner.vault.seal(&place.place(), text)
    }

    /// Opens sealed text.
    pub fn open_sealed(&self, sealed: &Sealed) -> Result<SecretString, VaultError> {
        self.inner.vault.open(&sealed.place(), sealed.text())
    }

    /// Seals text for a cell of the database.
    pub fn seal_text(&self, place: &Place<'_>, text: &SecretString) -> Result<String, VaultError> {
        self.inner.vault.seal(place, text)
    }

    /// Opens what [`Sender::seal_text`] sealed.
    pub fn open_text(&self, place: &Place<'_>, sealed: &str) -> Result<SecretString, VaultError> {
        self.inner.vault.open(place, sealed)
    }

    /// The mail that an event would be, for the preview on the page.
    pub fn preview(
        &self,
        event_type: &EventType,
        payload: &Payload,
        account_id: i64,
        address: &EmailAddress,
    ) -> Result<RenderedMail, askama::Error> {
        let audience = self.mail_context(account_id, address, Reader::PrimaryContact);
        render::write(&Letter::of(&MessageContent::of_event(event_type, payload, false), &audience))
    }

    async fn webhook(&self, job: &Job, sealed: &Sealed) -> Outcome {
        let url = match self.open_url(sealed) {
            Ok(url) => url,
            Err(error) => return unreadable(&error.to_string()),
        };
        let notice = webhook::WebhookHeaders {
            event: &job.event_key,
            delivery: job.delivery_id,
            trigger: job.trigger,
        };
        let payload = Bytes::from(job.payload.clone());
        webhook::send(&self.inner.guard, &url, &notice, payload, self.inner.webhook_timeout).await
    }

    async fn mail(&self, job: &Job, address: &EmailAddress, may_unsubscribe: bool) -> Outcome {
        let Some(event_type) = self.inner.catalog.get(&job.event_key) else {
            return not_composed("the catalogue no longer has this event type");
        };
        let Some(payload) = job.fields() else {
            return not_composed("the stored payload cannot be read");
        };
        let link = may_unsubscribe.then(|| {
            let token = self.inner.unsubscribe.sign(job.account_id, address);
            format!("{}/u/{token}", self.inner.public_url)
        });
        let reader = if may_unsubscribe {
            Reader::Subscriber { unsubscribe: link.as_deref() }
        } else {
            Reader::PrimaryContact
        };
        let audience = self.mail_context(job.account_id, address, reader);
        let content = MessageContent::of_event(event_type, &payload, job.is_test());
        let mail = match render::write(&Letter::of(&content, &audience)) {
            Ok(mail) => mail,
            Err(error) => return not_composed(&error.to_string()),
        };
        let one_click = self.inner.public_url.starts_with("https://");
        let envelope = Envelope {
            to: address.clone(),
            from: None,
            reply_to: None,
            message_id: job.delivery_id.to_string(),
            references: event_type.mail.thread_root(&payload),
            unsubscribe: link.map(|url| Unsubscribe { url, one_click }),
            date: job.accepted_at,
        };
        self.inner.mailer.send(&envelope, &mail).await
    }

    /// Who reads a mail, and why.
    pub(super) fn mail_context<'a>(
        &'a self,
        account_id: i64,
        address: &'a EmailAddress,
        reader: Reader<'a>,
    ) -> MailContext<'a> {
        MailContext { reader, address: address.as_str(), account_id, public_url: &self.inner.public_url }
    }

    pub(super) async fn send_mail(&self, envelope: &Envelope, content: &RenderedMail) -> Outcome {
        self.inner.mailer.send(envelope, content).await
    }

    pub(super) async fn post(&self, outgoing: Outgoing<'_>) -> Outcome {
        self.inner.guard.post(outgoing).await
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

    fn open_url(&self, sealed: &Sealed) -> Result<WebhookUrl, VaultError> {
        let text = self.open_sealed(sealed)?;
        WebhookUrl::parse(text.expose_secret(), Schemes::HttpOrHttps).map_err(|_| VaultError::Malformed)
    }
}

/// Never sent in another way instead: the administrator has to enter the secret again.
pub(super) fn unreadable(why: &str) -> Outcome {
    Outcome::new(Verdict::Failed(Reason::SecretUnreadable), why)
}

pub(super) fn not_composed(why: &str) -> Outcome {
    tracing::error!(why, "a message could not be composed");
    Outcome::new(Verdict::Failed(Reason::NotComposed), why)
}
