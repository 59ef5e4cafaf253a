//! What people and programs ask of a long log, each with how long it may take.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::client::Connection;
use crate::figures::number;
use crate::grown_log::Landmarks;
use crate::journal::quantile;
use crate::modes::Part;
use crate::testbed::Testbed;

const LOOKS: u32 = 30;
/// A page that takes seconds is not looked at thirty times.
const LONGEST: Duration = Duration::from_secs(2);

/// What is looked at: each kind has a limit of its own, and the slowest of a kind is its figure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Settings,
    /// A page of the log, with any filter.
    Log,
    Search,
    /// One delivery, or one event.
    Detail,
    /// A list for programs.
    Api,
    /// The count before a recovery, which has no limit: it reads every failure.
    Recover,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Settings, Self::Log, Self::Search, Self::Detail, Self::Api, Self::Recover];

    const fn key(self) -> &'static str {
        match self {
            Self::Settings => "log.settings",
            Self::Log => "log.page",
            Self::Search => "log.search",
            Self::Detail => "log.detail",
            Self::Api => "log.api",
            Self::Recover => "log.recover",
        }
    }

    /// In milliseconds.
    const fn limit(self) -> Option<f64> {
        match self {
            Self::Settings => Some(1.0),
            Self::Log | Self::Detail | Self::Api => Some(10.0),
            Self::Search => Some(50.0),
            Self::Recover => None,
        }
    }
}

/// One of them.
pub struct Look {
    pub kind: Kind,
    pub path: String,
}

/// Every filter, alone and with others; what is rare, what there is none of; far down; search, details and lists.
pub fn looks(marks: &Landmarks, today: &str) -> Vec<Look> {
    let [one, two, slack, rare, none] = marks.destinations;
    let Landmarks { event, delivery, old_event, old_delivery, large_event, .. } = marks;
    let id = delivery.get(..13).unwrap_or_default();
    let mut looks = Vec::new();
    let mut add = |kind, paths: Vec<String>| looks.extend(paths.into_iter().map(|path| Look { kind, path }));
    let account = format!("/accounts/{}", marks.account);
    add(Kind::Settings, vec![format!("{account}/notifications")]);
    let mut filters: Vec<String> = Vec::new();
    for status in
        ["failed", "expired", "unknown", "written_to_file", "sending", "pending", "delivered", "skipped"]
    {
        filters.push(format!("status={status}"));
    }
    for key in ["run_failed", "sync_failed", "partner_integration_updated", "tenant_archived", "notification"]
    {
        filters.push(format!("event={key}"));
    }
    for channel in ["webhook", "email", "slack", "teams"] {
        filters.push(format!("channel={channel}"));
    }
    for destination in [one, two, slack, rare, none] {
        filters.push(format!("destination={destination}"));
    }
    for trigger in ["event", "test", "adhoc", "resend"] {
        filters.push(format!("trigger={trigger}"));
    }
    let some = [
        format!("from={today}"),
        "from=2001-01-01&to=2001-12-31".to_owned(),
        format!("from=2001-01-01&to={today}"),
        format!("before={old_event}"),
        format!("after={old_event}"),
        format!("status=failed&before={old_event}"),
        format!("status=unknown&from={today}"),
        format!("status=failed&destination={rare}"),
        format!("status=delivered&destination={rare}"),
        format!("status=delivered&destination={none}"),
        "status=failed&event=partner_integration_updated".to_owned(),
        "status=delivered&event=partner_integration_updated".to_owned(),
        "status=failed&event=tenant_archived".to_owned(),
        "status=delivered&event=tenant_archived".to_owned(),
        "status=skipped&channel=email".to_owned(),
        "status=unknown&channel=slack".to_owned(),
        "status=delivered&channel=teams".to_owned(),
        "status=delivered&trigger=test".to_owned(),
        "status=delivered&trigger=resend".to_owned(),
        "status=failed&channel=webhook&event=run_failed".to_owned(),
        "channel=webhook&event=partner_integration_updated".to_owned(),
        "channel=email&event=partner_integration_updated".to_owned(),
        "channel=email&event=run_failed".to_owned(),
        "channel=slack&event=sync_failed".to_owned(),
        "channel=webhook&trigger=test".to_owned(),
        format!("destination={one}&event=partner_integration_updated"),
        format!("destination={one}&trigger=test"),
        format!("destination={slack}&channel=email"),
        "event=sync_failed&trigger=test".to_owned(),
        "event=run_failed&trigger=event".to_owned(),
        "trigger=resend&event=run_failed&status=delivered".to_owned(),
    ];
    filters.extend(some);
    let list = |filter: &String| format!("{account}/deliveries?{filter}");
    add(
        Kind::Log,
        std::iter::once(format!("{account}/deliveries")).chain(filters.iter().map(list)).collect(),
    );
    let contact = format!("contact-{}", marks.account);
    let searches = [
        "person-77%40acme.example".to_owned(),
        "person-77".to_owned(),
        "person".to_owned(),
        contact.clone(),
        format!("{contact}&status=failed"),
        "person-77%40&status=failed".to_owned(),
        format!("person-77%40&before={old_event}"),
        id.to_owned(),
        event.clone(),
        old_delivery.clone(),
        "Tenant+4711".to_owned(),
        "4711".to_owned(),
        "4711&status=failed".to_owned(),
        "run+failed".to_owned(),
        "nobody%40nowhere.example".to_owned(),
        "nothing+is+called+like+this".to_owned(),
    ];
    add(Kind::Search, searches.iter().map(|q| format!("{account}/deliveries?q={q}")).collect());
    let details = [
        format!("deliveries/{delivery}"),
        format!("deliveries/{old_delivery}"),
        format!("events/{event}"),
        format!("events/{large_event}"),
        format!("deliveries/{}", large_event.replace("-7000-", "-7100-")),
    ];
    add(Kind::Detail, details.iter().map(|page| format!("{account}/{page}")).collect());
    let api = [
        "deliveries".to_owned(),
        format!("deliveries?cursor={old_event}.{old_delivery}"),
        "deliveries?status=failed&limit=200".to_owned(),
        format!("deliveries?status=delivered&destination={rare}"),
        "deliveries?event=partner_integration_updated".to_owned(),
        "deliveries?trigger=test".to_owned(),
        "deliveries?channel=email&event=tenant_archived".to_owned(),
        format!("deliveries/{delivery}"),
        "events".to_owned(),
        format!("events?cursor={old_event}"),
        "events?status=failed&limit=200".to_owned(),
        "events?event=sync_failed&trigger=test".to_owned(),
        "events?since=2001-01-01&until=2001-02-01".to_owned(),
        format!("events/{event}"),
    ];
    add(Kind::Api, api.iter().map(|path| format!("/api/v1/{path}")).collect());
    let recover = ["", "?event=run_failed", "?status=expired"];
    add(Kind::Recover, recover.iter().map(|query| format!("{account}/deliveries/recover{query}")).collect());
    looks
}

/// How long one of them took.
struct Took {
    p50: f64,
    max: f64,
}

/// Who looks.
pub struct Viewer<'a> {
    pub testbed: &'a Testbed,
    pub session: &'a str,
    pub account: i64,
}

impl Viewer<'_> {
    pub fn request(&self, look: &Look) -> Vec<u8> {
        match look.kind {
            Kind::Api => self.testbed.api(&look.path, self.account),
            Kind::Settings | Kind::Log | Kind::Search | Kind::Detail | Kind::Recover => {
                self.testbed.page(&look.path, self.session)
            }
        }
    }

    /// Looks once; anything but 200 is an error.
    pub async fn look(&self, line: &mut Connection, look: &Look) -> Result<Duration> {
        let request = self.request(look);
        let asked = Instant::now();
        let status = line.post(&request).await?;
        if status == 200 {
            Ok(asked.elapsed())
        } else {
            Err(format!("{} was answered {status}", look.path).into())
        }
    }

    async fn several(&self, look: &Look) -> Result<Took> {
        let mut line = Connection::open(self.testbed.server.address).await?;
        let began = Instant::now();
        // The first look is the cold one.
        let mut times = vec![self.look(&mut line, look).await?];
        for _ in 0..LOOKS {
            if began.elapsed() > LONGEST {
                break;
            }
            times.push(self.look(&mut line, look).await?);
        }
        if times.len() > 1 {
            times.remove(0);
        }
        times.sort_unstable();
        let at = |share| quantile(&times, share).unwrap_or_default();
        Ok(Took { p50: at(0.5), max: at(1.0) })
    }
}

/// Looks at everything, and prints what is slower than it may be. `when` is said of the figures: the goals are those
/// of a log that events flow into.
pub async fn measure(
    part: &mut Part<'_>,
    viewer: &Viewer<'_>,
    looks: &[Look],
    when: &'static str,
) -> Result<()> {
    println!("  {:<72} {:>8} {:>8}  limit ({when})", "", "p50 ms", "max ms");
    let mut took = Vec::new();
    for look in looks {
        let time = viewer.several(look).await?;
        let limit = look.kind.limit();
        let verdict = match limit {
            Some(limit) if time.p50 > limit => format!("{limit} EXCEEDED"),
            Some(limit) => limit.to_string(),
            None => String::new(),
        };
        println!("  {:<72} {:>8.2} {:>8.2}  {verdict}", look.path, time.p50, time.max);
        part.figures.pages.push(json!({
            "program": part.program.name, "when": when, "kind": look.kind.key(), "path": look.path,
            "p50_ms": time.p50, "max_ms": time.max, "limit_ms": limit,
        }));
        took.push((look.kind, time));
    }
    if when != FLOWING {
        return Ok(());
    }
    for kind in Kind::ALL {
        let of_kind = took.iter().filter(|(of, _)| *of == kind);
        part.add_some(kind.key(), of_kind.map(|(_, time)| time.p50).max_by(f64::total_cmp));
    }
    let slow = took.iter().filter(|(kind, time)| kind.limit().is_some_and(|limit| time.p50 > limit)).count();
    part.add("log.slow", number(slow));
    Ok(())
}

/// While events flow.
pub const FLOWING: &str = "events flow";
/// While nothing happens.
pub const IDLE: &str = "idle";
