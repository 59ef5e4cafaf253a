//! Sign-in, first run, unsubscribing, errors and the API's reference.

use ringpost::api::docs::DocsPage;
use ringpost::api::openapi::{self, ServerInfo};
use ringpost::domain::catalog::Catalog;
use ringpost::web::error_page::ErrorPage;
use ringpost::web::invitations::{InvitationPage, InvitationReader};
use ringpost::web::login::{ForgottenPage, LoginCodePage, LoginLinkPage, LoginPage};
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
        state("login-invited", &login_invited()),
        state("login-code", &login_code(&[])),
        state(
            "login-code-refused",
            &login_code(&[("code", "That code is not right. Enter the one your app shows now")]),
        ),
        state("login-recovery-refused", &login_code(&[("recovery", "This recovery code was used before")])),
        state("login-forgotten", &forgotten(false, true)),
        state("login-forgotten-asked", &forgotten(true, true)),
        state("login-forgotten-no-mail", &forgotten(false, false)),
        state("login-link", &login_link("Sign in with this link", true)),
        state("login-link-over", &login_link("This link is over", false)),
        state("invitation", &invitation(InvitationReader::Nobody)),
        state("invitation-refused", &invitation_refused()),
        state("invitation-signed-in", &invitation(InvitationReader::Invited)),
        state("invitation-not-accepted", &invitation_not_accepted()),
        state(
            "invitation-of-another",
            &invitation(InvitationReader::SomebodyElse("sam@acme.example".to_owned())),
        ),
        state("setup", &setup()),
        state("setup-refused", &setup_refused()),
        state("unsubscribe", &unsubscribe("Stop these emails?", false)),
        state("unsubscribe-done", &unsubscribe("You are unsubscribed", true)),
        state("confirm", &confirm("Do you want these emails?", false)),
        state("confirm-done", &confirm("You get these emails now", true)),
        state("error-403", &ErrorPage::forbidden("Only admins can manage users.")),
        state("error-404", &ErrorPage::not_found()),
        state("error-422", &ErrorPage::refused(422, "There is no event type “run_exploded”.")),
        state("error-429", &ErrorPage::too_many_requests("Too many exports of this account at once.", 30)),
        state("error-500", &ErrorPage::internal(REFERENCE)),
        state("error-503", &ErrorPage::unavailable("The database cannot be written to.", REFERENCE, 5)),
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

fn login_invited() -> LoginPage {
    let mut page = LoginPage { email: "lee@acme.example".to_owned(), ..login() };
    page.plain.notices = vec![Notice {
        text: "Use the password that you have just chosen. If it is refused, you have had another one here before: \
               use that."
            .to_owned(),
        ..Notice::done("Now sign in, then accept.")
    }];
    page
}

fn login_code(problems: &[(&'static str, &'static str)]) -> LoginCodePage {
    let mut page = LoginCodePage {
        plain: Plain::titled("Enter your code"),
        email: "dana@acme.example".to_owned(),
        recovery: String::new(),
    };
    for &(field, text) in problems {
        page.plain.errors.push_sentence(field, text);
    }
    page
}

fn forgotten(asked: bool, has_mail_server: bool) -> ForgottenPage {
    let email = if asked { "dana@acme.example" } else { "" }.to_owned();
    ForgottenPage { plain: Plain::titled("Forgot your password?"), email, asked, has_mail_server }
}

fn login_link(title: &str, is_good: bool) -> LoginLinkPage {
    LoginLinkPage { plain: Plain::titled(title), is_good }
}

fn invitation(reader: InvitationReader) -> InvitationPage {
    InvitationPage {
        plain: Plain::titled("You are invited"),
        path: "/invitations/4f9Qw0aXk2Zr8LrVtYq7AbCdEfGhIjKl".to_owned(),
        account_name: "Acme Corp".to_owned(),
        email: "lee@acme.example".to_owned(),
        role: "editor",
        invited_by: "dana@acme.example".to_owned(),
        reader,
        name: String::new(),
    }
}

fn invitation_refused() -> InvitationPage {
    let mut page = invitation(InvitationReader::Nobody);
    page.plain.errors.push_sentence("name", "The name must not be empty");
    page.plain.errors.push_sentence("password", "The password must have at least 15 characters");
    page
}

fn invitation_not_accepted() -> InvitationPage {
    let mut page = invitation(InvitationReader::Invited);
    page.plain.errors.push_sentence(
        "accept",
        "Nobody knows yet that the address is yours: ask an operator for the role, or for a link of ringpost user \
         sign-in-link",
    );
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
        events: vec!["Run Failed".to_owned(), "Sync Failed".to_owned()],
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
