//! Who looks at a page: sign-in, and the gate before every account's page.

mod cross_site;
mod shell;
mod visit;

pub use cross_site::refuse_cross_site;
pub use shell::{leave_notices, shell_outside_accounts};
pub use visit::Visit;

pub use crate::access::{Gate, MayAdminister, MayEdit, MayRead};

pub use crate::session::{Auth, Credentials, SignInError, SignedIn, enter, stored_id, with_sessions};
