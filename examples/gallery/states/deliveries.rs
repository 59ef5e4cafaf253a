//! The log.

use ringpost::domain::delivery::{Channel, Reason, State as Delivery, Trigger};
use ringpost::domain::notification::AD_HOC;
use ringpost::domain::role::Role;
use ringpost::web::deliveries::{
    DeliveriesPage, DeliveryContent, DeliveryPage, DeliveryRow, Filters, HttpExchange, MailCopy,
};
use ringpost::web::page::{Badge, Pager};

use super::{State, shell, state, three_minutes_ago, when};

const ID: &str = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa";

pub fn states() -> Vec<State> {
    vec![
        state("deliveries-empty", &list(Role::Admin, Vec::new(), "")),
        state("deliveries-empty-viewer", &list(Role::Viewer, Vec::new(), "")),
        state("deliveries-no-match", &list(Role::Admin, Vec::new(), "failed")),
        state("deliveries", &DeliveriesPage { pager: middle(), ..list(Role::Admin, rows(), "") }),
        state("deliveries-filtered", &list(Role::Viewer, rows(), "failed")),
        state("delivery-delivered", &delivered()),
        state("delivery-failed", &failed()),
        state("delivery-unknown", &unknown()),
        state("delivery-skipped", &skipped()),
        state("delivery-mail", &mail()),
        state("delivery-mail-waiting", &mail_waiting()),
        state("delivery-mail-held", &mail_held()),
        state(
            "delivery-adhoc",
            &DeliveryPage {
                event: AD_HOC.to_owned(),
                trigger: Badge::of_trigger(Trigger::Adhoc),
                ..delivered()
            },
        ),
    ]
}

fn list(role: Role, rows: Vec<DeliveryRow>, status: &str) -> DeliveriesPage {
    let events = [("tenant_created", "Tenant Created"), ("run_failed", "Run Failed")];
    let events = events.map(|(key, title)| (key.to_owned(), title.to_owned()));
    DeliveriesPage {
        shell: shell("Deliveries", "deliveries", role),
        filters: Filters::new(status, "", "", "", "", &events),
        rows,
        pager: Pager::default(),
        retention_days: 90,
    }
}

fn middle() -> Pager {
    let base = "/accounts/100/deliveries";
    Pager { newer: Some(base.to_owned()), older: Some(format!("{base}?before={ID}")) }
}

fn rows() -> Vec<DeliveryRow> {
    let row = |state, channel: Channel, event: &str, recipient: &str, answer: &str, took: &str| DeliveryRow {
        id: ID.to_owned(),
        badge: Badge::of_state(state, channel, None),
        event: event.to_owned(),
        trigger: None,
        when: three_minutes_ago(),
        channel: channel.label(),
        recipient: recipient.to_owned(),
        answer: answer.to_owned(),
        took: took.to_owned(),
    };
    let hook = "hooks.acme.example";
    let mut rows = vec![
        row(Delivery::Delivered, Channel::Webhook, "run_failed", hook, "200", "184 ms"),
        row(Delivery::Failed, Channel::Webhook, "run_failed", hook, "500", "92 ms"),
        row(Delivery::Delivered, Channel::Email, "tenant_created", "ops@acme.example", "250", "1.2 s"),
        row(Delivery::Pending, Channel::Slack, "tenant_archived", "hooks.slack.com", "–", "–"),
        row(Delivery::Sending, Channel::Webhook, "partner_integration_updated", hook, "–", "–"),
        row(Delivery::Unknown, Channel::Webhook, "run_failed", hook, "–", "15.0 s"),
        row(
            Delivery::Skipped,
            Channel::Email,
            "run_failed",
            "a.rather.long.address@department.acme.example",
            "–",
            "–",
        ),
        row(Delivery::Delivered, Channel::Teams, AD_HOC, "acme.webhook.office.com", "202", "310 ms"),
    ];
    for (row, trigger) in rows.iter_mut().zip([Trigger::Event, Trigger::Test, Trigger::Resend]) {
        row.trigger = Badge::of_trigger(trigger);
    }
    let mut filed = row(Delivery::Delivered, Channel::Email, "run_failed", "ops@acme.example", "–", "2 ms");
    filed.badge = Badge::of_state(Delivery::Delivered, Channel::Email, Some(Reason::WrittenToFile));
    rows.push(filed);
    rows
}

fn exchange(response_head: &str, response_body: &str) -> DeliveryContent {
    DeliveryContent::Http(HttpExchange {
        request_head:
            "POST /… HTTP/1.1\nHost: hooks.acme.example\nContent-Type: application/json\nUser-Agent: \
                       Ringpost/0.1.0\nX-Ringpost-Event: run_failed"
                .to_owned(),
        request_body:
            "{\n  \"event_type\": \"run_failed\",\n  \"environment\": \"prod-acme\",\n  \"run_id\": 9876\n}"
                .to_owned(),
        response_head: response_head.to_owned(),
        response_body: response_body.to_owned(),
        truncated: response_body.len() > 20,
    })
}

fn delivered() -> DeliveryPage {
    DeliveryPage {
        shell: shell("Delivery 01969b3e", "deliveries", Role::Admin),
        id: ID.to_owned(),
        badge: Badge::of_state(Delivery::Delivered, Channel::Webhook, None),
        sentence: "hooks.acme.example answered 200 OK in 184 ms.".to_owned(),
        event: "run_failed".to_owned(),
        trigger: None,
        channel: Channel::Webhook.label(),
        recipient: "https://hooks.acme.example/… (4f9ac1)".to_owned(),
        answer: Some("200 OK".to_owned()),
        took: Some("184 ms".to_owned()),
        accepted: three_minutes_ago(),
        sent: Some(three_minutes_ago()),
        next_try: None,
        attempts: 1,
        content: exchange("HTTP/1.1 200 OK\nContent-Length: 0", ""),
    }
}

fn failed() -> DeliveryPage {
    DeliveryPage {
        badge: Badge::of_state(Delivery::Failed, Channel::Webhook, None),
        sentence:
            "hooks.acme.example answered 500 Internal Server Error in 92 ms. Look at the receiver’s log."
                .to_owned(),
        answer: Some("500 Internal Server Error".to_owned()),
        took: Some("92 ms".to_owned()),
        content: exchange(
            "HTTP/1.1 500 Internal Server Error\nContent-Type: text/plain",
            "upstream timed out while reading",
        ),
        ..delivered()
    }
}

fn unknown() -> DeliveryPage {
    DeliveryPage {
        badge: Badge::of_state(Delivery::Unknown, Channel::Webhook, None),
        sentence:
            "hooks.acme.example got the request but did not answer. It may or may not have been processed: \
                   check there."
                .to_owned(),
        answer: None,
        took: Some("15.0 s".to_owned()),
        content: exchange("", ""),
        ..delivered()
    }
}

fn skipped() -> DeliveryPage {
    DeliveryPage {
        badge: Badge::of_state(Delivery::Skipped, Channel::Email, None),
        sentence: "Not sent: ops@acme.example has unsubscribed.".to_owned(),
        channel: Channel::Email.label(),
        recipient: "ops@acme.example".to_owned(),
        answer: None,
        took: None,
        sent: None,
        content: DeliveryContent::Nothing { payload: "{\n  \"event_type\": \"run_failed\"\n}".to_owned() },
        ..delivered()
    }
}

fn mail() -> DeliveryPage {
    let headers = "From: Ringpost <ringpost@acme.example>\nTo: ops@acme.example\nSubject: [prod-acme] Run Failed: \
                   Shopify Integration for Widget Co (run 9876)\nMessage-ID: \
                   <01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa@ringpost.acme.example>\nAuto-Submitted: auto-generated";
    DeliveryPage {
        badge: Badge::of_state(Delivery::Delivered, Channel::Email, None),
        sentence: "The mail server took the mail for ops@acme.example in 31 ms.".to_owned(),
        channel: Channel::Email.label(),
        recipient: "ops@acme.example".to_owned(),
        answer: Some("250 2.0.0 queued".to_owned()),
        took: Some("31 ms".to_owned()),
        content: DeliveryContent::Mail(MailCopy {
            headers: headers.to_owned(),
            text: "RUN FAILED: Shopify Integration\n\nRun 9876 for tenant Widget Co finished with status \"failed\"."
                .to_owned(),
            html_path: "/mail.html".to_owned(),
            reply: "250 2.0.0 queued as 4XkQ2".to_owned(),
        }),
        ..delivered()
    }
}

/// After a restore.
fn mail_held() -> DeliveryPage {
    DeliveryPage {
        badge: Badge::of_state(Delivery::Pending, Channel::Email, Some(Reason::Restored)),
        sentence:
            "Held: the database was restored from a backup, and this mail may have been sent since. An operator \
                   lets it go with `ringpost restore --release-mail`."
                .to_owned(),
        answer: None,
        took: None,
        sent: None,
        attempts: 0,
        content: DeliveryContent::Nothing { payload: "{\n  \"event_type\": \"run_failed\"\n}".to_owned() },
        ..mail()
    }
}

fn mail_waiting() -> DeliveryPage {
    let next = when("2026-05-04T12:05:03Z", "4 May 2026, 12:05:03 UTC", "in 2 minutes");
    DeliveryPage {
        badge: Badge::of_state(Delivery::Pending, Channel::Email, None),
        sentence: "The mail server did not take the mail yet (451 4.7.1 try again later). It is tried again."
            .to_owned(),
        answer: Some("451 4.7.1 try again later".to_owned()),
        attempts: 2,
        next_try: Some(next),
        ..mail()
    }
}
