//! Mails to people about their own way in, and to contacts about failing webhooks: written down before the request that
//! causes them is answered, sent beside it, and tried again for a while, over a restart too. No request fails of one.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tokio_util::task::TaskTracker;

use crate::actions::App;
use crate::db::person_mails::WaitingMail;
use crate::domain::clock::from_ms;
use crate::domain::delivery::Verdict;
use crate::domain::personal_mail::{PersonalLetter, PersonalMail};
use crate::domain::values::EmailAddress;
use crate::error::{Error, Result};
use crate::vault::Cell;

/// How long is waited before each further try.
const AGAIN_AFTER: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(4),
];
/// A try that has not ended after so long never will: whoever made it is gone.
const LEASE: Duration = Duration::from_mins(2);
/// How often it is looked for what is due.
const ROUND: Duration = Duration::from_secs(5);
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
            tracing::warn!(
                "mails to people are not sent yet: the next server on this database goes on with them"
            );
        }
    }
}

/// A mail as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptMail {
    /// Whom it is for.
    to: String,
    /// Its name in the log.
    kind: String,
    /// Afterwards it is of no use, in milliseconds.
    good_until: i64,
    /// What it says.
    letter: PersonalLetter,
}

impl App {
    /// Mails a person in the background.
    pub(crate) async fn mail_person(&self, to: &EmailAddress, mail: PersonalMail) {
        let (id, now) = (self.clock.new_id().to_string(), self.clock.now_ms());
        let mail = KeptMail::of(self, to, &mail, now);
        if let Err(error) = keep(self, &id, &mail, now).await {
            tracing::error!(%error, kind = mail.kind, "a mail to a person could not be written down: it is tried once");
        }
        let app = self.clone();
        self.mailed.beside(async move { attempt(&app, id, mail, 0, from_ms(now)).await });
    }

    /// The same for an address as it is stored.
    pub(crate) async fn mail_stored(&self, to: &str, mail: PersonalMail) {
        match to.parse() {
            Ok(address) => self.mail_person(&address, mail).await,
            Err(error) => tracing::error!(%error, kind = mail.kind(), "a stored address cannot be mailed"),
        }
    }
}

impl KeptMail {
    fn of(app: &App, to: &EmailAddress, mail: &PersonalMail, now: i64) -> Self {
        Self {
            to: to.to_string(),
            kind: mail.kind().to_owned(),
            good_until: now + millis(mail.good_for()),
            letter: mail.letter(to.as_str(), &app.config.public_url()),
        }
    }
}

/// A mail that is to be kept in a transaction of its cause, and sent once it is.
pub(in crate::actions) fn sealed_mail(
    app: &App,
    to: &EmailAddress,
    mail: &PersonalMail,
) -> Result<WaitingMail> {
    let (id, now) = (app.clock.new_id().to_string(), app.clock.now_ms());
    sealed(app, id, &KeptMail::of(app, to, mail, now), now)
}

/// Goes on with what is due until the server ends: what was put off, and what an earlier server has left.
pub(crate) async fn send_waiting_mails(app: App) {
    loop {
        if let Err(error) = take(&app).await {
            tracing::error!(%error, "mails to people that wait could not be read; it is tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

async fn take(app: &App) -> Result<()> {
    let now = app.clock.now_ms();
    for WaitingMail { id, content, tries, created_at } in
        app.db.take_person_mails(now, now + millis(LEASE)).await?
    {
        let opened = app.vault.open(Cell::PersonMail(&id), &content).map_err(Error::internal);
        let mail =
            opened.and_then(|text| serde_json::from_str(text.expose_secret()).map_err(Error::internal));
        match mail {
            Ok(mail) => {
                let app = app.clone();
                let written = from_ms(created_at);
                app.mailed.clone().beside(async move { attempt(&app, id, mail, tries, written).await });
            }
            Err(error) => {
                tracing::error!(%error, "a mail to a person cannot be read, and is given up");
                app.db.delete_person_mail(id).await?;
            }
        }
    }
    Ok(())
}

async fn keep(app: &App, id: &str, mail: &KeptMail, now: i64) -> Result<()> {
    let waiting = sealed(app, id.to_owned(), mail, now)?;
    Ok(app.db.add_person_mail(waiting, now + millis(LEASE)).await?)
}

fn sealed(app: &App, id: String, mail: &KeptMail, now: i64) -> Result<WaitingMail> {
    let text = serde_json::to_string(mail).map_err(Error::internal)?;
    let content = app.vault.seal(Cell::PersonMail(&id), &text.into()).map_err(Error::internal)?;
    Ok(WaitingMail { id, content, tries: 0, created_at: now })
}

/// One try. Whoever is killed between the mail server's yes and the line that forgets the mail sends it twice, under
/// the same id.
async fn attempt(app: &App, id: String, mail: KeptMail, tries: i64, written: Timestamp) {
    let now = app.clock.now_ms();
    let again = match try_once(app, &id, &mail, written).await {
        None => None,
        Some(why) => {
            let wait = usize::try_from(tries).ok().and_then(|tries| AGAIN_AFTER.get(tries));
            let due = wait.map(|wait| now + millis(*wait)).filter(|due| *due < mail.good_until);
            if due.is_none() {
                tracing::warn!(kind = mail.kind, reason = why, "a mail to a person is given up");
            }
            due
        }
    };
    let noted = match again {
        Some(due) => app.db.put_off_person_mail(id, tries + 1, due).await,
        None => app.db.delete_person_mail(id).await,
    };
    if let Err(error) = noted {
        tracing::error!(%error, "what came of a mail to a person could not be noted: it is sent again");
    }
}

/// Why it has to be tried again; `None` when it is over.
async fn try_once(app: &App, id: &str, mail: &KeptMail, written: Timestamp) -> Option<String> {
    if app.clock.now_ms() >= mail.good_until {
        tracing::warn!(kind = mail.kind, "a mail to a person came too late, and is given up");
        return None;
    }
    let Ok(to) = mail.to.parse::<EmailAddress>() else { return None };
    match app.sender.to_person(&to, &mail.letter, id, written).await.verdict {
        Verdict::Delivered | Verdict::WrittenToFile => None,
        Verdict::Failed(reason) | Verdict::Skipped(reason) => {
            tracing::warn!(kind = mail.kind, %reason, "a mail to a person was refused");
            None
        }
        Verdict::Retry(reason) | Verdict::Unknown(reason) => Some(reason.to_string()),
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
