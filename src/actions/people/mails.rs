//! Mails to people about their own way in: sent beside the request that causes them, tried again for a while, and
//! never what a request waits for or fails of.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::App;
use crate::domain::delivery::Verdict;
use crate::domain::personal_mail::PersonalMail;
use crate::domain::values::EmailAddress;
use crate::send::Sender;

/// How long is waited before each further try. What a link is for is over a quarter of an hour later.
const AGAIN_AFTER: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(30), Duration::from_mins(2), Duration::from_mins(5)];
/// How long an end waits for mails that are on their way.
const LEAVING: Duration = Duration::from_secs(10);

/// The mails that are on their way; clones share them.
#[derive(Clone, Default)]
pub struct MailedPeople {
    under_way: TaskTracker,
}

impl MailedPeople {
    /// Does something beside the request that causes it, which the server's end waits for.
    pub(super) fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.under_way.spawn(work);
    }

    /// Waits for what is being sent, for a while.
    pub(crate) async fn end(&self) {
        self.under_way.close();
        if tokio::time::timeout(LEAVING, self.under_way.wait()).await.is_err() {
            tracing::warn!("mails to people are given up: the server ends");
        }
    }
}

impl App {
    /// Mails a person in the background.
    pub(crate) fn mail_person(&self, to: &EmailAddress, mail: PersonalMail) {
        let (sender, to, stop) = (self.sender.clone(), to.clone(), self.stop.clone());
        let (id, date) = (self.clock.new_id().to_string(), self.clock.now());
        self.mailed.beside(async move { keep_trying(&sender, &to, &mail, &id, date, &stop).await });
    }

    /// The same for an address as it is stored.
    pub(crate) fn mail_stored(&self, to: &str, mail: PersonalMail) {
        match to.parse() {
            Ok(address) => self.mail_person(&address, mail),
            Err(error) => tracing::error!(%error, kind = mail.kind(), "a stored address cannot be mailed"),
        }
    }
}

async fn keep_trying(
    sender: &Sender,
    to: &EmailAddress,
    mail: &PersonalMail,
    id: &str,
    date: Timestamp,
    stop: &CancellationToken,
) {
    let mut waits = AGAIN_AFTER.iter();
    loop {
        let outcome = sender.to_person(to, mail, id, date).await;
        let why = match outcome.verdict {
            Verdict::Delivered | Verdict::WrittenToFile => return,
            Verdict::Failed(reason) | Verdict::Skipped(reason) => {
                tracing::warn!(kind = mail.kind(), %reason, "a mail to a person was refused");
                return;
            }
            Verdict::Retry(reason) | Verdict::Unknown(reason) => reason,
        };
        let Some(wait) = waits.next() else {
            tracing::warn!(kind = mail.kind(), reason = %why, "a mail to a person is given up");
            return;
        };
        tokio::select! {
            () = tokio::time::sleep(*wait) => {}
            () = stop.cancelled() => return,
        }
    }
}
