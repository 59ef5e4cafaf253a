//! What the demo has to show: an account with settings and destinations, and one event of each type.

use std::net::SocketAddr;

use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::{Caller, MayAdminister, MayEdit, MayPostEvents, NewPassword, Permit, authorize_operator};
use crate::actions::accounts::{self, AccountInput};
use crate::actions::events::{self, EventInput};
use crate::actions::notifications::{self, NotificationsInput};
use crate::actions::people::{self, PersonInput};
use crate::actions::{App, first_steps};
use crate::cli::account;
use crate::domain::destination::DestinationDraft;
use crate::domain::role::Role;
use crate::domain::settings::EventSettings;
use crate::domain::values::{EmailList, Schemes, WebhookUrl};
use crate::error::{Error, Result};
use crate::send::post::sign::generate_secret;

/// The account of the reference's samples.
const ACCOUNT: i64 = 100;
pub(super) const ADMIN: &str = "dana@acme.example";
/// Where else events go; `RECEIVER` and `SECRET` are filled in.
const DESTINATIONS: &str = include_str!("destinations.json");
const SUBSCRIBERS: [&str; 2] = ["ops@acme.example", "oncall@acme.example"];

#[derive(Deserialize)]
struct DemoDestination {
    kind: String,
    name: String,
    events: Vec<String>,
    config: Map<String, Value>,
}

/// One account, as in the reference's samples, with everything switched on. Answers the admin's password.
pub(super) async fn seed(app: &App, receiver: SocketAddr) -> Result<NewPassword> {
    let operator = authorize_operator(&Caller::CommandLine)?;
    let input = AccountInput::parse("Acme Corp", "prod-acme", "Dana Ito", ADMIN)?;
    let person = PersonInput { name: input.contact_name.clone(), email: input.contact_email.clone() };
    accounts::create(app, &operator, ACCOUNT, input).await?;

    let (password, permit) = (NewPassword::one_time(), account(app, ACCOUNT).await?);
    people::add(app, &operator, person, password.clone(), true, Some((&permit, Role::Admin))).await?;
    settings(app, receiver).await?;
    destinations(app, &permit, receiver).await?;
    // There is no mail server to connect and no platform to wait for.
    first_steps::hide(app, &permit, true).await?;
    Ok(password)
}

async fn settings(app: &App, receiver: SocketAddr) -> Result<()> {
    let url = format!("https://{receiver}/hook?token=demo");
    let url = WebhookUrl::parse(&url, Schemes::HttpOrHttps).map_err(Error::internal)?;
    let subscribers = SUBSCRIBERS.iter().map(|address| address.parse()).collect::<Result<EmailList, _>>();
    let subscribers = subscribers.map_err(Error::internal)?;
    let events = app.catalog.events().map(|event_type| {
        let subscribers =
            if event_type.key == "run_failed" { subscribers.clone() } else { EmailList::default() };
        (event_type.key.clone(), EventSettings { send_webhook: true, subscribers })
    });
    let input = NotificationsInput { webhook: Some(url), events: events.collect() };
    let permit: Permit<MayEdit> = account(app, ACCOUNT).await?;
    let stored = notifications::load(app, &permit).await?;
    notifications::save(app, &permit, &stored, input).await?;
    Ok(())
}

/// One that signs, one for each way to write to a team, and one that refuses whatever it gets.
async fn destinations(app: &App, permit: &Permit<MayAdminister>, receiver: SocketAddr) -> Result<()> {
    let text = DESTINATIONS
        .replace("RECEIVER", &receiver.to_string())
        .replace("SECRET", generate_secret().expose_secret());
    let all: Vec<DemoDestination> = serde_json::from_str(&text).map_err(Error::internal)?;
    for DemoDestination { kind, name, mut events, config } in all {
        // A catalogue of one's own may have others.
        events.retain(|key| app.catalog.get(key).is_some());
        let kind = kind.parse().map_err(Error::internal)?;
        let draft = DestinationDraft { kind, name, enabled: true, events, scopes: Map::new(), config };
        app.destinations.create(permit, draft).await?;
    }
    Ok(())
}

pub(super) async fn send_one_of_each(app: &App) -> Result<()> {
    for event_type in app.catalog.events() {
        let permit = account::<MayPostEvents>(app, ACCOUNT).await?;
        let sample = events::sample(app, &permit.account, event_type);
        events::accept(app, permit, EventInput::parse(sample.into())?, None).await?;
    }
    Ok(())
}
