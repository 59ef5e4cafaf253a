//! The first steps.

use ringpost::domain::role::Role;
use ringpost::web::page::Notice;
use ringpost::web::welcome::{EventStep, TestedStep, TokenStep, WelcomePage};

use super::{State, shell, state, three_minutes_ago};

pub fn states() -> Vec<State> {
    vec![
        state("welcome", &after_setup()),
        state("welcome-on-the-way", &on_the_way(Role::Admin)),
        state("welcome-viewer", &on_the_way(Role::Viewer)),
        state("welcome-hidden", &WelcomePage { is_hidden: true, ..on_the_way(Role::Admin) }),
        state("welcome-done", &done()),
    ]
}

/// Nothing is there yet, and whoever looks runs the server.
fn after_setup() -> WelcomePage {
    let mut shell = shell("First steps", "notifications", Role::Admin);
    shell.person.operator = true;
    shell.mail_folder = Some("/var/lib/ringpost/mail".to_owned());
    let text = "You are signed in as dana@acme.example, operator and admin of Acme Corp.".to_owned();
    shell.notices = vec![Notice { text, ..Notice::done("Your account is ready.") }];
    let body = r#"{"event_type":"new_integration_created","environment":"prod-acme","account_id":100}"#;
    WelcomePage {
        shell,
        done: [false; 5],
        mail_from: None,
        webhook: None,
        test: None,
        token: None,
        curl: format!(
            "curl -sS https://ringpost.acme.example/api/v1/events \\\n  -H \"Authorization: Bearer \
             $RINGPOST_TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"
        ),
        event: None,
        is_hidden: false,
    }
}

fn on_the_way(role: Role) -> WelcomePage {
    WelcomePage {
        shell: shell("First steps", "notifications", role),
        done: [false, true, false, true, false],
        webhook: Some("https://hooks.acme.example/… (4f9ac1)".to_owned()),
        test: Some(tested("hooks.acme.example answered 500 Internal Server Error in 184 ms.")),
        token: (role == Role::Admin).then(|| token("billing")),
        ..after_setup()
    }
}

fn done() -> WelcomePage {
    WelcomePage {
        done: [true; 5],
        mail_from: Some("ringpost@acme.example".to_owned()),
        test: Some(tested("hooks.acme.example answered 200 OK in 184 ms.")),
        token: Some(TokenStep { last_used: Some(three_minutes_ago()), ..token(&"a-long-name-".repeat(8)) }),
        event: Some(EventStep {
            title: "Run Failed".to_owned(),
            when: three_minutes_ago(),
            href: "/accounts/100/events/01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        }),
        ..on_the_way(Role::Admin)
    }
}

fn tested(text: &str) -> TestedStep {
    let href = "/accounts/100/deliveries/01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned();
    TestedStep { text: text.to_owned(), href }
}

fn token(name: &str) -> TokenStep {
    TokenStep { name: name.to_owned(), hint: "rp_4f9Q…tYq7".to_owned(), last_used: None }
}
