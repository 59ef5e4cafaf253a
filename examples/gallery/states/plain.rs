//! Sign-in, first run, unsubscribing, errors and the API's reference.

use ringpost::api::docs::DocsPage;
use ringpost::api::openapi::{self, ServerInfo};
use ringpost::domain::catalog::Catalog;
use ringpost::web::error_page::ErrorPage;
use ringpost::web::login::LoginPage;
use ringpost::web::page::{Notice, Plain};
use ringpost::web::setup::SetupPage;
use ringpost::web::unsubscribe::UnsubscribePage;

use super::{State, state};

const REFERENCE: &str = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa";

pub fn states() -> Vec<State> {
    vec![
        state("login", &login()),
        state("login-refused", &login_refused()),
        state("login-signed-out", &login_signed_out()),
        state("setup", &setup()),
        state("setup-refused", &setup_refused()),
        state("unsubscribe", &unsubscribe("Stop these emails?", false)),
        state("unsubscribe-done", &unsubscribe("You are unsubscribed", true)),
        state("confirm", &confirm("Do you want these emails?", false)),
        state("confirm-done", &confirm("You get these emails now", true)),
        state("error-403", &ErrorPage::forbidden("Only admins can manage users.")),
        state("error-404", &ErrorPage::not_found()),
        state("error-422", &ErrorPage::refused(422, "There is no event type “run_exploded”.")),
        state("error-429", &ErrorPage::too_many_requests(30)),
        state("error-500", &ErrorPage::internal(REFERENCE)),
        state("error-503", &ErrorPage::unavailable("The database cannot be written to.", REFERENCE)),
        state("api-docs", &api_docs()),
    ]
}

fn login() -> LoginPage {
    LoginPage {
        plain: Plain::titled("Sign in"),
        email: String::new(),
        next: "/accounts/100/deliveries".to_owned(),
    }
}

fn login_refused() -> LoginPage {
    let mut page = LoginPage { email: "dana@acme.example".to_owned(), ..login() };
    page.plain.errors.push_sentence("email", "Email or password is wrong");
    page
}

fn login_signed_out() -> LoginPage {
    let mut page = login();
    page.plain.notices = vec![Notice::done("You are signed out.")];
    page
}

fn setup() -> SetupPage {
    SetupPage {
        plain: Plain::titled("Set up Ringpost"),
        code: String::new(),
        name: String::new(),
        email: String::new(),
        account_id: String::new(),
        account_name: String::new(),
        environment: String::new(),
    }
}

fn setup_refused() -> SetupPage {
    let mut page = SetupPage { code: "4711".to_owned(), name: "Dana Ito".to_owned(), ..setup() };
    for (field, text) in [
        ("code", "Setup code is wrong: look at the terminal that Ringpost was started in"),
        ("email", "Enter your email address"),
        ("password", "Password must have at least 15 characters"),
        ("account_id", "Organization ID must be a whole number, like 100"),
    ] {
        page.plain.errors.push_sentence(field, text);
    }
    page
}

fn unsubscribe(title: &str, done: bool) -> UnsubscribePage {
    UnsubscribePage {
        plain: Plain::titled(title),
        address: "ops@acme.example".to_owned(),
        account_name: "Acme Corp".to_owned(),
        confirms: false,
        done,
    }
}

fn confirm(title: &str, done: bool) -> UnsubscribePage {
    UnsubscribePage { confirms: true, ..unsubscribe(title, done) }
}

fn api_docs() -> DocsPage {
    let catalog = Catalog::builtin();
    let server =
        ServerInfo { catalog: &catalog, signature_header: "X-Ringpost-Signature", builds_links: false };
    DocsPage::of(&openapi::document(server))
}
