//! `/api/v1/deliveries/recover` and `/api/v1/recoveries/{id}`: everything that has failed, sent again.

use axum::Json;
use axum::extract::{Path, Request, State};
use http::{StatusCode, Uri};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::access::{MayAdminister, MayRead};
use crate::actions::App;
use crate::actions::recoveries::{self, FailedRecovery, RecoveryInput};
use crate::api::http::body;
use crate::api::http::envelope::ApiResult;
use crate::api::http::fields::{BodyFields, some_text};
use crate::api::http::parameters;
use crate::api::http::query;
use crate::api::http::refusals::{BodyRefusals, ConflictRefusals, TenantRefusals};
use crate::api::http::schemas::{moments, words};
use crate::api::http::tenant::Tenant;
use crate::domain::clock::from_ms;
use crate::domain::delivery::Channel;
use crate::domain::text::rfc3339_millis;

const MAX_BODY: usize = 4_096;

/// What is to be sent again. Everything may be left out: then it is all that has failed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
struct RecoverInput {
    /// Expired deliveries waited too long; they are sent again only where they are asked for.
    #[schema(required = false, schema_with = statuses)]
    status: String,
    /// The key of an event type.
    #[schema(required = false)]
    event: String,
    #[schema(required = false, schema_with = channels)]
    channel: String,
    /// The number of a destination, as text.
    #[schema(required = false)]
    destination: String,
    /// Events accepted from then on: a moment, or a day in UTC.
    #[schema(required = false, schema_with = moments)]
    since: String,
    /// Events accepted before then; a day is taken whole.
    #[schema(required = false, schema_with = moments)]
    until: String,
    /// Count, and send nothing.
    #[schema(required = false)]
    dry_run: bool,
}

fn statuses() -> utoipa::openapi::schema::Schema {
    words(["failed", "expired"]).into()
}

fn channels() -> utoipa::openapi::schema::Schema {
    words(Channel::ALL.iter().map(|word| word.as_str())).into()
}

/// What a recovery would do.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveryCount {
    /// How many would be seen to; counting ends at 100,000.
    total: i64,
    /// How many of them would be sent.
    to_send: i64,
    /// How many of them would be skipped: paused, removed, switched off, unsubscribed.
    skipped: i64,
    /// Nobody knows of these: they are never part of it.
    unknown: i64,
    /// These waited too long, and are left alone here.
    expired: i64,
}

/// A recovery, as far as it has come.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveryStatus {
    #[schema(format = "uuid")]
    id: String,
    #[schema(schema_with = states)]
    state: &'static str,
    /// How it stands, in a sentence.
    message: String,
    /// How many there were when it began.
    total: i64,
    delivered: i64,
    /// Mails that were written to files, since no mail server is set: nobody received them.
    written_to_file: i64,
    failed: i64,
    unknown: i64,
    /// Decided against: paused, removed, switched off, unsubscribed.
    skipped: i64,
    /// Queued, or being sent. What is in none of these numbers was not sent, or not yet.
    open: i64,
    /// Hosts and addresses that failed five times in a row: nothing more is sent there.
    failing: Vec<String>,
    started_by: String,
    stopped_by: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    finished_at: Option<String>,
}

fn states() -> utoipa::openapi::schema::Schema {
    words(["running", "done", "stopped", "failing", "restored"]).into()
}

impl From<FailedRecovery> for RecoveryStatus {
    fn from(recovery: FailedRecovery) -> Self {
        let (message, end) = (recovery.describe(), recovery.record.end());
        let FailedRecovery { record, counts, failing, .. } = recovery;
        let time = |ms: i64| rfc3339_millis(from_ms(ms));
        Self {
            state: end.as_str(),
            message,
            failing,
            total: record.total,
            delivered: counts.delivered,
            written_to_file: counts.written_to_file,
            failed: counts.failed,
            unknown: counts.unknown,
            skipped: counts.skipped,
            open: counts.open,
            started_by: record.started_by,
            stopped_by: record.stopped_by,
            created_at: time(record.created_at),
            finished_at: record.finished_at.map(time),
            id: record.id,
        }
    }
}

impl RecoveryStatus {
    fn example() -> Self {
        Self {
            id: "01969b45-2f0e-7c33-8d10-6a1f5e2b7c90".to_owned(),
            state: "running",
            message: "22 of 37 sent, 5 under way".to_owned(),
            total: 37,
            delivered: 21,
            written_to_file: 0,
            failed: 1,
            unknown: 0,
            skipped: 0,
            open: 5,
            failing: Vec::new(),
            started_by: "dana@acme.example".to_owned(),
            stopped_by: None,
            created_at: "2026-05-04T12:10:00.000Z".to_owned(),
            finished_at: None,
        }
    }

    fn stopped_example() -> Self {
        Self {
            state: "stopped",
            message: "Stopped by dana@acme.example after 22 of 37. 1 failed again. 15 were not sent."
                .to_owned(),
            open: 0,
            stopped_by: Some("dana@acme.example".to_owned()),
            finished_at: Some("2026-05-04T12:11:00.000Z".to_owned()),
            ..Self::example()
        }
    }
}

/// Send again what has failed
///
/// Needs the role admin. Each delivery is sent once more, oldest first, to its target as it is configured now, at
/// most 50 under way at a time; what is `unknown` is never part of it. The answer does not wait: ask for the recovery
/// by its id. After five failures in a
/// row at one receiver nothing more is sent there, and the others go on. One goes on at a time: while another does, this is a
/// 409, and so is asking where nothing has failed. With `dry_run` it is counted, and nothing is sent.
#[utoipa::path(
    post,
    path = "/api/v1/deliveries/recover",
    operation_id = "recoverDeliveries",
    tag = "Deliveries",
    params(Tenant),
    request_body(content = RecoverInput, example = json!({ "since": "2026-05-04T11:30:00Z", "channel": "webhook" })),
    responses(
        (status = 200, description = "What would be sent.", body = RecoveryCount, example = json!({
            "total": 39, "to_send": 37, "skipped": 2, "unknown": 3, "expired": 4
        })),
        (status = 202, description = "The recovery has begun.", body = RecoveryStatus,
            example = json!(RecoveryStatus::example())),
        TenantRefusals, BodyRefusals, ConflictRefusals,
    ),
)]
pub(super) async fn recover(
    State(app): State<App>,
    tenant: Tenant,
    request: Request,
) -> ApiResult<axum::response::Response> {
    use axum::response::IntoResponse as _;
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let (input, dry_run) = read_body(body::json(request, MAX_BODY).await?)?;
    let filter = recoveries::read(&app, &permit, &input).await?;
    if !dry_run {
        let begun = recoveries::start(&app, &permit, filter).await?;
        return Ok((StatusCode::ACCEPTED, Json(RecoveryStatus::from(begun))).into_response());
    }
    let preview = recoveries::preview(&app, &permit, &filter).await?;
    let count = RecoveryCount {
        total: preview.total,
        to_send: preview.to_send(),
        skipped: preview.to_skip(),
        unknown: preview.unknown,
        expired: preview.expired,
    };
    Ok(Json(count).into_response())
}

fn read_body(body: serde_json::Value) -> crate::error::Result<(RecoveryInput, bool)> {
    let mut fields = BodyFields::of_body(body)?;
    // An empty text is a variable that nobody has set: what is to be left out is left out.
    let mut word = |name: &str| {
        fields.optional(name, "text that is not empty, or left out", some_text).unwrap_or_default()
    };
    let input = RecoveryInput {
        status: word("status"),
        event: word("event"),
        channel: word("channel"),
        destination: word("destination"),
        since: word("since"),
        until: word("until"),
    };
    let dry_run = fields.optional("dry_run", "true or false", |value| value.as_bool());
    fields.take_errors().or(())?;
    Ok((input, dry_run.unwrap_or_default()))
}

/// The `{id}` of a path.
pub(super) enum RecoveryPath {}

impl utoipa::IntoParams for RecoveryPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameters::id("The recovery’s id.")]
    }
}

/// Read one recovery
///
/// Needs the role viewer, editor or admin.
#[utoipa::path(
    get,
    path = "/api/v1/recoveries/{id}",
    operation_id = "getRecovery",
    tag = "Deliveries",
    params(RecoveryPath, Tenant),
    responses(
        (status = 200, description = "The recovery.", body = RecoveryStatus,
            example = json!(RecoveryStatus::example())),
        TenantRefusals,
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<RecoveryStatus>> {
    query::refuse_any(&uri)?;
    let permit = tenant.may::<MayRead>(&app).await?;
    Ok(Json(recoveries::find(&app, &permit, &id).await?.into()))
}

/// Stop a recovery
///
/// Needs the role admin. What is being sent at this moment ends as it may, and so does a mail that the mail server has
/// put off; what only waits for its turn is skipped as `recovery_stopped`, and the rest is not sent. 409 if it has ended.
#[utoipa::path(
    post,
    path = "/api/v1/recoveries/{id}/stop",
    operation_id = "stopRecovery",
    tag = "Deliveries",
    params(RecoveryPath, Tenant),
    responses(
        (status = 200, description = "The recovery, stopped.", body = RecoveryStatus,
            example = json!(RecoveryStatus::stopped_example())),
        TenantRefusals, ConflictRefusals,
    ),
)]
pub(super) async fn stop(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> ApiResult<Json<RecoveryStatus>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    Ok(Json(recoveries::stop(&app, &permit, &id).await?.into()))
}
