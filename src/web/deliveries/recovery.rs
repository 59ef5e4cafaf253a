//! A recovery: how far it has come, and an end to it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};

use crate::actions::recoveries::{self, FailedRecovery};
use crate::domain::clock::from_ms;
use crate::domain::recovery::RecoveryEnd;
use crate::domain::role::Permission;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, MayRead, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Badge, Shell, Tone, When};

use super::live;

/// A recovery, while it goes on and after its end.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/recovery.html")]
pub struct RecoveryPage {
    /// Title `Recovering failed deliveries` or `Recovered failed deliveries`, tab `deliveries`.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Whether it goes on.
    pub is_running: bool,
    /// Whether something is under way, also after it was stopped.
    pub is_moving: bool,
    /// `Recovering`, `Done`, `Stopped`.
    pub badge: Badge,
    /// `22 of 37 sent, 5 under way`, or how it ended.
    pub sentence: String,
    /// How many have come to an end.
    pub ended: i64,
    /// How many there were when it began.
    pub total: i64,
    /// A word and a number each: `Delivered`, `Failed again`, …
    pub figures: Vec<(&'static str, i64)>,
    /// Who wanted it.
    pub started_by: String,
    /// When.
    pub started: When,
}

pub(super) async fn progress(
    visit: Visit<MayRead>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Response> {
    let recovery = recoveries::find(&visit.app, &visit.permit, &id).await?;
    let sentence = recovery.describe();
    let FailedRecovery { record, counts, .. } = recovery;
    let end = record.end();
    let is_running = end == RecoveryEnd::Running;
    let title = if is_running { "Recovering failed deliveries" } else { "Recovery of failed deliveries" };
    let (tone, icon, text) = match end {
        RecoveryEnd::Running => (Tone::Info, Icon::Clock, "Recovering"),
        RecoveryEnd::Done => (Tone::Ok, Icon::Check, "Done"),
        RecoveryEnd::StoppedBy(_) | RecoveryEnd::Restored => (Tone::Quiet, Icon::Pause, "Stopped"),
        RecoveryEnd::Failing => (Tone::Bad, Icon::Cross, "Stopped"),
    };
    Ok(live(RecoveryPage {
        shell: visit.shell(title, "deliveries").await?,
        is_running,
        is_moving: is_running || counts.open > 0,
        badge: Badge { tone, icon: Some(icon), text },
        sentence,
        ended: counts.ended(),
        total: record.total,
        figures: vec![
            ("Delivered", counts.delivered),
            ("Failed again", counts.failed),
            ("Unknown", counts.unknown),
            ("Written to file", counts.written_to_file),
            ("Skipped", counts.skipped),
            ("Under way", counts.open),
        ],
        started_by: record.started_by,
        started: When::at(from_ms(record.created_at).as_millisecond(), visit.app.clock.now()),
        id: record.id,
    }))
}

pub(super) async fn stop(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<Response> {
    let notices = match recoveries::stop(&visit.app, &visit.permit, &id).await {
        // It had ended: its page says how.
        Ok(_) | Err(Error::Conflict { .. }) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    Ok(visit.redirect(&format!("deliveries/recoveries/{id}"), notices).await?.into_response())
}
