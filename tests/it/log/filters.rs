//! Filters of the log: whichever index leads, what is found is what fits.

use std::collections::BTreeSet;

use ringpost::db::deliveries::EventFilter;
use ringpost::domain::delivery::{Channel, Delivery, LogStatus, Target, Trigger};
use ringpost::domain::role::Role;

use super::resend::{happen, resend};
use crate::support::app::{TestApp, spawn_app};
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;

/// Every filter with every other, and none.
fn filters() -> Vec<EventFilter> {
    let some = |all: &'static [LogStatus]| std::iter::once(None).chain(all.iter().copied().map(Some));
    let keys = [None, Some("run_failed"), Some("sync_failed"), Some("tenant_archived")];
    let channels = [None, Some(Channel::Webhook), Some(Channel::Email), Some(Channel::Slack)];
    let triggers = [None, Some(Trigger::Event), Some(Trigger::Test), Some(Trigger::Resend)];
    let mut filters = Vec::new();
    for status in some(LogStatus::ALL) {
        for key in keys {
            for channel in channels {
                for trigger in triggers {
                    for destination in [None, Some(1)] {
                        let event = key.map(str::to_owned);
                        filters.push(EventFilter {
                            status,
                            event,
                            channel,
                            destination,
                            trigger,
                            ..EventFilter::default()
                        });
                    }
                }
            }
        }
    }
    filters
}

fn fits(filter: &EventFilter, row: &Delivery) -> bool {
    filter.status.is_none_or(|status| row.log_status() == status)
        && filter.event.as_ref().is_none_or(|key| *key == row.event_key)
        && filter.channel.is_none_or(|channel| row.target.channel() == channel)
        && filter
            .destination
            .is_none_or(|wanted| matches!(&row.target, Target::Destination { id, .. } if *id == Some(wanted)))
        && filter.trigger.is_none_or(|trigger| row.trigger == trigger)
}

/// A log with failed and delivered webhooks, mails, a resend and another type of event.
async fn filled() -> (TestApp, Receiver) {
    let app = spawn_app().await;
    let answers = [500, 200, 200, 200].map(|status| Answer::status(status, "said"));
    let receiver = Receiver::start(Door::Plain, answers.into()).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "sam@acme.example").await;
    app.notify(Some(&receiver.url("/hook")), "sync_failed", false, "ops@acme.example").await;
    let first = happen(&app).await;
    resend(&app, &first[0], None).await.has_status(202);
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("sync_failed")).await.has_status(202);
    happen(&app).await;
    (app, receiver)
}

#[tokio::test]
async fn whatever_is_filtered_together_lets_through_exactly_what_fits_all_of_it() {
    let (app, _receiver) = filled().await;
    let log = app.log().await;
    assert!(log.iter().any(|row| row.trigger == Trigger::Resend));
    let mut found_some = 0;
    for filter in filters() {
        let expected: Vec<&Delivery> = log.iter().filter(|row| fits(&filter, row)).collect();
        let ids: BTreeSet<String> = expected.iter().map(|row| row.event_id.to_string()).collect();
        let events = app.db.log_by_event(100, &filter, 100).await.unwrap();
        assert!(events.is_sorted_by(|newer, older| newer > older), "{filter:?}");
        assert_eq!(events.into_iter().collect::<BTreeSet<String>>(), ids, "{filter:?}");
        let count = app.db.count_by_event(100, &filter, 100).await.unwrap();
        assert_eq!(usize::try_from(count), Ok(ids.len()), "{filter:?}");
        let rows = app.db.log(100, &filter, None, 100).await.unwrap();
        let rows: BTreeSet<String> = rows.iter().map(|row| row.id.to_string()).collect();
        assert_eq!(rows, expected.iter().map(|row| row.id.to_string()).collect(), "{filter:?}");
        found_some += usize::from(!ids.is_empty());
    }
    assert!(found_some > 50, "{found_some}");
    app.finish().await;
}

#[tokio::test]
async fn an_address_is_searched_for_among_its_newest_deliveries_and_with_filters() {
    let (app, _receiver) = filled().await;
    let log = app.log().await;
    let newest = log.last().unwrap().event_id.to_string();
    let find = async |q: &str, filter: EventFilter, limit| {
        let filter = EventFilter { q: Some(q.to_owned()), ..filter };
        app.db.log_by_event(100, &filter, limit).await.unwrap()
    };
    let none = EventFilter::default;
    assert_eq!(find("sam@", none(), 1).await, std::slice::from_ref(&newest));
    assert_eq!(find("SAM@acme.example", none(), 100).await.len(), 2);
    assert_eq!(find("s", none(), 100).await.len(), 2);
    let below = EventFilter { below: Some(newest.clone()), ..none() };
    let older = find("sam@", below, 100).await;
    assert_eq!(older.len(), 1);
    assert_ne!(older, std::slice::from_ref(&newest));
    let failed = EventFilter { status: Some(LogStatus::Failed), ..none() };
    assert!(find("sam@", failed.clone(), 100).await.is_empty());
    // The webhook of the first event has failed; its id and the event's are found by how they begin.
    let first = &log[0];
    for id in [first.id, first.event_id] {
        assert_eq!(find(&id.to_string(), failed.clone(), 100).await, [first.event_id.to_string()]);
        assert_eq!(find(&id.to_string()[..30], none(), 100).await, [first.event_id.to_string()]);
    }
    assert!(find("nobody@nowhere.example", none(), 100).await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_line_shows_a_hundred_and_leads_to_the_page_that_has_them_all() {
    let app = spawn_app().await;
    let many: Vec<String> = (0..120).map(|place| format!("person-{place}@acme.example")).collect();
    app.notify(None, "run_failed", false, &many.join(", ")).await;
    happen(&app).await;
    let mut viewer = app.visitor(Role::Viewer).await;
    let page = viewer.get("/accounts/100/deliveries").await;
    page.says("21 more on its page");
    let path =
        page.body.split('"').find(|word| word.starts_with("/accounts/100/events/0")).unwrap().to_owned();
    let event = viewer.get(&path).await;
    assert_eq!(event.body.matches(">See delivery<").count(), 121);
    app.finish().await;
}
