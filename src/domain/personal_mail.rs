//! Mails about a person's own way in: an invitation, a link, and what somebody has done with it; and what tells an
//! account's contact of webhooks that fail.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::letter::LabelledLine;
use super::role::Role;
use super::text;

/// The most characters of a subject.
const SUBJECT_LIMIT: usize = 150;

/// What a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonalMail {
    /// Somebody asks them into an account.
    Invitation {
        /// The account's name.
        account: String,
        /// Who asks.
        invited_by: String,
        /// What they would do there.
        role: Role,
        /// The link, a secret.
        url: String,
    },
    /// The link that stands for their password, once.
    SignInLink {
        /// A secret.
        url: String,
        /// The admin who had it sent; without one, somebody asked on the sign-in page.
        sent_by: Option<String>,
    },
    /// They have signed in with a browser that was not seen before, or somebody else has.
    NewDevice {
        /// `Firefox on Linux`
        device: String,
        /// The network address.
        address: String,
        /// When.
        at: Timestamp,
    },
    /// The password is another.
    PasswordChanged {
        /// When.
        at: Timestamp,
    },
    /// A code is asked for at each sign-in.
    SecondFactorAdded {
        /// When.
        at: Timestamp,
    },
    /// There are other recovery codes.
    RecoveryCodesMade {
        /// When.
        at: Timestamp,
    },
    /// No code is asked for any more.
    SecondFactorRemoved {
        /// When.
        at: Timestamp,
    },
    /// To a primary contact: webhooks of the account have failed for an hour.
    FailingWebhooks {
        /// The account's name.
        account: String,
        /// Its environment.
        environment: String,
        /// Which, and how.
        targets: Vec<FailingWebhook>,
        /// Since when none of one has arrived.
        since: Timestamp,
        /// The log that shows them; none for a contact who does not sign in.
        log: Option<String>,
    },
}

/// A webhook that is failing, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingWebhook {
    /// What it is called.
    pub name: String,
    /// `3 failed in the last hour.`
    pub what: String,
}

/// Everything that the reader sees, so that HTML and text say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalLetter {
    /// One line without control characters.
    pub subject: String,
    /// What happened.
    pub heading: String,
    /// More about it, and what to do.
    pub paragraphs: Vec<String>,
    /// When, where, with what.
    pub facts: Vec<LabelledLine>,
    /// The one thing to do.
    pub button: Option<LabelledLine>,
    /// Why this reader gets it.
    pub reason: String,
}

/// What somebody does who did not do it themselves.
const NOT_YOU: &str = "If that was you, there is nothing to do. If it was not, choose a new password under Profile, \
                       look at the sessions there, and tell an operator of this server.";

impl PersonalMail {
    /// Its name in the log.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::SignInLink { .. } => "sign-in link",
            Self::NewDevice { .. } => "new device",
            Self::PasswordChanged { .. } => "password changed",
            Self::SecondFactorAdded { .. } => "second factor added",
            Self::RecoveryCodesMade { .. } => "recovery codes made",
            Self::SecondFactorRemoved { .. } => "second factor removed",
            Self::FailingWebhooks { .. } => "failing webhooks",
        }
    }

    /// For how long it is of use.
    #[must_use]
    pub(crate) fn good_for(&self) -> Duration {
        match self {
            Self::SignInLink { .. } => Duration::from_mins(15),
            // The next one comes then.
            Self::FailingWebhooks { .. } => Duration::from_hours(24),
            Self::Invitation { .. }
            | Self::NewDevice { .. }
            | Self::PasswordChanged { .. }
            | Self::SecondFactorAdded { .. }
            | Self::SecondFactorRemoved { .. }
            | Self::RecoveryCodesMade { .. } => Duration::from_hours(3 * 24),
        }
    }

    /// The letter to `address`, with links into Ringpost at `public_url`.
    #[must_use]
    pub fn letter(&self, address: &str, public_url: &str) -> PersonalLetter {
        let line =
            |label: &str, value: &str| LabelledLine { label: label.to_owned(), value: text::one_line(value) };
        let when = |at: &Timestamp| line("When", &text::moment(*at));
        let profile = || Some(line("Open your profile", &format!("{public_url}/profile")));
        let owner = format!("You get this because {address} signs in to Ringpost at {public_url}.");
        let told = |heading: &str, facts| PersonalLetter {
            subject: heading.to_owned(),
            heading: heading.to_owned(),
            paragraphs: vec![NOT_YOU.to_owned()],
            facts,
            button: profile(),
            reason: owner.clone(),
        };
        let letter = match self {
            Self::Invitation { account, invited_by, role, url } => PersonalLetter {
                subject: format!("You are invited to {account}"),
                heading: format!("You are invited to {account}"),
                paragraphs: vec![
                    format!("{invited_by} invites you to the settings of {account} on Ringpost, as {role}."),
                    "The link is good for three days and for you alone. If you do not know what this is about, \
                     leave it."
                        .to_owned(),
                ],
                facts: Vec::new(),
                button: Some(line("See the invitation", url)),
                reason: format!("You get this because {invited_by} typed your address, {address}."),
            },
            Self::SignInLink { url, sent_by } => PersonalLetter {
                subject: "Your link to sign in".to_owned(),
                heading: "Your link to sign in".to_owned(),
                paragraphs: vec![
                    "It stands for your password once, within 15 minutes. You then choose a new password."
                        .to_owned(),
                    match sent_by {
                        Some(admin) => format!("{admin} had it sent to you, and cannot see it."),
                        None => "If you did not ask for it, leave it: nothing has changed.".to_owned(),
                    },
                ],
                facts: Vec::new(),
                button: Some(line("Sign in", url)),
                reason: owner.clone(),
            },
            Self::NewDevice { device, address, at } => told(
                "New sign-in to your account",
                vec![when(at), line("Browser", device), line("Address", address)],
            ),
            Self::PasswordChanged { at } => told("Your password was changed", vec![when(at)]),
            Self::SecondFactorAdded { at } => told("A second factor was turned on", vec![when(at)]),
            Self::RecoveryCodesMade { at } => told("New recovery codes were made", vec![when(at)]),
            Self::SecondFactorRemoved { at } => told("Your second factor was removed", vec![when(at)]),
            Self::FailingWebhooks { account, environment, targets, since, log } => {
                let heading = match targets.as_slice() {
                    [only] => format!("{} has been failing for an hour", text::one_line(&only.name)),
                    several => format!("{} webhooks have been failing", several.len()),
                };
                let what_to_do = match log {
                    Some(_) => "The log shows what was answered. Once the receiver works, what failed can be sent again there.",
                    None => "Somebody who signs in to Ringpost finds them under Deliveries, and can send them again there.",
                };
                PersonalLetter {
                    subject: format!("[{environment}] {heading}"),
                    heading,
                    paragraphs: vec![
                        format!(
                            "Since {} nothing has arrived there of what Ringpost sends for {}. {what_to_do}",
                            text::moment(*since),
                            text::one_line(account)
                        ),
                    ],
                    facts: targets.iter().map(|target| line(&text::one_line(&target.name), &target.what)).collect(),
                    button: log.as_ref().map(|log| line("Open the log", log)),
                    reason: format!(
                        "You get this, at most once a day, because {address} is the primary contact of {}. An admin \
                         can turn it off under Company.",
                        text::one_line(account)
                    ),
                }
            }
        };
        let subject = text::capped(&text::one_line(&letter.subject), SUBJECT_LIMIT);
        PersonalLetter { subject, ..letter }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_stays_on_its_line() {
        let mail = PersonalMail::Invitation {
            account: "Acme\r\nBcc: eve@evil.example".to_owned(),
            invited_by: "dana@acme.example".to_owned(),
            role: Role::Viewer,
            url: "https://ringpost.example/invitations/x".to_owned(),
        };
        let letter = mail.letter("lee@acme.example", "https://ringpost.example");
        assert_eq!(letter.subject, "You are invited to Acme Bcc: eve@evil.example");
        assert!(letter.paragraphs[0].contains("dana@acme.example invites you") && letter.button.is_some());
    }
}
