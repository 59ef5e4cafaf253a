use std::collections::{HashMap, HashSet};

use super::*;
use crate::domain::account::Contact;
use crate::domain::values::Schemes;

#[test]
fn a_save_is_told_field_by_field_and_never_with_a_url() {
    let contact = Contact { name: "Dana".to_owned(), email: "dana@acme.example".parse().unwrap() };
    let account = Account {
        id: 1,
        name: "Acme".to_owned(),
        environment: "prod".to_owned(),
        contact,
        failure_mails: true,
    };
    let before = Settings {
        account,
        webhook: None,
        events: HashMap::new(),
        unsubscribed: HashMap::new(),
        unconfirmed: HashSet::new(),
    };
    let url = WebhookUrl::parse("https://hooks.acme.example/t0k3n", Schemes::HttpOrHttps).unwrap();
    let list = std::iter::once("ops@acme.example".parse().unwrap()).collect();
    let rows = [
        ("run_failed".to_owned(), EventSettings { send_webhook: true, subscribers: list }),
        ("sync_failed".to_owned(), EventSettings::default()),
    ];
    let changes = SettingChange::of_settings(&before, (None, Some(&url)), &rows);
    let told: Vec<_> =
        changes.iter().map(|c| (c.setting, c.object.as_str(), c.before.as_str(), c.after.as_str())).collect();
    assert_eq!(
        told,
        [
            (Setting::WebhookUrl, "", "None", url.label().as_str()),
            (Setting::SendWebhook, "run_failed", "Off", "On"),
            (Setting::Subscribers, "run_failed", "", "ops@acme.example"),
        ]
    );
    assert!(!changes.iter().any(|change| change.after.contains("t0k3n")));
}
