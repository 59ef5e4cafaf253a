//! The log.

use ringpost::db::deliveries::HourCount;
use ringpost::domain::answer_times::AnswerTimes;
use ringpost::domain::delivery::{Channel, Reason, State as Delivery, Trigger};
use ringpost::domain::event_name::EventName;
use ringpost::domain::explain::LeftOut;
use ringpost::domain::field_errors::FieldErrors;
use ringpost::domain::role::Role;
use ringpost::web::deliveries::{
    Day, DeliveriesPage, DeliveryContent, DeliveryPage, EventLine, EventPage, ExplainPage, Filters, Hop,
    HttpExchange, MailCopy, PlannedLine, RecoverForm, RecoverPage, RecoverPlan, RecoveryPage, ResendForm,
    ResendSeveralPage, Tick, ToldTarget,
};
use ringpost::web::icon::Icon;
use ringpost::web::page::{Badge, Choice, Pager, Shell, StageBar, StageResult, StageRow, StageTable, Tone};

use super::{State, shell, state, three_minutes_ago, when};

const ID: &str = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa";

pub fn states() -> Vec<State> {
    vec![
        state("deliveries-empty", &list(Role::Admin, Vec::new(), false)),
        state("deliveries-empty-viewer", &list(Role::Viewer, Vec::new(), false)),
        state("deliveries-no-match", &list(Role::Admin, Vec::new(), true)),
        state("deliveries", &DeliveriesPage { pager: middle(), ..list(Role::Admin, rows(), false) }),
        state("deliveries-filtered", &list(Role::Viewer, without_ticks(rows()), true)),
        state("deliveries-all-ticked", &list(Role::Admin, all_ticked(rows()), true)),
        state("event", &event()),
        state("explain", &explain(FieldErrors::default())),
        state(
            "explain-refused",
            &explain(FieldErrors::one("field.integration_id", "must be a whole number")),
        ),
        state("resend-several", &several(37)),
        state("resend-several-none", &several(0)),
        state("recover", &recover(plan())),
        state("recover-nothing", &recover(RecoverPlan { is_empty: true, ..RecoverPlan::default() })),
        state(
            "recovery",
            &recovery(
                true,
                Badge { tone: Tone::Info, icon: Some(Icon::Clock), text: "Recovering" },
                "22 of 37 sent, 5 under way",
            ),
        ),
        state(
            "recovery-stopped",
            &recovery(
                false,
                Badge { tone: Tone::Bad, icon: Some(Icon::Cross), text: "Stopped" },
                "Stopped after 5 failures in a row: 22 of 37 were sent. 5 failed again. 15 were not sent.",
            ),
        ),
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
                event: name("Notification", "Acceptance rate drop"),
                trigger: Badge::of_trigger(Trigger::Adhoc),
                ..delivered()
            },
        ),
    ]
}

fn list(role: Role, events: Vec<EventLine>, set: bool) -> DeliveriesPage {
    let choice = |value: &str, label: &str, selected| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        selected,
    };
    let statuses = vec![choice("", "Any status", !set), choice("failed", "Failed", set)];
    DeliveriesPage {
        shell: shell("Deliveries", "deliveries", role),
        day: day(),
        filters: Filters { statuses, ..Filters::default() },
        count: "1–8 of 1,284".to_owned(),
        is_moving: !events.is_empty(),
        here: "/accounts/100/deliveries".to_owned(),
        query: String::new(),
        failed_here: usize::from(role == Role::Admin && !events.is_empty()),
        select_all: "/accounts/100/deliveries?select=failed".to_owned(),
        recover: "status=expired".to_owned(),
        export: "/accounts/100/deliveries/export?format=".to_owned(),
        events,
        pager: Pager::default(),
        retention_days: 90,
    }
}

fn without_ticks(mut lines: Vec<EventLine>) -> Vec<EventLine> {
    lines.iter_mut().flat_map(|line| &mut line.troubled).for_each(|hop| hop.tick = None);
    lines
}

fn all_ticked(mut lines: Vec<EventLine>) -> Vec<EventLine> {
    let ticks = lines.iter_mut().flat_map(|line| &mut line.troubled).filter_map(|hop| hop.tick.as_mut());
    ticks.for_each(|tick| tick.is_ticked = true);
    lines
}

fn recover(plan: RecoverPlan) -> RecoverPage {
    let any = |label: &str| {
        vec![Choice { value: String::new(), label: label.to_owned(), hint: String::new(), selected: true }]
    };
    RecoverPage {
        shell: shell("Recover failed deliveries", "deliveries", Role::Admin),
        form: RecoverForm {
            statuses: any("Failed"),
            events: any("Any event"),
            channels: any("Any channel"),
            destinations: any("Any destination"),
            since: "2026-05-04T11:30".to_owned(),
            ..RecoverForm::default()
        },
        plan: Some(plan),
    }
}

fn plan() -> RecoverPlan {
    let targets =
        [("Webhook to hooks.acme.example", "34 deliveries"), ("#ops-alerts (Slack)", "3 deliveries")];
    RecoverPlan {
        to_send: "37".to_owned(),
        is_empty: false,
        targets: targets.map(|(name, count)| (name.to_owned(), count.to_owned())).into(),
        events: "29 Run Failed, 8 Sync Failed".to_owned(),
        left_alone: vec![
            "2 deliveries will be skipped: removed.".to_owned(),
            "3 unknown: it may have been processed. Look at each.".to_owned(),
            "4 expired: choose Expired above to send those.".to_owned(),
        ],
    }
}

fn recovery(is_running: bool, badge: Badge, sentence: &str) -> RecoveryPage {
    RecoveryPage {
        shell: shell("Recovering failed deliveries", "deliveries", Role::Admin),
        id: ID.to_owned(),
        is_running,
        is_moving: is_running,
        badge,
        sentence: sentence.to_owned(),
        ended: 22,
        total: 37,
        figures: vec![
            ("Delivered", 17),
            ("Failed again", 5),
            ("Unknown", 0),
            ("Skipped", 0),
            ("Under way", if is_running { 5 } else { 0 }),
        ],
        started_by: "dana@acme.example".to_owned(),
        started: three_minutes_ago(),
    }
}

fn day() -> Day {
    let at = |hour: i64| ringpost::domain::clock::from_ms(1_777_852_800_000 + hour * 3_600_000);
    let count = |hour: i64| HourCount {
        delivered: 14 + hour * 3 % 40,
        failed: if hour % 9 == 4 { 12 } else { 0 },
        unknown: i64::from(hour == 3),
        open: 0,
    };
    Day::of(
        &(0..24).map(|hour| (at(hour), count(hour))).collect::<Vec<_>>(),
        &AnswerTimes::of(vec![142, 142, 2_400]),
    )
}

fn middle() -> Pager {
    let base = "/accounts/100/deliveries";
    Pager { newer: Some(base.to_owned()), older: Some(format!("{base}?before={ID}")) }
}

fn rows() -> Vec<EventLine> {
    let webhook =
        |state, why: &str| hop(state, Channel::Webhook, "Webhook to hooks.acme.example", "184 ms", why);
    let line = |state, class, troubled| EventLine {
        href: format!("/accounts/100/events/{ID}"),
        name: name("Run Failed", "Shopify Integration for Widget Co (run 9876)"),
        when: three_minutes_ago(),
        trigger: None,
        badge: Badge::of_state(state, Channel::Webhook, None),
        class,
        troubled,
        others: vec![
            hop(
                Delivery::Delivered,
                Channel::Email,
                "Email to dana@acme.example",
                "41 ms",
                "250 2.0.0 queued",
            ),
            hop(
                Delivery::Skipped,
                Channel::Email,
                "Email to a.rather.long.address@department.acme.example",
                "",
                "Unsubscribed",
            ),
        ],
        summary: "1 delivered; 1 skipped: unsubscribed".to_owned(),
        more: 21,
    };
    let mut in_file =
        line(Delivery::Delivered, "is-warn", vec![webhook(Delivery::Delivered, "Nobody received it")]);
    in_file.badge = Badge::of_state(Delivery::Delivered, Channel::Email, Some(Reason::WrittenToFile));
    let tick = Tick {
        name: format!("resend.{ID}"),
        label: "Select the failed delivery to Webhook to hooks.acme.example, Run Failed, number 0b7e11aa"
            .to_owned(),
        is_ticked: false,
    };
    let failed = Hop { tick: Some(tick), ..webhook(Delivery::Failed, "503 Service Unavailable") };
    let tested = EventLine {
        trigger: Badge::of_trigger(Trigger::Test),
        ..line(Delivery::Pending, "", vec![webhook(Delivery::Pending, "")])
    };
    vec![
        line(Delivery::Sending, "", vec![webhook(Delivery::Sending, "")]),
        line(Delivery::Failed, "is-bad", vec![failed]),
        line(Delivery::Unknown, "is-warn", vec![webhook(Delivery::Unknown, "No answer")]),
        line(Delivery::Delivered, "", Vec::new()),
        line(Delivery::Skipped, "", Vec::new()),
        tested,
        in_file,
    ]
}

fn event() -> EventPage {
    let told = |state, class, target: &str, what: &str, why: &str| ToldTarget {
        name: target.to_owned(),
        what: what.to_owned(),
        badge: Badge::of_state(state, Channel::Webhook, None),
        class,
        why: why.to_owned(),
        href: format!("/accounts/100/deliveries/{ID}"),
    };
    EventPage {
        shell: shell("Run Failed", "deliveries", Role::Viewer),
        id: ID.to_owned(),
        name: name("Run Failed", "Shopify Integration for Widget Co (run 9876)"),
        badge: Badge::of_state(Delivery::Failed, Channel::Webhook, None),
        sentence: "1 of 4 possible targets was told, 1 failed, 2 left out.".to_owned(),
        trigger: None,
        is_moving: true,
        accepted: three_minutes_ago(),
        more: Some("9,500".to_owned()),
        told: vec![
            told(
                Delivery::Failed,
                "is-bad",
                "Webhook to hooks.acme.example",
                "Webhook URL",
                "503 Service Unavailable",
            ),
            told(
                Delivery::Delivered,
                "",
                "Email to dana@acme.example",
                "Primary contact",
                "250 2.0.0 queued",
            ),
            told(Delivery::Skipped, "", "Night shift (Email)", "Night shift (Email)", "Paused"),
        ],
        left_out: vec![LeftOut {
            destination: Some(9),
            name: "Platform team".to_owned(),
            what: "Microsoft Teams",
            why: "Does not subscribe to Run Failed".to_owned(),
        }],
        payload: "{\n  \"event_type\": \"run_failed\"\n}".to_owned(),
    }
}

fn explain(errors: FieldErrors) -> ExplainPage {
    let line = |name: &str, what: &str, skip: Option<Reason>| PlannedLine {
        name: name.to_owned(),
        what: what.to_owned(),
        badge: match skip {
            Some(reason) => Badge::of_state(Delivery::Skipped, Channel::Webhook, Some(reason)),
            None => Badge { tone: Tone::Ok, icon: Some(Icon::Check), text: "Would be sent" },
        },
        why: skip.map_or("", Reason::label).to_owned(),
    };
    let choice = |value: &str, label: &str, selected| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        selected,
    };
    ExplainPage {
        shell: Shell { errors, ..shell("Who would get this", "deliveries", Role::Viewer) },
        events: vec![choice("run_failed", "Run Failed", true), choice("sync_failed", "Sync Failed", false)],
        fields: vec![("integration_id".to_owned(), "42".to_owned())],
        title: "Run Failed".to_owned(),
        sentence: "1 of 3 possible targets would be told, 2 left out.".to_owned(),
        planned: vec![
            line("Webhook to hooks.acme.example", "Webhook URL", Some(Reason::ToggleOff)),
            line("Email to dana@acme.example", "Primary contact", None),
        ],
        left_out: event().left_out,
        payload: event().payload,
    }
}

fn name(title: &str, subject: &str) -> EventName {
    EventName { key: "run_failed".to_owned(), title: title.to_owned(), subject: subject.to_owned() }
}

fn hop(state: Delivery, channel: Channel, text: &str, took: &str, why: &str) -> Hop {
    Hop {
        badge: Badge::of_state(state, channel, None),
        href: Some(format!("/accounts/100/deliveries/{ID}")),
        text: text.to_owned(),
        took: took.to_owned(),
        why: why.to_owned(),
        tick: None,
    }
}

fn stages(failed: bool) -> StageTable {
    let names = ["Resolve", "Policy", "Connect", "TLS", "Sent", "First byte", "Done"];
    let class = |place| match place {
        5 if failed => "c-bad",
        _ if place % 2 == 0 => "c-a",
        _ => "c-b",
    };
    let row = |(place, name)| StageRow {
        name,
        class: class(place),
        result: match place {
            5 if failed => StageResult::Failed,
            0 if failed => StageResult::NotNeeded,
            _ => StageResult::Passed,
        },
        took: "18 ms".to_owned(),
        found: if place == 3 { "The certificate is good for 61 days".to_owned() } else { String::new() },
    };
    let bar = |place: u32| StageBar { class: class(place as usize), x: place * 140, width: 137 };
    StageTable {
        finding: "184 ms in all, most of it for First byte. The figures are in the table below.".to_owned(),
        bars: (0..7).map(bar).collect(),
        rows: names.into_iter().enumerate().map(row).collect(),
    }
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
        curl: Some("curl -sS 'https://hooks.acme.example/…' \\\n  --data-binary @payload.json".to_owned()),
    })
}

fn delivered() -> DeliveryPage {
    DeliveryPage {
        shell: shell("Delivery 01969b3e", "deliveries", Role::Admin),
        id: ID.to_owned(),
        badge: Badge::of_state(Delivery::Delivered, Channel::Webhook, None),
        sentence: "hooks.acme.example answered 200 OK in 184 ms.".to_owned(),
        event: name("Run Failed", "Shopify Integration for Widget Co (run 9876)"),
        event_path: "/accounts/100/deliveries".to_owned(),
        is_moving: false,
        trigger: None,
        channel: Channel::Webhook.label(),
        role: "Webhook URL".to_owned(),
        recipient: "https://hooks.acme.example/… (4f9ac1)".to_owned(),
        took: Some("184 ms".to_owned()),
        accepted: three_minutes_ago(),
        sent: Some(three_minutes_ago()),
        next_try: None,
        attempts: 1,
        resend: None,
        more_siblings: false,
        siblings: vec![
            hop(
                Delivery::Delivered,
                Channel::Email,
                "Email to dana@acme.example",
                "41 ms",
                "250 2.0.0 queued",
            ),
            hop(Delivery::Skipped, Channel::Email, "Night shift (Email)", "", "Paused"),
        ],
        sends: Vec::new(),
        stages: Some(stages(false)),
        content: exchange("HTTP/1.1 200 OK\nContent-Length: 0", ""),
    }
}

fn resend(needs_check: bool) -> ResendForm {
    ResendForm { needs_check, addressee: "hooks.acme.example".to_owned(), webhook_id: ID.to_owned() }
}

fn failed() -> DeliveryPage {
    DeliveryPage {
        badge: Badge::of_state(Delivery::Failed, Channel::Webhook, None),
        sentence:
            "hooks.acme.example answered 500 Internal Server Error in 92 ms. Look at the receiver’s log."
                .to_owned(),
        took: Some("92 ms".to_owned()),
        resend: Some(resend(false)),
        sends: vec![
            hop(Delivery::Failed, Channel::Webhook, "First send", "184 ms", "503 Service Unavailable"),
            Hop {
                href: None,
                ..hop(
                    Delivery::Failed,
                    Channel::Webhook,
                    "Resent by dana@acme.example, this page",
                    "92 ms",
                    "500",
                )
            },
        ],
        stages: Some(stages(true)),
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
        sentence: "Nobody knows whether hooks.acme.example processed this: it got the request but did not \
             answer (no answer within 15 s). Look there."
            .to_owned(),
        took: Some("15.0 s".to_owned()),
        resend: Some(resend(true)),
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
        role: "Subscriber".to_owned(),
        took: None,
        sent: None,
        stages: None,
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
        role: "Subscriber".to_owned(),
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
        took: None,
        sent: None,
        attempts: 0,
        content: DeliveryContent::Nothing { payload: "{\n  \"event_type\": \"run_failed\"\n}".to_owned() },
        ..mail()
    }
}

/// Deliveries that were ticked on the log, before they are sent again.
fn several(to_send: usize) -> ResendSeveralPage {
    ResendSeveralPage {
        shell: shell(
            &match to_send {
                0 => "Nothing to send again".to_owned(),
                some => format!("Resend {some} deliveries"),
            },
            "deliveries",
            Role::Admin,
        ),
        to_send,
        targets: if to_send == 0 { Vec::new() } else { plan().targets },
        left_alone: vec![
            "1 delivery will be skipped: paused.".to_owned(),
            "2 deliveries cannot be sent again: not failed, or sent again already.".to_owned(),
        ],
        ids: vec![ID.to_owned()],
        query: "status=failed".to_owned(),
        back: "/accounts/100/deliveries?status=failed".to_owned(),
    }
}

fn mail_waiting() -> DeliveryPage {
    let next = when("2026-05-04T12:05:03Z", "4 May 2026, 12:05:03 UTC", "in 2 minutes");
    DeliveryPage {
        badge: Badge::of_state(Delivery::Pending, Channel::Email, None),
        sentence: "The mail server did not take the mail yet (451 4.7.1 try again later). It is tried again."
            .to_owned(),
        attempts: 2,
        next_try: Some(next),
        ..mail()
    }
}
