//! The routes, and what the gate before each says to whom.

/// What a visitor meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Comes in, whatever is said there.
    Open,
    /// Is led to the sign-in page.
    SignIn,
    /// 401.
    Unknown,
    /// 403: a member without the role.
    Forbidden,
    /// 404: a stranger, or nothing is there.
    Missing,
}

pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    /// In the order of [`VISITORS`].
    pub gates: [Gate; 8],
}

pub const VISITORS: [&str; 8] =
    ["nobody", "ingest", "admin of another account", "viewer", TWO_ACCOUNTS, "editor", "admin", "operator"];

/// Somebody who belongs to two accounts has in each the role that they have there.
pub const TWO_ACCOUNTS: &str = "viewer who is admin of another account";

use Gate::{Forbidden, Missing, Open, SignIn, Unknown};

const EVERYBODY: [Gate; 8] = [Open; 8];
const NOT_THERE: [Gate; 8] = [Missing; 8];
/// A token opens no page.
const SIGNED_IN: [Gate; 8] = [SignIn, SignIn, Open, Open, Open, Open, Open, Open];
const READERS: [Gate; 8] = [SignIn, SignIn, Missing, Open, Open, Open, Open, Open];
const EDITORS: [Gate; 8] = [SignIn, SignIn, Missing, Forbidden, Forbidden, Open, Open, Open];
const ADMINS: [Gate; 8] = [SignIn, SignIn, Missing, Forbidden, Forbidden, Forbidden, Open, Open];
const OPERATORS: [Gate; 8] = [SignIn, SignIn, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Open];
/// Somebody has to be there, and this is nobody's whom we sent.
const NOT_THEIRS: [Gate; 8] = [SignIn, SignIn, Missing, Missing, Missing, Missing, Missing, Missing];
/// Admins find nothing there.
const NO_CHANGE: [Gate; 8] = [SignIn, SignIn, Missing, Forbidden, Forbidden, Forbidden, Missing, Missing];
/// Who may edit finds nobody there.
const NO_SUBSCRIBER: [Gate; 8] = [SignIn, SignIn, Missing, Forbidden, Forbidden, Missing, Missing, Missing];
const POSTERS: [Gate; 8] = [Unknown, Open, Missing, Forbidden, Forbidden, Forbidden, Open, Open];

/// Whose an event is stands in it: each of a batch is refused by itself.
const BATCH_POSTERS: [Gate; 8] = [Unknown, Open, Open, Forbidden, Forbidden, Forbidden, Open, Open];
/// A token of one account sees that account only.
const WHOLE: [Gate; 8] = [Unknown, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Open];
const CALLERS: [Gate; 8] = [Unknown, Open, Open, Open, Open, Open, Open, Open];
/// A token of another account means that account.
const READ_OWN: [Gate; 8] = [Unknown, Forbidden, Open, Open, Open, Open, Open, Open];
const CHANGE_OWN: [Gate; 8] = [Unknown, Forbidden, Open, Forbidden, Forbidden, Forbidden, Open, Open];
const READ_ONE: [Gate; 8] = [Unknown, Forbidden, Missing, Open, Open, Open, Open, Open];
const EDIT_ONE: [Gate; 8] = [Unknown, Forbidden, Missing, Forbidden, Forbidden, Open, Open, Open];
const CHANGE_ONE: [Gate; 8] = [Unknown, Forbidden, Missing, Forbidden, Forbidden, Forbidden, Open, Open];

const PROVIDERS: &str = "/api/v1/notifications/providers";
const WEBHOOKS: &str = "/api/v3/notification/webhooks";
const RULES: &str = "/v1/organizations/{organization_id}/knowledge/connectors/notifications";

/// In the order in which they are walked: signing out comes last.
pub const ROUTES: &[Route] = &[
    get("/healthz", EVERYBODY),
    get("/readyz", EVERYBODY),
    get("/metrics", WHOLE),
    get("/static/{name}", EVERYBODY),
    get("/u/{signed}", EVERYBODY),
    post("/u/{signed}", EVERYBODY),
    get("/login", EVERYBODY),
    post("/login", EVERYBODY),
    get("/login/code", EVERYBODY),
    post("/login/code", EVERYBODY),
    get("/login/forgotten", EVERYBODY),
    post("/login/forgotten", EVERYBODY),
    // The link is nobody's.
    get("/login/link/{link}", NOT_THERE),
    post("/login/link/{link}", NOT_THERE),
    get("/invitations/{link}", EVERYBODY),
    post("/invitations/{link}", EVERYBODY),
    post("/invitations/{link}/accept", NOT_THEIRS),
    // Somebody can sign in already.
    get("/setup", NOT_THERE),
    post("/setup", NOT_THERE),
    get("/", SIGNED_IN),
    get("/accounts", SIGNED_IN),
    post("/accounts", OPERATORS),
    get("/security-log", OPERATORS),
    get("/security-log/export", OPERATORS),
    get("/accounts/{account_id}/company", READERS),
    post("/accounts/{account_id}/company", ADMINS),
    get("/accounts/{account_id}/people", READERS),
    post("/accounts/{account_id}/people", EDITORS),
    // Nobody is named.
    get("/accounts/{account_id}/people/remove", NO_SUBSCRIBER),
    post("/accounts/{account_id}/people/remove", NO_SUBSCRIBER),
    post("/accounts/{account_id}/people/resubscribe", NO_SUBSCRIBER),
    get("/accounts/{account_id}/notifications", READERS),
    post("/accounts/{account_id}/notifications", EDITORS),
    get("/accounts/{account_id}/welcome", READERS),
    post("/accounts/{account_id}/welcome", EDITORS),
    get("/accounts/{account_id}/notifications/toggles/{word}", READERS),
    post("/accounts/{account_id}/notifications/toggles/{word}", EDITORS),
    get("/accounts/{account_id}/notifications/resolve/{name}/{word}", READERS),
    // Neither a row of that name nor a way to choose is there.
    post(
        "/accounts/{account_id}/notifications/resolve/{name}/{word}",
        [SignIn, SignIn, Missing, Forbidden, Forbidden, Missing, Missing, Missing],
    ),
    get("/accounts/{account_id}/notifications/add", READERS),
    post("/accounts/{account_id}/notifications/add", EDITORS),
    get("/accounts/{account_id}/notifications/test/{key}/webhook", READERS),
    post("/accounts/{account_id}/notifications/test/{key}/webhook", EDITORS),
    get("/accounts/{account_id}/notifications/test/{key}/email", READERS),
    post("/accounts/{account_id}/notifications/test/{key}/email", EDITORS),
    get("/accounts/{account_id}/notifications/preview/{key}", READERS),
    get("/accounts/{account_id}/deliveries", READERS),
    get("/accounts/{account_id}/deliveries/export", READERS),
    get("/accounts/{account_id}/deliveries/recover", ADMINS),
    post("/accounts/{account_id}/deliveries/recover", ADMINS),
    get("/accounts/{account_id}/deliveries/recoveries/{id}", READERS),
    post("/accounts/{account_id}/deliveries/recoveries/{id}/stop", ADMINS),
    get("/accounts/{account_id}/deliveries/{id}", READERS),
    get("/accounts/{account_id}/events/explain", READERS),
    get("/accounts/{account_id}/events/{id}", READERS),
    get("/accounts/{account_id}/deliveries/{id}/mail", READERS),
    get("/accounts/{account_id}/deliveries/{id}/json", READERS),
    get("/accounts/{account_id}/deliveries/{id}/resend", ADMINS),
    post("/accounts/{account_id}/deliveries/{id}/resend", ADMINS),
    get("/accounts/{account_id}/deliveries/resend", ADMINS),
    post("/accounts/{account_id}/deliveries/resend", ADMINS),
    get("/accounts/{account_id}/tokens", ADMINS),
    post("/accounts/{account_id}/tokens", ADMINS),
    get("/accounts/{account_id}/tokens/created", ADMINS),
    get("/accounts/{account_id}/tokens/{id}/revoke", ADMINS),
    post("/accounts/{account_id}/tokens/{id}/revoke", ADMINS),
    get("/accounts/{account_id}/users", ADMINS),
    post("/accounts/{account_id}/users", ADMINS),
    get("/accounts/{account_id}/users/new", ADMINS),
    get("/accounts/{account_id}/users/invited", ADMINS),
    get("/accounts/{account_id}/users/{id}", ADMINS),
    post("/accounts/{account_id}/users/{id}", ADMINS),
    post("/accounts/{account_id}/users/{id}/link", ADMINS),
    get("/accounts/{account_id}/users/{id}/remove", ADMINS),
    post("/accounts/{account_id}/users/{id}/remove", ADMINS),
    post("/accounts/{account_id}/invitations/{id}/withdraw", ADMINS),
    get("/accounts/{account_id}/history", READERS),
    get("/accounts/{account_id}/history/export", READERS),
    // The id is no change's.
    get("/accounts/{account_id}/history/{id}/revert", NO_CHANGE),
    post("/accounts/{account_id}/history/{id}/revert", NO_CHANGE),
    get("/people", OPERATORS),
    get("/people/password", OPERATORS),
    get("/people/{id}", OPERATORS),
    post("/people/{id}/disable", OPERATORS),
    post("/people/{id}/enable", OPERATORS),
    post("/people/{id}/reset-password", OPERATORS),
    post("/people/{id}/reset-2fa", OPERATORS),
    get("/accounts/{account_id}/destinations", READERS),
    post("/accounts/{account_id}/destinations", ADMINS),
    get("/accounts/{account_id}/destinations/new", ADMINS),
    get("/accounts/{account_id}/destinations/test", ADMINS),
    post("/accounts/{account_id}/destinations/test", ADMINS),
    get("/accounts/{account_id}/destinations/{id}", ADMINS),
    post("/accounts/{account_id}/destinations/{id}", ADMINS),
    get("/accounts/{account_id}/destinations/{id}/secret", ADMINS),
    get("/accounts/{account_id}/destinations/{id}/test", ADMINS),
    post("/accounts/{account_id}/destinations/{id}/test", ADMINS),
    get("/accounts/{account_id}/destinations/{id}/test/unsaved", ADMINS),
    post("/accounts/{account_id}/destinations/{id}/test/unsaved", ADMINS),
    post("/accounts/{account_id}/destinations/{id}/pause", ADMINS),
    post("/accounts/{account_id}/destinations/{id}/resume", ADMINS),
    get("/accounts/{account_id}/destinations/{id}/delete", ADMINS),
    post("/api/v1/events", POSTERS),
    get("/api/v1/events", READ_OWN),
    post("/api/v1/events/explain", READ_ONE),
    get("/api/v1/events/{id}", READ_ONE),
    get("/api/v1/deliveries", READ_OWN),
    post("/api/v1/deliveries/resend", CHANGE_OWN),
    post("/api/v1/events/batch", BATCH_POSTERS),
    get("/api/v1/accounts/{account_id}", WHOLE),
    route("PUT", "/api/v1/accounts/{account_id}", WHOLE),
    get("/api/v1/accounts/{account_id}/history", READ_ONE),
    get("/api/v1/deliveries/{id}", READ_ONE),
    post("/api/v1/deliveries/{id}/resend", CHANGE_ONE),
    post("/api/v1/deliveries/recover", CHANGE_OWN),
    get("/api/v1/recoveries/{id}", READ_ONE),
    post("/api/v1/recoveries/{id}/stop", CHANGE_ONE),
    get("/api/openapi.json", EVERYBODY),
    get("/api/docs", EVERYBODY),
    get("/api/v1/event-types", CALLERS),
    get("/api/v1/event-types/{key}", CALLERS),
    get("/api/v1/event-types/{key}/schema", CALLERS),
    get(PROVIDERS, READ_OWN),
    post(PROVIDERS, CHANGE_OWN),
    get("/api/v1/notifications/providers/{id}", READ_ONE),
    route("PATCH", "/api/v1/notifications/providers/{id}", CHANGE_ONE),
    post("/api/v1/notifications/providers/{id}/test", CHANGE_ONE),
    post("/api/v1/notifications/send", CHANGE_OWN),
    get(WEBHOOKS, READ_OWN),
    post(WEBHOOKS, CHANGE_OWN),
    get("/api/v3/notification/webhooks/events", READ_OWN),
    get("/api/v3/notification/webhooks/{resource_id}", READ_ONE),
    route("PATCH", "/api/v3/notification/webhooks/{resource_id}", CHANGE_ONE),
    post("/api/v3/notification/webhooks/test/{id}", CHANGE_ONE),
    get(RULES, READ_ONE),
    route("PUT", RULES, EDIT_ONE),
    route("PATCH", RULES, EDIT_ONE),
    post("/v1/organizations/{organization_id}/knowledge/connectors/notifications/test", EDIT_ONE),
    // Each of these ends the destination; whoever may, ends it three times.
    route("DELETE", "/api/v1/notifications/providers/{id}", CHANGE_ONE),
    route("DELETE", "/api/v3/notification/webhooks/{resource_id}", CHANGE_ONE),
    post("/accounts/{account_id}/destinations/{id}/delete", ADMINS),
    route("ANY", "/api/{*path}", NOT_THERE),
    route("ANY", "/v1/{*path}", NOT_THERE),
    get("/profile", SIGNED_IN),
    post("/profile/password", SIGNED_IN),
    get("/profile/new-password", SIGNED_IN),
    post("/profile/new-password", SIGNED_IN),
    get("/profile/second-factor", SIGNED_IN),
    post("/profile/second-factor", SIGNED_IN),
    get("/profile/second-factor/remove", SIGNED_IN),
    post("/profile/second-factor/remove", SIGNED_IN),
    get("/profile/recovery-codes", SIGNED_IN),
    get("/profile/recovery-codes/new", SIGNED_IN),
    post("/profile/recovery-codes/new", SIGNED_IN),
    post("/profile/sessions/{id}/end", NOT_THEIRS),
    post("/profile/sign-out-everywhere", SIGNED_IN),
    post("/logout", EVERYBODY),
];

const fn get(path: &'static str, gates: [Gate; 8]) -> Route {
    route("GET", path, gates)
}

const fn post(path: &'static str, gates: [Gate; 8]) -> Route {
    route("POST", path, gates)
}

const fn route(method: &'static str, path: &'static str, gates: [Gate; 8]) -> Route {
    Route { method, path, gates }
}
