//! Several deliveries that were ticked on the log: asked about first, then sent again.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use url::form_urlencoded::{Serializer, parse};

use crate::actions::resend_several::{self, MOST_RESENT, ResendResult, SeveralPreview};
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, Visit};
use crate::web::page::{Link, Notice, Shell};

use super::names::TargetNames;

/// What would be sent again.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/resend_several.html")]
pub struct ResendSeveralPage {
    /// Title `Resend 12 deliveries` or `Nothing to send again`, tab `deliveries`.
    pub shell: Shell,
    /// How many would be sent.
    pub to_send: usize,
    /// Each target with how many it gets: `Webhook to hooks.acme.example`, `12 deliveries`.
    pub targets: Vec<(String, String)>,
    /// What is not sent, and why, a sentence each.
    pub left_alone: Vec<String>,
    /// The deliveries' ids.
    pub ids: Vec<String>,
    /// The filters of the log that they were ticked on.
    pub query: String,
    /// The log with these filters.
    pub back: String,
}

const FIELD: &str = "resend.";

/// The address of the question is not a page of its own: whoever opens it again gets the log.
pub(super) async fn back(visit: Visit<MayAdminister>) -> Redirect {
    Redirect::to(&format!("/accounts/{}/deliveries", visit.account.id))
}

/// Asks first, and sends what was confirmed. Nothing ticked means everything that has failed of the log's filters.
pub(super) async fn resend(
    visit: Visit<MayAdminister>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let ids: Vec<String> =
        fields.iter().filter_map(|(name, _)| name.strip_prefix(FIELD)).map(ToOwned::to_owned).collect();
    let query = cleaned(field("query").unwrap_or_default());
    if ids.is_empty() {
        let filters = cleaned(field("recover").unwrap_or_default());
        return Ok(visit
            .redirect(&with_query("deliveries/recover", &filters), Vec::new())
            .await?
            .into_response());
    }
    if ids.len() > MOST_RESENT {
        let title = format!("At most {MOST_RESENT} are sent again at once.");
        let notice =
            Notice { link: recover_link(&visit), ..Notice::warn(title, "A recovery has no such limit.") };
        return Ok(visit.redirect(&with_query("deliveries", &query), vec![notice]).await?.into_response());
    }
    if field("confirm").is_none() {
        return Ok(ask(&visit, &ids, query).await?.into_response());
    }
    let results = resend_several::resend_several(&visit.app, &visit.permit, ids).await?;
    Ok(visit.redirect(&with_query("deliveries", &query), notices(&results)).await?.into_response())
}

async fn ask(visit: &Visit<MayAdminister>, ids: &[String], query: String) -> PageResult<ResendSeveralPage> {
    let preview = resend_several::preview(&visit.app, &visit.permit, ids).await?;
    let snapshot = visit.app.db.snapshot(visit.account.id).await?;
    let names = TargetNames::of(snapshot.as_deref());
    let to_send = preview.to_send();
    let title = match to_send {
        0 => "Nothing to send again".to_owned(),
        some => format!("Resend {}", deliveries(some)),
    };
    let SeveralPreview { ids, targets, skipped, left_alone } = preview;
    let mut sentences: Vec<String> = skipped
        .into_iter()
        .map(|(reason, count)| format!("{} will be skipped: {}.", deliveries(count), reason.to_lowercase()))
        .collect();
    if left_alone > 0 {
        sentences.push(format!(
            "{} cannot be sent again: not failed, or sent again already.",
            deliveries(left_alone)
        ));
    }
    Ok(ResendSeveralPage {
        shell: visit.shell(&title, "deliveries").await?,
        to_send,
        targets: targets
            .iter()
            .map(|(target, count)| (names.of_target(target), deliveries(*count)))
            .collect(),
        left_alone: sentences,
        ids,
        back: format!("/accounts/{}/{}", visit.account.id, with_query("deliveries", &query)),
        query,
    })
}

/// What became of them.
fn notices(results: &[ResendResult]) -> Vec<Notice> {
    let sent = results.iter().filter(|result| result.outcome.is_ok()).count();
    let mut why: BTreeMap<String, usize> = BTreeMap::new();
    for error in results.iter().filter_map(|result| result.outcome.as_ref().err()) {
        *why.entry(resend_several::why_not_resent(error)).or_default() += 1;
    }
    let mut notices = Vec::new();
    if sent > 0 {
        notices.push(Notice::done(format!("{} sent again.", deliveries(sent))));
    }
    let refused = why.into_iter();
    notices.extend(
        refused.map(|(why, count)| Notice::warn(format!("{} not sent again.", deliveries(count)), why)),
    );
    notices
}

fn deliveries(count: usize) -> String {
    format!("{count} {}", if count == 1 { "delivery" } else { "deliveries" })
}

fn recover_link(visit: &Visit<MayAdminister>) -> Option<Link> {
    let href = format!("/accounts/{}/deliveries/recover", visit.account.id);
    Some(Link { href, text: "Recover failed deliveries".to_owned() })
}

fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A query that a form has carried, as one of ours.
fn cleaned(query: &str) -> String {
    Serializer::new(String::new()).extend_pairs(parse(query.as_bytes())).finish()
}
