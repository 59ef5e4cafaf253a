//! People: who may sign in, and what they may do in an account.
//!
//! A person belongs to themselves and to the server, not to an account: an account's admin asks people in, gives
//! them a role there and takes it away. What concerns the person as a whole is the operators'.

mod first_run;
mod invitations;
mod mails;
mod members;
mod operating;
mod own;
mod second_factor;
mod sign_in_links;

pub(crate) use first_run::{FirstRunFields, FirstRunPermit, is_first_run, set_up};
pub(crate) use invitations::{
    Invitation, accept, choose_first_password, invitation, invitations_of, invite, withdraw,
};
pub use mails::MailedPeople;
pub(in crate::actions) use mails::sealed_mail;
pub(crate) use mails::send_waiting_mails;
pub(crate) use members::{change_role, count_tokens, list, member, remove, set_role};
pub(crate) use operating::{
    add, delete, find, find_by_id, list_of_all_accounts, make_sign_in_link, memberships, reset_password,
    reset_second_factor, set_disabled,
};
pub(crate) use own::{
    change_own_password, choose_password, enabled, end_session, entered, sessions, sign_out_everywhere,
    signed_out,
};
pub(crate) use second_factor::{
    add_second_factor, check_code, factor_state, new_authenticator, remove_own_second_factor,
    renew_recovery_codes,
};
pub(crate) use sign_in_links::{ask_for_link, has_link, mail_link_to_member, use_link};

use crate::access::NewPassword;
use crate::db::users::{Change, NewUser};
use crate::domain::field_errors::FieldErrors;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::Records;

/// A person who is to be added.
#[derive(Clone, Debug)]
pub(crate) struct PersonInput {
    /// How they are called.
    pub name: Name,
    /// What they sign in with.
    pub email: EmailAddress,
}

impl PersonInput {
    async fn into_user(self, records: &Records, password: NewPassword, operator: bool) -> Result<NewUser> {
        Ok(NewUser {
            id: records.clock.new_id().to_string(),
            email: self.email.folded(),
            name: self.name.into(),
            password_hash: records.passwords.hash(password).await?,
            password_expires_at: None,
            operator,
            // Whoever is added by an operator is known to one.
            proven: true,
            known_to: None,
        })
    }
}

fn missing() -> Error {
    Error::not_found("user")
}

/// A person who may go, or the reason why not, called `path`.
fn done(path: &str, change: Change) -> Result<()> {
    let problem = match change {
        Change::Done => return Ok(()),
        Change::Missing => return Err(missing()),
        Change::LastAdmin => "This is the last admin of an account: make somebody else admin first",
        Change::LastOperator => "This is the last operator: make another one first",
    };
    Err(FieldErrors::one_sentence(path, problem).into())
}
