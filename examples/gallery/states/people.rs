//! Company, accounts, tokens, users and the profile.

use ringpost::domain::field_errors::FieldErrors;
use ringpost::domain::role::Role;
use ringpost::web::accounts::{AccountForm, AccountRow, AccountsPage};
use ringpost::web::company::CompanyPage;
use ringpost::web::page::{Notice, Person, Plain, Shell, role_choices};
use ringpost::web::people::{PeoplePage, PersonPage, PersonPasswordPage, PersonRow};
use ringpost::web::profile::{
    FactorRow, NewCodesPage, NewPasswordPage, ProfilePage, QrCode, RecoveryCodesPage, RemoveFactorPage,
    SecondFactorPage, SessionRow,
};
use ringpost::web::tokens::{TokenCreatedPage, TokenRevokePage, TokenRow, TokensPage};
use ringpost::web::users::{
    InvitationRow, UserEditPage, UserInvitedPage, UserNewPage, UserRemovePage, UserRow, UsersPage,
};

use super::{State, dana, failing_targets, last_month, shell, state, three_minutes_ago, when};

pub fn states() -> Vec<State> {
    [company(), accounts(), tokens(), users(), everybody(), profile(), second_factor()]
        .into_iter()
        .flatten()
        .collect()
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
        failure_mails: true,
        shown: vec![("name", "4f9ac1d20b7e11aa4f9ac1d2".to_owned())],
        unsaved: false,
        leads_to_steps: role == Role::Admin,
    };
    let mut saved = page(Role::Admin);
    saved.shell.notices = vec![Notice::done("Changes saved.")];
    let mut refused = page(Role::Admin);
    refused.unsaved = true;
    refused.name = String::new();
    refused.contact_email = "dana@acme".into();
    refused.shell.errors = errors(&[
        ("name", "Enter the organization name"),
        ("contact_email", "Email “dana@acme” is missing a domain ending, like .com"),
    ]);
    let mut failing = page(Role::Viewer);
    failing.failure_mails = false;
    failing.shell.failing = failing_targets();
    vec![
        state("company-failing", &failing),
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
        nonce: "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        name: String::new(),
        roles: role_choices(Role::ALL, Some(Role::Ingest)),
        expiries: TokensPage::expiries("never"),
    };
    let mut refused = page.clone();
    refused.roles = role_choices(Role::ALL, None);
    refused.shell.errors = errors(&[("name", "Enter a name"), ("role", "Choose a role")]);
    let created = |token: Option<&str>| {
        TokenCreatedPage {
        shell: shell("Token created", "tokens", Role::Admin),
        name: "ci-deploy".to_owned(),
        token: token.map(str::to_owned),
        curl: token.map(|token| {
            format!("curl -sS https://ringpost.acme.example/api/v1/event-types \\\n  -H 'Authorization: Bearer {token}'")
        }),
    }
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
        operator: false,
        disabled: false,
        is_you: false,
    };
    let dana = UserRow { is_you: true, ..user("Dana Ito", "dana@acme.example", Role::Admin) };
    let olga = UserRow { operator: true, ..user("Olga Ruiz", "olga@platform.example", Role::Viewer) };
    let lee = user("Lee Park", "lee@acme.example", Role::Editor);
    let sam =
        UserRow { disabled: true, last_sign_in: None, ..user("Sam Reyes", "sam@acme.example", Role::Viewer) };
    let invitation = |email: &str, is_over| InvitationRow {
        id: "9".to_owned(),
        email: email.to_owned(),
        role: Role::Editor.as_str(),
        invited_by: "dana@acme.example".to_owned(),
        invited: three_minutes_ago(),
        is_over,
    };
    let add = UserNewPage {
        shell: shell("Invite somebody", "users", Role::Admin),
        email: String::new(),
        roles: role_choices(&Role::OF_PEOPLE, Some(Role::Viewer)),
    };
    let mut refused = UserNewPage { email: "sam@acme".to_owned(), ..add.clone() };
    refused.shell.errors = errors(&[("email", "Email “sam@acme” is missing a domain ending, like .com")]);
    let mut add_without_mail = add.clone();
    add_without_mail.shell.mail_folder = Some("data/mail".to_owned());
    let invited = |link: Option<&str>| UserInvitedPage {
        shell: shell("Invitation made", "users", Role::Admin),
        email: "sam@acme.example".to_owned(),
        link: link.map(str::to_owned),
    };
    let edit = |user: UserRow, tokens, has_mail_server| UserEditPage {
        shell: shell(&user.name, "users", Role::Admin),
        roles: role_choices(&Role::OF_PEOPLE, Some(Role::Viewer)),
        last_admin: user.is_you,
        is_untouchable: user.operator,
        tokens,
        has_mail_server,
        reader_is_operator: false,
        user,
    };
    let mut edit_refused = edit(lee.clone(), 2, true);
    edit_refused.shell.errors = errors(&[
        ("role", "Choose a role"),
        ("link", "This person is disabled: ask an operator to enable them"),
    ]);
    let list = UsersPage {
        shell: shell("Users", "users", Role::Admin),
        users: vec![dana.clone(), lee.clone(), olga.clone(), sam.clone()],
        invitations: vec![
            invitation("kim@widget-cooperative.example", false),
            invitation("max@acme.example", true),
        ],
    };
    let remove = |user: UserRow, tokens| UserRemovePage {
        shell: shell(&format!("Remove {}?", user.name), "users", Role::Admin),
        user,
        tokens,
    };
    let mut remove_refused = remove(dana.clone(), 0);
    remove_refused.shell.errors =
        errors(&[("member", "This is the last admin of an account: make somebody else admin first")]);
    let link = "https://notify.acme.example/invitations/4f9Qw0aXk2Zr8LrVtYq7AbCdEfGhIjKl";
    vec![
        state("users", &list),
        state("user-new", &add),
        state("user-new-refused", &refused),
        state("user-new-no-mail", &add_without_mail),
        state("user-invited", &invited(Some(link))),
        state("user-invited-gone", &invited(None)),
        state("user-edit", &edit(lee.clone(), 0, true)),
        state("user-edit-no-mail", &edit(lee.clone(), 1, false)),
        state("user-edit-refused", &edit_refused),
        state("user-edit-operator", &edit(olga, 0, true)),
        state("user-last-admin", &edit(dana, 0, true)),
        state("user-remove", &remove(lee, 2)),
        state("user-remove-refused", &remove_refused),
    ]
}

fn everybody() -> Vec<State> {
    let person = Person { operator: true, can_switch: true, ..dana() };
    let outside = |title: &str| Shell { title: title.to_owned(), person: person.clone(), ..Shell::default() };
    let row = |name: &str, email: &str, roles: &[&str]| PersonRow {
        id: "3".to_owned(),
        name: name.to_owned(),
        email: email.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        disabled: false,
        has_second_factor: true,
        has_one_time_password: false,
        is_proven: true,
        last_sign_in: Some(three_minutes_ago()),
        is_you: false,
    };
    let dana =
        PersonRow { is_you: true, ..row("Dana Ito", "dana@acme.example", &["operator", "admin in 100"]) };
    let lee = PersonRow {
        has_one_time_password: true,
        is_proven: false,
        last_sign_in: None,
        ..row("Lee Park", "lee@acme.example", &["editor in 100", "viewer in 2041"])
    };
    let sam =
        PersonRow { disabled: true, has_second_factor: false, ..row("Sam Reyes", "sam@acme.example", &[]) };
    let page = |row: PersonRow| PersonPage { shell: outside(&row.name), row };
    let mut refused = page(lee.clone());
    refused.shell.errors = errors(&[
        ("status", "This is the last admin of an account: make somebody else admin first"),
        ("second_factor", "lee@acme.example has no second factor"),
    ]);
    let password = |password: Option<&str>| PersonPasswordPage {
        shell: outside("One-time password"),
        email: "lee@acme.example".to_owned(),
        password: password.map(str::to_owned),
    };
    vec![
        state(
            "people",
            &PeoplePage { shell: outside("Everybody"), people: vec![dana.clone(), lee.clone(), sam.clone()] },
        ),
        state("person", &page(lee)),
        state("person-disabled", &page(sam)),
        state("person-you", &page(dana)),
        state("person-refused", &refused),
        state("person-password", &password(Some("k7mqx-2fxdh-w9rap-6tnbc"))),
        state("person-password-gone", &password(None)),
    ]
}

fn profile() -> Vec<State> {
    let session = |browser: &str, current| SessionRow {
        id: "5e884898da28047151d0e56f8dc62927".to_owned(),
        browser: browser.to_owned(),
        address: "198.51.100.7".to_owned(),
        started: when("2026-05-04T08:00:00Z", "4 May 2026, 08:00:00 UTC", "4 hours ago"),
        last_used: three_minutes_ago(),
        current,
    };
    let page = ProfilePage {
        shell: Shell { title: "Profile".to_owned(), person: dana(), ..Shell::default() },
        name: "Dana Ito".to_owned(),
        factor: None,
        sessions: vec![session("Firefox on Linux", true), session("Safari on iPhone", false)],
    };
    let mut refused = page.clone();
    refused.shell.errors = errors(&[
        ("current_password", "Current password is wrong"),
        ("new_password", "New password must have at least 15 characters"),
    ]);
    let factor =
        ProfilePage { factor: Some(FactorRow { since: last_month(), codes_left: 9 }), ..page.clone() };
    vec![state("profile", &page), state("profile-refused", &refused), state("profile-with-factor", &factor)]
}

fn second_factor() -> Vec<State> {
    let outside = |title: &str| Shell { title: title.to_owned(), person: dana(), ..Shell::default() };
    let url =
        "otpauth://totp/Ringpost:dana%40acme.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Ringpost";
    // It is short enough.
    let qr = QrCode::of(url).unwrap_or(QrCode { size: 0, path: String::new() });
    let page = |is_demanded| SecondFactorPage {
        shell: outside("Turn on a second factor"),
        key: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
        qr: qr.clone(),
        is_demanded,
    };
    let mut refused = page(false);
    refused.shell.errors = errors(&[
        ("code", "That code is not right. Enter the one your app shows now"),
        ("current_password", "The current password is wrong"),
    ]);
    let codes = |codes: &[&str]| RecoveryCodesPage {
        shell: outside("Recovery codes"),
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
    };
    let ten = ["k7mqx-2fxdh", "w9rap-6tnbc", "h3vzq-8ypcw", "d5jek-4gusm", "b2tkv-9xwmf"].repeat(2);
    let remove = RemoveFactorPage { shell: outside("Remove the second factor?") };
    let mut remove_refused = remove.clone();
    remove_refused.shell.errors = errors(&[("recovery", "This recovery code was used before")]);
    let renew = NewCodesPage { shell: outside("Make new recovery codes?") };
    let mut renew_refused = renew.clone();
    renew_refused.shell.errors = errors(&[("current_password", "The current password is wrong")]);
    let choose = NewPasswordPage {
        plain: Plain::titled("Choose your password"),
        email: "dana@acme.example".to_owned(),
    };
    let mut choose_refused = choose.clone();
    choose_refused.plain.errors =
        errors(&[("new_password", "The password must have at least 15 characters")]);
    vec![
        state("second-factor", &page(false)),
        state("second-factor-demanded", &page(true)),
        state("second-factor-refused", &refused),
        state("second-factor-codes", &codes(&ten)),
        state("second-factor-codes-gone", &codes(&[])),
        state("second-factor-new-codes", &renew),
        state("second-factor-new-codes-refused", &renew_refused),
        state("second-factor-remove", &remove),
        state("second-factor-remove-refused", &remove_refused),
        state("new-password", &choose),
        state("new-password-refused", &choose_refused),
    ]
}
