//! Who is asking, and whether they may: passwords, tokens, roles, and the permits that prove it.

mod attempts;
mod caller;
mod concurrency;
mod limits;
mod password;
mod permit;
mod second_factor;
mod token;

pub use attempts::Attempts;
pub(crate) use attempts::{Guessed, Lockout};
pub use caller::Caller;
pub use concurrency::ConcurrencyLimit;
pub(crate) use concurrency::ConcurrencySlot;
pub(crate) use limits::Crowd;
pub use limits::Throttle;
pub use password::{NewPassword, Passwords};
pub use permit::{
    EverywherePermit, Gate, Includes, MayAdminister, MayEdit, MayPostEvents, MayRead, OperatorPermit, Permit,
    authorize, authorize_everywhere, authorize_operator,
};
pub(crate) use second_factor::{Authenticator, Recovery, RecoveryCodes};
pub(crate) use token::{NewLink, NewToken, hash_of, link_hash};
