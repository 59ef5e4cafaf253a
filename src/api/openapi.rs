//! `GET /api/openapi.json`: what every JSON route takes and answers, and what receivers get.
//!
//! Operations and schemas come from the handlers and their types. What the running server knows better is added
//! when it starts: events from the catalogue, the name of the signature's header.

mod events;
mod headers;

use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, OpenApi, Server};

use crate::domain::catalog::Catalog;

use super::http::refusals;

/// What differs from one server to the next.
#[derive(Clone, Copy, Debug)]
pub struct ServerInfo<'a> {
    /// Which events there are.
    pub catalog: &'a Catalog,
    /// The header of the hex signature.
    pub signature_header: &'a str,
    /// Whether an event's derived links may be left out.
    pub builds_links: bool,
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Ringpost",
        description = "Who hears about what happens on the platform, and how. A platform posts its events; Ringpost \
                       tells the right people and programs, once, and keeps the record.\n\nTimestamps are RFC 3339 \
                       in UTC. Secrets read back as `••••••••`. An account that you may not see is a 404; a \
                       method that a path does not have is a 405, and `Allow` names those that it has.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "Events", description = "Post what happened, and read which events there are."),
        (name = "Deliveries", description = "The log: what became of each event at each target, and sending it again."),
        (
            name = "Accounts",
            description = "The organizations on the platform, made and looked after by it; and who has changed what."
        ),
        (
            name = "Providers",
            description = "Destinations of an account: chats, signed webhooks and operations mail. Send to them \
                           directly, too."
        ),
        (name = "Webhooks", description = "The same destinations in JSON:API, webhooks only."),
        (
            name = "Notification rules",
            description = "The settings page as JSON: the shared webhook and the subscribers of each event."
        ),
        (name = "Server", description = "Health, and this description. Open to everybody."),
    ),
)]
struct Ringpost;

/// The OpenAPI 3.1 document of a server.
///
/// # Panics
/// Never: its types hold texts, numbers and maps with texts for keys.
#[must_use]
#[expect(clippy::expect_used, reason = "types of texts, numbers and maps with texts for keys become JSON")]
pub fn document(server: ServerInfo<'_>) -> Value {
    let mut api = Ringpost::openapi();
    api.servers = Some(vec![Server::builder().url("/").description(Some("This server")).build()]);
    api.security = Some(["token", "session"].map(security_requirement).into());
    api.merge(super::endpoints().into_openapi());
    api.merge(open(super::open_endpoints().into_openapi()));
    let components = api.components.get_or_insert_default();
    add_security(components);
    components.responses.extend(refusals::components().map(|(name, response)| (name, response.into())));
    components.schemas.extend(refusals::schemas());
    api.webhooks = Some(events::webhooks(server));
    events::add_examples(&mut api, server.catalog);
    let mut document = serde_json::to_value(api).expect("a description is JSON");
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.extend(events::schemas(server));
        schemas.sort_keys();
    }
    document
}

/// Without asking who is calling.
fn open(mut api: OpenApi) -> OpenApi {
    for operation in api.paths.paths.values_mut().filter_map(|item| item.get.as_mut()) {
        operation.security = Some(Vec::new());
    }
    api
}

fn security_requirement(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new(scheme, [] as [&str; 0])
}

fn add_security(components: &mut Components) {
    let token = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("rp_…").description(Some(
        "An API token with the role ingest, viewer, editor or admin, made on the API tokens page or by \
         `ringpost token create`. Sent as `Authorization: Bearer rp_…`, and nowhere else.",
    ));
    let session = ApiKeyValue::with_description(
        "__Host-ringpost",
        "The cookie of a signed-in person (plain `ringpost` where the server has no TLS). Every call that changes \
         something also needs `X-Requested-With: XMLHttpRequest`; without it the answer is 403 \
         `MISSING_X_REQUESTED_WITH`. It has to come from our own pages: a browser says so in `Origin` or \
         `Sec-Fetch-Site`, and without either the answer is 403 `CROSS_SITE`.",
    );
    components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_that_builds_links_lets_them_be_left_out() {
        let required = |builds_links| {
            let catalog = Catalog::builtin();
            let server = ServerInfo { catalog: &catalog, signature_header: "X-Signed", builds_links };
            document(server).pointer("/components/schemas/posted.run_failed/required").cloned().unwrap()
        };
        assert!(required(false).as_array().unwrap().contains(&json!("admin_link")));
        assert!(!required(true).as_array().unwrap().contains(&json!("admin_link")));
    }
}
