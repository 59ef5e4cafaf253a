//! Who visits: people with a role, programs with a token.

use ringpost::access::{Caller, Gate, NewPassword, Permit, authorize, authorize_operator};
use ringpost::actions::tokens::{self, TokenInput};
use ringpost::db::users::NewUser;
use ringpost::domain::role::Role;
use ringpost::domain::text;
use ringpost::domain::values::Name;
use secrecy::ExposeSecret as _;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::app::TestApp;
use super::browser::{Browser, DEVICE};

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
        };
        let now = self.clock.now_ms();
        self.db.create_user(user, membership, now).await.unwrap();
        self.knows_browser(&id).await;
        id
    }

    /// Somebody has signed in with the tests' browser before, so that no test has a mail about it that it did not
    /// ask for.
    pub async fn knows_browser(&self, user_id: &str) {
        let device = text::hex(&Sha256::digest(DEVICE));
        self.db.remember_device(user_id.to_owned(), device, self.clock.now_ms()).await.unwrap();
    }

    /// A browser in which nobody is signed in, and everybody has been before.
    pub fn browser(&self) -> Browser {
        Browser::known(self.address)
    }

    /// One that nobody has used before.
    pub fn new_browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
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
