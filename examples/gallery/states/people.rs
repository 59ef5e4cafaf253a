//! Company, accounts, tokens, users and the profile.

use ringpost::domain::field_errors::FieldErrors;
use ringpost::domain::role::Role;
use ringpost::web::accounts::{AccountForm, AccountRow, AccountsPage};
use ringpost::web::company::CompanyPage;
use ringpost::web::page::{Notice, Person, Shell, role_choices};
use ringpost::web::profile::{ProfilePage, SessionRow};
use ringpost::web::tokens::{TokenCreatedPage, TokenRevokePage, TokenRow, TokensPage};
use ringpost::web::users::{UserCreatedPage, UserEditPage, UserNewPage, UserRow, UsersPage};

use super::{State, dana, last_month, shell, state, three_minutes_ago, when};

pub fn states() -> Vec<State> {
    [company(), accounts(), tokens(), users(), profile()].into_iter().flatten().collect()
}

fn errors(of: &[(&'static str, &'static str)]) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for &(field, text) in of {
        errors.push_sentence(field, text);
    }
    errors
}

fn company() -> Vec<State> {
    let page = |role| CompanyPage {
        shell: shell("Company", "company", role),
        id: 100,
        name: "Acme Corp".to_owned(),
        environment: "prod-acme".to_owned(),
        contact_name: "Dana Ito".to_owned(),
        contact_email: "dana@acme.example".to_owned(),
    };
    let mut saved = page(Role::Admin);
    saved.shell.notices = vec![Notice::done("Changes saved.")];
    let mut refused = page(Role::Admin);
    refused.name = String::new();
    refused.contact_email = "dana@acme".into();
    refused.shell.errors = errors(&[
        ("name", "Enter the organization name"),
        ("contact_email", "Email “dana@acme” is missing a domain ending, like .com"),
    ]);
    vec![
        state("company", &page(Role::Admin)),
        state("company-viewer", &page(Role::Viewer)),
        state("company-saved", &saved),
        state("company-refused", &refused),
    ]
}

fn accounts() -> Vec<State> {
    let person = Person { operator: true, can_switch: true, ..dana() };
    let outside = Shell { title: "Accounts".to_owned(), person, ..Shell::default() };
    let row = |id, name: &str| AccountRow {
        id,
        name: name.to_owned(),
        environment: format!("prod-{id}"),
        contact: "dana@acme.example".to_owned(),
    };
    let operator = AccountsPage {
        shell: outside,
        accounts: vec![row(100, "Acme Corp"), row(2_041, "Widget Cooperative of Greater Springfield")],
        form: Some(AccountForm::default()),
    };
    let mut refused = operator.clone();
    refused.form = Some(AccountForm { id: "abc".to_owned(), ..AccountForm::default() });
    refused.shell.errors = errors(&[
        ("id", "Organization ID must be a whole number, like 100"),
        ("name", "Enter the organization name"),
    ]);
    let member = AccountsPage {
        form: None,
        shell: Shell { person: dana(), ..operator.shell.clone() },
        ..operator.clone()
    };
    vec![
        state("accounts-operator", &operator),
        state("accounts-refused", &refused),
        state("accounts-none-yet", &AccountsPage { accounts: Vec::new(), ..operator.clone() }),
        state("accounts-member", &member),
    ]
}

fn tokens() -> Vec<State> {
    let token = |name: &str, role: Role| TokenRow {
        id: "7".to_owned(),
        name: name.to_owned(),
        role: role.as_str(),
        hint: "rp_4f9Q…tYq7".to_owned(),
        created: last_month(),
        last_used: Some(three_minutes_ago()),
        expires: None,
        expired: false,
    };
    let unused = TokenRow {
        last_used: None,
        expires: Some(last_month()),
        expired: true,
        ..token("old-import", Role::Admin)
    };
    let page = TokensPage {
        shell: shell("API tokens", "tokens", Role::Admin),
        tokens: vec![token("billing", Role::Ingest), unused.clone()],
        name: String::new(),
        roles: role_choices(Role::ALL, Some(Role::Ingest)),
        expiries: TokensPage::expiries("never"),
    };
    let mut refused = page.clone();
    refused.roles = role_choices(Role::ALL, None);
    refused.shell.errors = errors(&[("name", "Enter a name"), ("role", "Choose a role")]);
    let created = |token: Option<&str>| TokenCreatedPage {
        shell: shell("Token created", "tokens", Role::Admin),
        name: "ci-deploy".to_owned(),
        token: token.map(str::to_owned),
    };
    let mut revoked = page.clone();
    revoked.shell.notices = vec![Notice::done("old-import revoked.")];
    let revoke = |token: TokenRow| TokenRevokePage {
        shell: shell(&format!("Revoke {}?", token.name), "tokens", Role::Admin),
        token,
    };
    vec![
        state("tokens-empty", &TokensPage { tokens: Vec::new(), ..page.clone() }),
        state("tokens", &page),
        state("tokens-revoked", &revoked),
        state("tokens-refused", &refused),
        state("token-created", &created(Some("rp_4f9Qw0aXk2Zr8LrVtYq7AbCdEfGhIjKl12tYq7"))),
        state("token-created-gone", &created(None)),
        state("token-revoke", &revoke(token("billing", Role::Ingest))),
        state("token-revoke-unused", &revoke(unused)),
    ]
}

fn users() -> Vec<State> {
    let user = |name: &str, email: &str, role: Role| UserRow {
        id: "3".to_owned(),
        name: name.to_owned(),
        email: email.to_owned(),
        role: role.as_str(),
        last_sign_in: Some(three_minutes_ago()),
        disabled: false,
        is_you: false,
    };
    let dana = UserRow { is_you: true, ..user("Dana Ito", "dana@acme.example", Role::Admin) };
    let sam =
        UserRow { disabled: true, last_sign_in: None, ..user("Sam Reyes", "sam@acme.example", Role::Viewer) };
    let add = UserNewPage {
        shell: shell("Add user", "users", Role::Admin),
        name: String::new(),
        email: String::new(),
        roles: role_choices(&Role::OF_PEOPLE, Some(Role::Viewer)),
    };
    let mut refused = UserNewPage { email: "sam@acme".to_owned(), ..add.clone() };
    refused.shell.errors = errors(&[
        ("name", "Enter the person’s name"),
        ("email", "Email “sam@acme” is missing a domain ending, like .com"),
    ]);
    let created = |password: Option<&str>| UserCreatedPage {
        shell: shell("User added", "users", Role::Admin),
        email: "sam@acme.example".to_owned(),
        password: password.map(str::to_owned),
    };
    let edit = |user: UserRow, last_admin| UserEditPage {
        shell: shell(&user.name, "users", Role::Admin),
        roles: role_choices(&Role::OF_PEOPLE, Some(Role::Viewer)),
        statuses: UserEditPage::statuses(user.disabled),
        user,
        last_admin,
    };
    let mut edit_refused = edit(sam.clone(), false);
    edit_refused.shell.errors =
        errors(&[("role", "Choose a role"), ("status", "You cannot disable yourself")]);
    let list =
        UsersPage { shell: shell("Users", "users", Role::Admin), users: vec![dana.clone(), sam.clone()] };
    vec![
        state("users", &list),
        state("user-new", &add),
        state("user-new-refused", &refused),
        state("user-created", &created(Some("plover-ledger-umbra-quince"))),
        state("user-created-gone", &created(None)),
        state("user-edit", &edit(sam, false)),
        state("user-edit-refused", &edit_refused),
        state("user-last-admin", &edit(dana, true)),
    ]
}

fn profile() -> Vec<State> {
    let session = |browser: &str, current| SessionRow {
        browser: browser.to_owned(),
        address: "198.51.100.7".to_owned(),
        started: when("2026-05-04T08:00:00Z", "4 May 2026, 08:00:00 UTC", "4 hours ago"),
        last_used: three_minutes_ago(),
        current,
    };
    let page = ProfilePage {
        shell: Shell { title: "Profile".to_owned(), person: dana(), ..Shell::default() },
        name: "Dana Ito".to_owned(),
        sessions: vec![session("Firefox on Linux", true), session("Safari on iPhone", false)],
    };
    let mut refused = page.clone();
    refused.shell.errors = errors(&[
        ("current_password", "Current password is wrong"),
        ("new_password", "New password must have at least 15 characters"),
    ]);
    vec![state("profile", &page), state("profile-refused", &refused)]
}
