//! The mail to the primary contact about webhooks that have failed for an hour. Who is told is noted together with the
//! mail, in one transaction: whichever instance comes first writes it, and whichever lives sends it.

use std::time::Duration;

use crate::actions::App;
use crate::actions::event_log::first_id;
use crate::actions::people::sealed_mail;
use crate::domain::health::{FailingTarget, LOOKED_AT, told_again};
use crate::domain::personal_mail::{FailingWebhook, PersonalMail};
use crate::error::Result;

use super::failing;

/// How often it is looked.
const ROUND: Duration = Duration::from_mins(1);
/// Targets of which one mail tells.
const MOST_TOLD: usize = 10;

/// Looks once a minute until the server ends.
pub async fn run_telling(app: App) {
    loop {
        if let Err(error) = tell_all(&app).await {
            tracing::error!(%error, "failing webhooks could not be looked for; it is tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Writes to the contact of each account of which a webhook has failed for an hour; answers how many were written to.
pub async fn tell_all(app: &App) -> Result<usize> {
    let (mut after, mut told) = (0, 0);
    loop {
        let now = app.clock.now();
        let accounts = app.db.accounts_in_trouble(after, told_again(now), &first_id(now - LOOKED_AT)).await?;
        let Some(last) = accounts.last().copied() else { return Ok(told) };
        for account_id in accounts {
            // One account's trouble is not another's.
            match tell(app, account_id).await {
                Ok(is_told) => told += usize::from(is_told),
                Err(error) => tracing::warn!(account = account_id, %error, "the contact could not be told"),
            }
        }
        after = last;
    }
}

async fn tell(app: &App, account_id: i64) -> Result<bool> {
    let (targets, _) = failing(app, account_id, MOST_TOLD).await?;
    let now = app.clock.now();
    let failing: Vec<FailingTarget> =
        targets.into_iter().filter(|target| target.is_to_be_told(now)).collect();
    let snapshot = app.db.snapshot(account_id).await?;
    let (Some(snapshot), Some(longest)) = (snapshot, failing.iter().min_by_key(|target| target.since)) else {
        return Ok(false);
    };
    let account = &snapshot.settings.account;
    let log = match failing.as_slice() {
        [only] => only.log.clone(),
        _ => "status=failed".to_owned(),
    };
    let lines =
        failing.iter().map(|target| FailingWebhook { name: target.name.clone(), what: target.sentence() });
    let mail = PersonalMail::FailingWebhooks {
        account: account.name.clone(),
        environment: account.environment.clone(),
        targets: lines.collect(),
        since: longest.since,
        log: snapshot
            .signs_in(&account.contact.email)
            .then(|| format!("{}/accounts/{account_id}/deliveries?{log}", app.config.public_url())),
    };
    let mail = sealed_mail(app, &account.contact.email, &mail)?;
    Ok(app.db.tell_of_failures(account_id, told_again(now), mail).await?)
}
