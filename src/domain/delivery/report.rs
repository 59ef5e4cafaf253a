//! What happened to a delivery, in one sentence, with what to do next.

use std::time::Duration;

use super::{Channel, Delivery, Reason, State, advice};

/// What a sentence is made from: one stored delivery, or one outcome that was just seen.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryReport<'a> {
    /// How it left.
    pub channel: Channel,
    /// Where it is.
    pub state: State,
    /// Why it is there.
    pub reason: Option<Reason>,
    /// The HTTP status or SMTP code.
    pub status: Option<u16>,
    /// What the network said, or a mail server's own words.
    pub detail: &'a str,
    /// Who was asked: a host, or a mail address.
    pub target: &'a str,
    /// How long the attempt took.
    pub took: Option<Duration>,
}

impl<'a> From<&'a Delivery> for DeliveryReport<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        let Delivery { target, state, reason, status, detail, took, .. } = delivery;
        Self {
            channel: target.channel(),
            state: *state,
            reason: *reason,
            status: *status,
            detail,
            target: target.addressee(),
            took: *took,
        }
    }
}

/// The word for a mail that nobody has got, because there is no mail server.
pub const WRITTEN_TO_FILE: &str = "Written to file";

/// The word for a webhook that waited for too long to be of use.
pub const EXPIRED: &str = "Expired";

/// A duration for people: `under 1 ms`, `184 ms`, `1.2 s`.
#[must_use]
pub fn millis(took: Duration) -> String {
    match took.as_millis() {
        0 => "under 1 ms".to_owned(),
        ms @ 1..1_000 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    }
}

impl DeliveryReport<'_> {
    /// The state in one word; a mail that was only written to a file is neither delivered nor accepted.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self.reason {
            Some(Reason::WrittenToFile) => WRITTEN_TO_FILE,
            Some(Reason::Expired) => EXPIRED,
            _ => self.state.label(self.channel),
        }
    }

    /// Whether there was no mail server, so that nobody has got the mail.
    #[must_use]
    pub(crate) fn is_in_a_file(&self) -> bool {
        self.reason == Some(Reason::WrittenToFile)
    }

    /// Whether the receiver has it for certain.
    #[must_use]
    pub(crate) fn has_arrived(&self) -> bool {
        self.state == State::Delivered && !self.is_in_a_file()
    }

    /// One sentence on what happened, and where something can be done, one more.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let target = self.target;
        match (self.state, self.reason) {
            (State::Delivered, Some(reason @ Reason::WrittenToFile)) => self.because(reason),
            (State::Pending, Some(Reason::NoAnswer)) => {
                format!(
                    "The mail server did not say whether it took the mail{}. It is tried once more.",
                    self.words()
                )
            }
            (State::Pending, Some(Reason::Restored)) => {
                "Held: the database was restored from a backup, and this mail may have been sent since. An operator \
                 lets it go with `ringpost restore --release-mail`."
                    .to_owned()
            }
            (State::Pending, Some(_)) => {
                format!("The mail server did not take the mail yet{}. It is tried again.", self.words())
            }
            (State::Pending, None) => "Waiting for its turn.".to_owned(),
            (State::Sending, _) => "Waiting for an answer.".to_owned(),
            (State::Delivered, _) if self.channel == Channel::Email => {
                format!("The mail server took the mail for {target}{}.", self.in_time())
            }
            (State::Delivered, _) => format!("{target} answered {}{}.", self.answer(), self.in_time()),
            (_, Some(reason)) => self.because(reason),
            (State::Failed | State::Unknown | State::Skipped, None) => "It was not delivered.".to_owned(),
        }
    }

    /// What was answered, `500 Internal Server Error` or a mail server's reply; `None` while nobody has.
    #[must_use]
    pub fn answered(&self) -> Option<String> {
        let code = self.status?;
        Some(match self.channel {
            Channel::Email if self.detail.is_empty() => code.to_string(),
            Channel::Email => self.detail.to_owned(),
            _ => self.answer(),
        })
    }

    fn because(&self, reason: Reason) -> String {
        let (target, words) = (self.target, self.words());
        match reason {
            Reason::HttpStatus => {
                let advice = advice::of_status(self.status.unwrap_or_default());
                format!("{target} answered {}{}. {advice}", self.answer(), self.in_time())
            }
            Reason::BlockedAddress => format!(
                "Nothing was sent: {}. Which addresses are open, an operator says with --allow-network and --deny-network.",
                self.detail
            ),
            Reason::Dns => format!("Nothing was sent: {target} could not be resolved{words}. {}", advice::of_name(self.detail)),
            Reason::Connect => {
                format!("Nothing was sent: {target} could not be reached{words}. {}", advice::of_connection(self.detail))
            }
            Reason::Tls => {
                let advice = advice::of_tls(self.detail);
                format!("Nothing was sent: no secure connection to {target}{words}. {advice}")
            }
            Reason::NotHttp if self.state == State::Failed => {
                format!("Nothing was sent: {target} spoke first, which no HTTP server does{words}. Check the port.")
            }
            Reason::NotHttp => format!(
                "{target} got the request and answered with something that is not HTTP{words}. Check the port."
            ),
            Reason::NoAnswer if self.channel == Channel::Email => format!(
                "The mail server got the mail for {target} twice and never said that it took it{words}. It may or may not have arrived: ask the reader."
            ),
            Reason::NoAnswer => format!(
                "Nobody knows whether {target} processed this: it got the request but did not answer{words}. Look there."
            ),
            Reason::Interrupted => {
                "Interrupted: Ringpost stopped while sending. The receiver may or may not have got it.".to_owned()
            }
            Reason::SecretUnreadable => {
                "Nothing was sent: the stored secret cannot be decrypted. Enter it again.".to_owned()
            }
            Reason::NotComposed => format!("Nothing was sent: the message could not be written{words}."),
            Reason::SmtpRefused => format!("The mail server refused the mail for {target}{words}."),
            Reason::SmtpDeferred => {
                format!(
                    "The mail server did not take the mail for {target}{words}. Have an operator look at it, and at --smtp-url."
                )
            }
            Reason::SmtpNoTls => {
                "The mail server does not offer STARTTLS, which the settings demand: nothing was sent in clear."
                    .to_owned()
            }
            Reason::ToggleOff => "Not sent: Send Webhook is off for this event.".to_owned(),
            Reason::Paused => "Not sent: the destination is paused.".to_owned(),
            Reason::Deleted => "Not sent: the target was removed before its turn came.".to_owned(),
            Reason::Unsubscribed if self.detail.is_empty() => format!("Not sent: {target} has unsubscribed."),
            Reason::Unsubscribed => format!("Not sent: {target} unsubscribed on {}.", self.detail),
            Reason::Unconfirmed => {
                format!("Not sent: {target} has not confirmed yet. The link is in the mail that asks for it.")
            }
            Reason::QueueFull => format!(
                "Not sent: too many deliveries to {target} were waiting already. Check that the receiver answers."
            ),
            Reason::Expired => {
                format!("Not sent: it waited for {target} too long to be of use. Check that the receiver answers.")
            }
            Reason::Cancelled => {
                "Not sent: nobody waited for the result any longer when its turn came. Send it again.".to_owned()
            }
            Reason::RecoveryStopped => {
                "Not sent: the recovery that it was part of was stopped before its turn came.".to_owned()
            }
            Reason::NoMailServer => {
                "Not sent again: no mail server is connected. What this was to repeat can be sent again when there is one."
                    .to_owned()
            }
            Reason::Restored => {
                "The database was restored from a backup that was made before this ended. It may or may not have \
                 arrived since: check there."
                    .to_owned()
            }
            Reason::WrittenToFile => format!(
                "The mail for {target} was written to a file on the server, because no mail server is set{words}. Nobody received it."
            ),
        }
    }

    fn answer(&self) -> String {
        let code = self.status.unwrap_or_default();
        match http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason()) {
            Some(words) => format!("{code} {words}"),
            None => code.to_string(),
        }
    }

    fn in_time(&self) -> String {
        self.took.map_or_else(String::new, |took| format!(" in {}", millis(took)))
    }

    fn words(&self) -> String {
        if self.detail.is_empty() { String::new() } else { format!(" ({})", self.detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(state: State, reason: Option<Reason>, status: Option<u16>) -> DeliveryReport<'static> {
        let (detail, target) = ("", "hooks.acme.example");
        DeliveryReport {
            channel: Channel::Webhook,
            state,
            reason,
            status,
            detail,
            target,
            took: Some(Duration::from_millis(184)),
        }
    }

    #[test]
    fn a_status_is_named_with_its_time_and_what_to_do() {
        assert_eq!(
            report(State::Delivered, None, Some(200)).describe(),
            "hooks.acme.example answered 200 OK in 184 ms."
        );
        let failed = report(State::Failed, Some(Reason::HttpStatus), Some(500)).describe();
        assert!(failed.starts_with("hooks.acme.example answered 500 Internal Server Error in 184 ms."));
        let moved = report(State::Failed, Some(Reason::HttpStatus), Some(307)).describe();
        assert!(moved.contains("Redirects are not followed"));
    }

    #[test]
    fn a_mail_is_taken_by_a_server_or_written_to_a_file() {
        let mail = DeliveryReport {
            channel: Channel::Email,
            target: "dana@acme.example",
            ..report(State::Delivered, None, Some(250))
        };
        assert_eq!(mail.describe(), "The mail server took the mail for dana@acme.example in 184 ms.");
        let reason = Some(Reason::WrittenToFile);
        let file = DeliveryReport { status: None, reason, detail: "data/mail/1.eml", ..mail };
        assert_eq!(
            file.describe(),
            "The mail for dana@acme.example was written to a file on the server, because no mail server is set \
             (data/mail/1.eml). Nobody received it."
        );
    }

    #[test]
    fn every_reason_has_a_sentence_that_ends() {
        for &reason in Reason::ALL {
            assert!(report(State::Failed, Some(reason), None).describe().ends_with('.'), "{reason:?}");
        }
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let shown = [0, 999, 1_240].map(|ms| millis(Duration::from_millis(ms)));
        assert_eq!(shown, ["under 1 ms", "999 ms", "1.2 s"]);
    }
}
