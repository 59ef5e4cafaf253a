//! Who looks at a page: sign-in, and the gate before every account's page.

mod cross_site;
mod shell;
mod visit;

pub(crate) use cross_site::refuse_cross_site;
pub(crate) use shell::{leave_notices, seen_once, shell_outside_accounts, show_once};
pub(crate) use visit::{Arriving, Visit};

pub(crate) use crate::access::{Gate, MayAdminister, MayEdit, MayRead};

pub(crate) use crate::session::{
    Arrival, Auth, Credentials, Fields, SignInError, SignedIn, ToDo, WayIn, enter, judge, keep, stored_id,
    wait_for_code, waiting_for_code, with_sessions,
};
