//! What is said of an address when it is saved.

use std::fmt;

use super::policy::Blocked;

/// What is said when an address is saved that deliveries will not reach. It is saved all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The guard will refuse it.
    Blocked(Blocked),
    /// The name leads nowhere, for now.
    Unresolved {
        /// The host name.
        host: String,
    },
}

/// A whole sentence for the page and for the API's `warnings`.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked(blocked) => match blocked.opened_by() {
                Some(opening) => write!(
                    f,
                    "{blocked}: nothing will be sent to it until an operator starts Ringpost with --allow-network {opening}."
                ),
                None => write!(f, "{blocked}: nothing will be sent to it until an operator takes that away."),
            },
            Self::Unresolved { host } => {
                write!(
                    f,
                    "{host} could not be resolved: check the host name, or publish it before the next event."
                )
            }
        }
    }
}
