//! Who visits: people with a role, programs with a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ringpost::access::{Caller, Gate, NewPassword, Permit, authorize, authorize_operator};
use ringpost::actions::tokens::{self, TokenInput};
use ringpost::db::users::NewUser;
use ringpost::domain::role::Role;
use ringpost::domain::values::Name;
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use tokio::sync::OnceCell;

use super::app::TestApp;
use super::browser::Browser;

/// Everybody's.
pub const PASSWORD: &str = "a long enough passphrase";

/// Hashing is expensive on purpose: once is enough.
static HASH: OnceCell<String> = OnceCell::const_new();

impl TestApp {
    /// Adds a person; answers their id.
    pub async fn person(&self, email: &str, membership: Option<(i64, Role)>) -> String {
        self.add_person(email, membership, false).await
    }

    /// Adds an operator, who belongs to no account.
    pub async fn operator(&self, email: &str) -> String {
        self.add_person(email, None, true).await
    }

    async fn add_person(&self, email: &str, membership: Option<(i64, Role)>, operator: bool) -> String {
        let password = || NewPassword::parse(PASSWORD.into(), email).unwrap();
        let hash = HASH.get_or_init(async || self.passwords.hash(password()).await.unwrap()).await;
        let id = self.clock.new_id().to_string();
        let user = NewUser {
            id: id.clone(),
            email: email.to_owned(),
            name: format!("The one at {email}"),
            password_hash: hash.clone(),
            password_expires_at: None,
            operator,
            proven: true,
            known_to: None,
        };
        self.db.create_user(user, membership, self.clock.now_ms()).await.unwrap();
        id
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A browser with which somebody has signed in before, so that they get no mail about it.
    pub async fn browser_of(&self, email: &str) -> Browser {
        let id = self.db.user_by_email(email).await.unwrap().unwrap().id;
        let text = format!("{id}.{}", self.clock.new_id());
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.vault.derive("ringpost device v1")).unwrap();
        mac.update(text.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        let mut browser = self.browser();
        browser.keep("ringpost-device", &format!("{text}.{signature}"));
        browser
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser_of(email).await;
        browser.sign_in(email, PASSWORD).await.leads_to();
        browser
    }

    /// A new person with this role in account 100, signed in. The address is `<role>@acme.example`.
    pub async fn visitor(&self, role: Role) -> Browser {
        let email = format!("{role}@acme.example");
        self.person(&email, Some((100, role))).await;
        self.signed_in(&email).await
    }

    /// Gives a person a role in a further account.
    pub async fn join(&self, user_id: &str, account_id: i64, role: Role) {
        let sql = format!(
            "insert into memberships (user_id, account_id, role) values ('{user_id}', {account_id}, '{role}')"
        );
        self.place.change(&sql).await;
    }

    /// Invites somebody into account 100 as a viewer; answers the secret of the link.
    pub async fn invite(&self, admin: &mut Browser, email: &str) -> String {
        let invited = admin.post("/accounts/100/users", &[("email", email), ("role", "viewer")]).await;
        let page = admin.get(invited.leads_to()).await;
        let link = page.body.split("/invitations/").nth(1).expect("the link is shown");
        link.split('"').next().unwrap().to_owned()
    }

    /// A token; without an account, for all of them.
    pub async fn token(&self, account_id: Option<i64>, role: Role) -> String {
        let name = Name::parse("platform").unwrap();
        let input = TokenInput { name, role, lifetime: None };
        let token = match account_id {
            Some(id) => tokens::create(self, &self.permit(id).await, input).await,
            None => {
                let operator = authorize_operator(&Caller::CommandLine).unwrap();
                tokens::create_for_all_accounts(self, &operator, input).await
            }
        };
        token.unwrap().expose_secret().to_owned()
    }

    /// What an action asks for, as a command has it.
    pub async fn permit<G: Gate>(&self, account_id: i64) -> Permit<G> {
        authorize(&self.db, &Caller::CommandLine, account_id).await.unwrap()
    }
}
