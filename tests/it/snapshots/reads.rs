//! How many statements a request makes, as sqlx tells them.

use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use ringpost::domain::role::Role;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::support::app::{TestApp, event_request, spawn_app};
use crate::support::http::Answer;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

/// Request ids and the statements that were made for them, of all tests that run meanwhile.
static STATEMENTS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Notes each statement that is made within a request's span. What other tasks do is not the request's.
struct Recorder;

struct RequestId(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(request) = Words::of("id", |words| attributes.record(words)) {
            context.span(id).unwrap().extensions_mut().insert(RequestId(request));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(statement) = Words::of("summary", |words| event.record(words)) else { return };
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(RequestId(id)) = span.extensions().get() {
                statements().push((id.clone(), statement.clone()));
            }
        }
    }
}

/// One field's words.
struct Words {
    field: &'static str,
    words: Option<String>,
}

impl Words {
    fn of(field: &'static str, record: impl FnOnce(&mut dyn Visit)) -> Option<String> {
        let mut words = Self { field, words: None };
        record(&mut words);
        words.words
    }
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == self.field {
            self.words = Some(format!("{value:?}"));
        }
    }
}

fn statements() -> std::sync::MutexGuard<'static, Vec<(String, String)>> {
    STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SQLite's statements run on threads of their own, so that it has to be everybody's.
fn record() {
    let targets = Targets::new()
        .with_target("sqlx::query", LevelFilter::DEBUG)
        .with_target("ringpost", LevelFilter::INFO);
    tracing::subscriber::set_global_default(Registry::default().with(Recorder.with_filter(targets))).unwrap();
}

/// What was read to answer this request; what was written is another matter.
fn reads_of(answer: &Answer) -> Vec<String> {
    let id = answer.header("x-request-id").unwrap();
    let of_request = statements().iter().filter(|(of, _)| of == id).map(|(_, text)| text.clone()).collect();
    let is_read = |text: &String| text.starts_with("select") && !text.contains("pg_notify");
    let all: Vec<String> = of_request;
    all.into_iter().filter(is_read).collect()
}

async fn post(app: &TestApp, token: &str) -> Answer {
    let answer = app.send(event_request(&sample("run_failed")).bearer(token)).await;
    answer.has_status(202);
    answer
}

/// One test, for one program has one recorder.
#[tokio::test]
async fn an_event_is_read_for_once_and_then_not_at_all() {
    record();
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "ops@acme.example").await;
    let token = app.token(Some(100), Role::Ingest).await;
    // Making a token has read the account: a change takes it away.
    app.db.unsubscribe(100, &"lee@acme.example".parse().unwrap(), Vec::new(), 1).await.unwrap();

    let first = reads_of(&post(&app, &token).await);
    let about = |table: &str| first.iter().filter(|text| text.contains(table)).count();
    assert_eq!((first.len(), about("account_id, role"), about("'destination'")), (2, 1, 1), "{first:?}");

    for _ in 0..20 {
        assert_eq!(reads_of(&post(&app, &token).await), [""; 0]);
    }

    // Nothing is kept for longer than two seconds, and a hundred who come then make one read of each.
    app.time.advance(std::time::Duration::from_secs(2));
    let answers = join_all((0..100).map(|_| post(&app, &token))).await;
    assert_eq!(answers.iter().map(|answer| reads_of(answer).len()).sum::<usize>(), 2);
    app.finish().await;
}
