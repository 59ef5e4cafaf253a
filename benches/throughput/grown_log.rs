//! A log as it looks after 90 days of two accounts: every kind of event, end and target that the log can be asked
//! for, some of them rare, some of them never.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::copies::{Change, Copies};
use crate::database::Database;
use crate::storage::Storage;
use crate::{BenchError, Result};

/// How long a log is kept, in milliseconds.
const AGE: u64 = 90 * 24 * 60 * 60 * 1_000;
/// Deliveries that each event has, but for those that are sent again.
const EACH: u32 = 3;
/// The neighbour has this much of a hundred.
const NEIGHBOURS: u32 = 60;
/// Deliveries of the largest event.
pub const LARGEST: u32 = 10_000;
/// A mail's source is cut to so many characters: a million whole ones would fill disks, and no page but their own
/// reads them.
const MAIL: u32 = 2_000;

/// Places of the log that are looked at.
#[derive(Debug)]
pub struct Landmarks {
    /// Whose log it is.
    pub account: i64,
    /// Its destinations: three in use, the third a Slack channel, one that was used ten times, one that never was.
    pub destinations: [i64; 5],
    /// An event in its middle.
    pub event: String,
    /// A webhook of that event.
    pub delivery: String,
    /// An event far down.
    pub old_event: String,
    /// A delivery of that event.
    pub old_delivery: String,
    /// An event with very many deliveries.
    pub large_event: String,
    /// How many events and deliveries there are, of both accounts.
    pub events: u32,
    pub deliveries: u32,
}

/// Writes about so many deliveries, copies of those of the log's first event: a webhook and a mail. The neighbour has
/// most of them.
pub async fn fill(storage: &Storage, account: i64, neighbour: i64, rows: u32) -> Result<Landmarks> {
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let mut database = storage.database().await?;
    let original = database.text("select min(id) from events").await?;
    let events = rows / EACH;
    let others = events * NEIGHBOURS / 100;
    let destinations = destinations_of(&mut database, account).await?;
    let neighbours = destinations_of(&mut database, neighbour).await?;
    let count = events - others;
    let mut part = Part { database: &mut database, original, account, destinations, first: 1, count, now };
    part.write().await?;
    let landmarks = part.landmarks(events).await?;
    let mut part =
        Part { account: neighbour, destinations: neighbours, first: 1 + count, count: others, ..part };
    part.write().await?;
    let deliveries = database.text("select cast(count(*) as text) from deliveries").await?.parse()?;
    database.settle().await?;
    database.close().await?;
    // An original without its two deliveries would make a short log that looks fast.
    if deliveries < rows / 100 * 99 {
        return Err(BenchError::from(format!(
            "the log was filled with {deliveries} deliveries instead of {rows}"
        )));
    }
    Ok(Landmarks { deliveries, ..landmarks })
}

/// The five that the account has.
async fn destinations_of(database: &mut Database, account: i64) -> Result<[i64; 5]> {
    let mut ids = [0; 5];
    for (place, id) in ids.iter_mut().enumerate() {
        let query = format!(
            "select cast(id as text) from destinations where account_id = {account} order by id limit 1 offset {place}"
        );
        *id = database.text(&query).await?.parse()?;
    }
    Ok(ids)
}

/// One account's part.
struct Part<'a> {
    database: &'a mut Database,
    original: String,
    account: i64,
    destinations: [i64; 5],
    first: u32,
    count: u32,
    now: u64,
}

/// Which of an event's deliveries: a digit of their ids.
const WEBHOOK: u8 = 1;
const CONTACT: u8 = 2;
const DESTINATION: u8 = 3;
const SUBSCRIBER: u8 = 4;
const AGAIN: u8 = 5;
const LARGE: u8 = 6;

impl Part<'_> {
    async fn write(&mut self) -> Result<()> {
        self.events().await?;
        self.webhooks().await?;
        self.mails_to_contact().await?;
        self.destinations().await?;
        self.subscribers().await?;
        self.sent_again().await?;
        self.large().await
    }

    /// Nine in a hundred thousand or so are of a kind that is rare: ten, however long the log is.
    fn rare(&self, place: u32) -> String {
        // Even, so that each has a destination.
        format!("n.i % {} = {place}", (self.count / 10).max(16) / 2 * 2)
    }

    /// When event number `n.i` happened.
    fn time(&self) -> String {
        let step = AGE / u64::from(self.count.max(1));
        format!("({} + (n.i - {}) * {step})", self.now - AGE, self.first)
    }

    fn id(&self, slot: u8, number: &str) -> String {
        let hex = self.database.hex(&self.time());
        let digits = format!("('000000000000' || ({number}))");
        format!(
            "substr({hex}, 1, 8) || '-' || substr({hex}, 9, 4) || '-7{slot}00-8000-' || substr({digits}, length({digits}) - 11)"
        )
    }

    async fn copy(&mut self, table: &str, original: &str, changes: &[Change], only: &str) -> Result<()> {
        let (first, count) = (self.first, self.count);
        Copies { table, original, changes, first, count, only }.write(self.database).await
    }

    fn key(&self) -> String {
        format!(
            "case when {} then 'partner_integration_updated' when n.i % 20 < 10 then 'run_failed'
               when n.i % 20 < 15 then 'sync_succeeded' when n.i % 20 < 17 then 'sync_failed'
               when n.i % 20 < 19 then 'tenant_created' else 'integration_created' end",
            self.rare(6)
        )
    }

    fn trigger() -> String {
        "case when n.i % 400 = 3 then 'test' when n.i % 997 = 5 then 'adhoc' else 'event' end".to_owned()
    }

    async fn events(&mut self) -> Result<()> {
        let tenant = "replace(replace(t.payload, '\"tenant_id\":789', '\"tenant_id\":' || (n.i % 5000)),
            'Widget Co', 'Tenant ' || (n.i % 5000))";
        let changes = [
            ("id", self.id(0, "n.i")),
            ("account_id", self.account.to_string()),
            ("event_key", self.key()),
            ("triggered_by", Self::trigger()),
            ("payload", tenant.to_owned()),
            ("nonce", "null".to_owned()),
            ("created_at", self.time()),
        ];
        let original = format!("id = '{}'", self.original);
        self.copy("events", &original, &changes, "1 = 1").await
    }

    /// What every delivery of the part has.
    fn common(&self, slot: u8) -> Vec<Change> {
        vec![
            ("id", self.id(slot, "n.i")),
            ("first_id", self.id(slot, "n.i")),
            ("event_id", self.id(0, "n.i")),
            ("account_id", self.account.to_string()),
            ("event_key", self.key()),
            ("triggered_by", Self::trigger()),
            ("created_at", self.time()),
            ("due_at", self.time()),
            ("sent_at", self.time()),
            ("finished_at", format!("{} + 40", self.time())),
            ("request_body", format!("substr(t.request_body, 1, {MAIL})")),
        ]
    }

    async fn deliveries(&mut self, channel: &str, changes: &[Change], only: &str) -> Result<()> {
        let original = format!("event_id = '{}' and channel = '{channel}'", self.original);
        self.copy("deliveries", &original, changes, only).await
    }

    async fn webhooks(&mut self) -> Result<()> {
        let mut changes = self.common(WEBHOOK);
        let end = |skipped: &str, failed: &str, expired: &str, unknown: &str, delivered: &str| {
            format!(
                "case when n.i % 20 in (17, 18) then {skipped} when n.i % 50 = 0 then {failed}
                   when n.i % 1009 = 0 then {expired} when n.i % 97 = 0 then {unknown} else {delivered} end"
            )
        };
        changes.push(("state", end("'skipped'", "'failed'", "'failed'", "'unknown'", "t.state")));
        changes
            .push(("reason", end("'toggle_off'", "'http_status'", "'expired'", "'no_answer'", "t.reason")));
        changes.push(("status", end("null", "500", "null", "null", "t.status")));
        self.deliveries("webhook", &changes, "1 = 1").await
    }

    /// A few wait for a mail server that has put them off until tomorrow.
    async fn mails_to_contact(&mut self) -> Result<()> {
        let mut changes = self.common(CONTACT);
        let waits = self.rare(12);
        let end = |pending: &str, file: &str, failed: &str, delivered: &str| {
            format!(
                "case when {waits} then {pending} when n.i % 211 = 0 then {file} when n.i % 301 = 0 then {failed}
                   else {delivered} end"
            )
        };
        changes.retain(|(column, _)| *column != "due_at");
        changes.push(("state", end("'pending'", "'delivered'", "'failed'", "t.state")));
        changes.push(("reason", end("'smtp_deferred'", "'written_to_file'", "'smtp_refused'", "t.reason")));
        changes.push(("instance", end("null", "t.instance", "t.instance", "t.instance")));
        changes.push(("due_at", format!("case when {waits} then {} else t.due_at end", self.now + AGE / 90)));
        self.deliveries("email", &changes, "1 = 1").await
    }

    async fn destinations(&mut self) -> Result<()> {
        let [one, two, slack, rare, _] = self.destinations;
        let is_rare = self.rare(8);
        let mut changes = self.common(DESTINATION);
        changes.push(("target", "'destination'".to_owned()));
        changes.push(("channel", "case when n.i % 8 = 2 then 'slack' else 'webhook' end".to_owned()));
        changes.push((
            "destination_id",
            format!(
                "case when {is_rare} and n.i % 8 <> 2 then {rare} when n.i % 4 = 0 then {one}
                   when n.i % 8 = 2 then {slack} else {two} end"
            ),
        ));
        changes.push(("state", "case when n.i % 300 = 2 then 'failed' else t.state end".to_owned()));
        changes.push(("reason", "case when n.i % 300 = 2 then 'connect' else t.reason end".to_owned()));
        self.deliveries("webhook", &changes, "n.i % 2 = 0").await
    }

    async fn subscribers(&mut self) -> Result<()> {
        let mut changes = self.common(SUBSCRIBER);
        changes.push(("target", "'subscriber'".to_owned()));
        changes.push(("recipient", "'person-' || (n.i % 4000) || '@acme.example'".to_owned()));
        self.deliveries("email", &changes, "n.i % 2 = 1").await
    }

    /// Half of the webhooks that failed, an hour later.
    async fn sent_again(&mut self) -> Result<()> {
        let mut changes = self.common(AGAIN);
        changes.retain(|(column, _)| !["first_id", "triggered_by"].contains(column));
        let first = self.id(WEBHOOK, "n.i");
        changes.push(("first_id", first.clone()));
        changes.push(("resend_of", first));
        changes.push(("resent_by", "'dana@acme.example'".to_owned()));
        changes.push(("triggered_by", "'resend'".to_owned()));
        self.deliveries("webhook", &changes, "n.i % 100 = 0").await
    }

    /// One event has very many subscribers, each with a mail.
    async fn large(&mut self) -> Result<()> {
        let event = self.large_event().await?;
        let mut changes = self.common(LARGE);
        changes.retain(|(column, _)| !["event_id", "event_key", "triggered_by"].contains(column));
        changes.push(("event_id", format!("'{event}'")));
        changes.push(("target", "'subscriber'".to_owned()));
        changes.push(("recipient", "'crowd-' || n.i || '@acme.example'".to_owned()));
        let only = format!("n.i < {}", self.first + LARGEST.min(self.count));
        self.deliveries("email", &changes, &only).await
    }

    /// The account's event at a place between 0, the oldest, and 100.
    async fn event_at(&mut self, place: u32) -> Result<String> {
        let number = self.first + self.count / 100 * place;
        let id = self.id(0, "n.i");
        self.database.text(&format!("select {id} from (select cast({number} as bigint) as i) n")).await
    }

    async fn large_event(&mut self) -> Result<String> {
        self.event_at(70).await
    }

    async fn landmarks(&mut self, events: u32) -> Result<Landmarks> {
        let (event, old_event) = (self.event_at(50).await?, self.event_at(5).await?);
        let webhook = |event: &str| event.replace("-7000-", &format!("-7{WEBHOOK}00-"));
        Ok(Landmarks {
            account: self.account,
            destinations: self.destinations,
            delivery: webhook(&event),
            old_delivery: webhook(&old_event),
            event,
            old_event,
            large_event: self.large_event().await?,
            events,
            deliveries: 0,
        })
    }
}
