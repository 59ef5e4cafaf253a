//! Events and deliveries as values, a database to write them to, and a look at what stands in it.

use std::sync::Arc;

use jiff::Timestamp;
use ringpost::db::Db;
use ringpost::db::events::{AcceptOutcome, Entry, Idempotency};
use ringpost::db::outbox::{Settlement, Start};
use ringpost::domain::account::{Account, Contact};
use ringpost::domain::clock::{Clock, from_ms};
use ringpost::domain::delivery::{Delivery, Stages, State, Target, Transcript, Trigger};
use ringpost::domain::event::Event;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::support::place::{Place, on_postgres};

/// A database with account 100 in it.
pub async fn opened() -> (Place, Db) {
    let place = Place::fresh().await;
    let db = with_account(&place).await;
    (place, db)
}

pub async fn with_account(place: &Place) -> Db {
    let db = Db::open(place.url()).await.unwrap();
    let contact = Contact { name: "Dana Ito".to_owned(), email: "dana@acme.example".parse().unwrap() };
    let account = Account {
        id: 100,
        name: "Acme Corp".to_owned(),
        environment: "prod-acme".to_owned(),
        contact,
        failure_mails: true,
    };
    db.create_account(account, 0).await.unwrap();
    db
}

/// Closes the database and forgets it.
pub async fn end(place: Place, db: Db) {
    db.close().await;
    place.clear().await;
}

/// Now, as a column holds it.
pub fn now() -> Timestamp {
    from_ms(Clock::system().now_ms())
}

/// An event of now with so many webhook deliveries in a state, of the instance “me”.
pub fn entry(state: State, count: usize) -> Entry {
    let (clock, accepted_at) = (Clock::system(), now());
    let event_id = clock.new_id();
    let event = Event {
        id: event_id,
        account_id: 100,
        key: "run_failed".to_owned(),
        payload: serde_json::Map::new(),
        accepted_at,
    };
    let delivery = |_| {
        let id = clock.new_id();
        Delivery {
            id,
            account_id: 100,
            event_id,
            event_key: "run_failed".to_owned(),
            trigger: Trigger::Event,
            target: Target::SharedWebhook {
                authority: "hooks.acme.example".to_owned(),
                label: "https://hooks.acme.example/…".to_owned(),
            },
            state,
            reason: None,
            status: None,
            detail: String::new(),
            attempt: u32::from(state == State::Sending),
            first_id: id,
            resend_of: None,
            resent_by: None,
            created_at: accepted_at,
            due_at: accepted_at,
            sent_at: (state == State::Sending).then_some(accepted_at),
            finished_at: (!matches!(state, State::Pending | State::Sending)).then_some(accepted_at),
            took: None,
        }
    };
    Entry {
        event,
        is_known: false,
        payload: Arc::from("{\"run_id\":7}"),
        trigger: Trigger::Event,
        nonce: None,
        idempotency: None,
        recovery: None,
        deliveries: (0..count).map(delivery).collect(),
        instance: Some(Arc::from("me")),
    }
}

/// The same, made a mail to dana@acme.example.
pub fn mail(state: State) -> Entry {
    let mut entry = entry(state, 1);
    entry.deliveries[0].target = Target::PrimaryContact("dana@acme.example".parse().unwrap());
    entry
}

pub fn with_key(mut entry: Entry, key: &str, body: &str) -> Entry {
    entry.idempotency = Some(Idempotency { key: key.to_owned(), body_hash: body.to_owned() });
    entry
}

/// Accepts an event, and answers its deliveries.
pub async fn accepted(db: &Db, entry: Entry) -> Vec<Delivery> {
    match db.accept(entry).await.unwrap() {
        AcceptOutcome::New(deliveries) => deliveries,
        other => panic!("{other:?}"),
    }
}

pub fn start_of(id: Uuid, attempt: u32, instance: &str) -> Start {
    Start { id, attempt, at: now(), instance: Arc::from(instance) }
}

/// “Delivered, 204”, with a transcript.
pub fn settlement_of(delivery: &Delivery, instance: &str) -> Settlement {
    let delivery = Delivery {
        state: State::Delivered,
        status: Some(204),
        finished_at: Some(now()),
        took: Some(std::time::Duration::from_millis(12)),
        ..delivery.clone()
    };
    let transcript = Transcript {
        request_head: "POST / HTTP/1.1".to_owned(),
        request_body: "{\"run_id\":7}".to_owned(),
        response_head: "HTTP/1.1 204 No Content".to_owned(),
        response_body: String::new(),
    };
    let payload = Arc::from("{\"run_id\":7}");
    Settlement { delivery, payload, transcript, stages: Stages::default(), instance: Arc::from(instance) }
}

/// What guards a row: its state, attempt and owner.
pub async fn row(place: &Place, id: Uuid) -> (String, i64, Option<String>) {
    let sql = AssertSqlSafe(format!("select state, attempt, instance from deliveries where id = '{id}'"));
    if on_postgres() {
        let mut connection = PgConnection::connect(place.url()).await.unwrap();
        sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = SqliteConnection::connect(place.url()).await.unwrap();
        sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap()
    }
}

/// Holds up every write until [`Held::release`], so that what waits by then is one group.
pub enum Held {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Held {
    pub async fn up(place: &Place) -> Self {
        if on_postgres() {
            let mut connection = PgConnection::connect(place.url()).await.unwrap();
            connection.execute("begin; lock table events, idempotency_keys in exclusive mode").await.unwrap();
            Self::Postgres(connection)
        } else {
            let mut connection = SqliteConnection::connect(place.url()).await.unwrap();
            connection.execute("begin immediate").await.unwrap();
            Self::Sqlite(connection)
        }
    }

    pub async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => {
                connection.execute("rollback").await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres(mut connection) => {
                connection.execute("rollback").await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}
