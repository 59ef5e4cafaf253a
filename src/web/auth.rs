//! Who looks at a page: sign-in, and the gate before every account's page.

mod cross_site;
mod shell;
mod visit;

pub(crate) use cross_site::refuse_cross_site;
pub(crate) use shell::{leave_notices, shell_outside_accounts};
pub(crate) use visit::Visit;

pub(crate) use crate::access::{Gate, MayAdminister, MayEdit, MayRead};

pub(crate) use crate::session::{Auth, Credentials, SignInError, SignedIn, enter, stored_id, with_sessions};
