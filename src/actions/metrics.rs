//! Metrics: how the whole installation is, for whoever may see every account.

use crate::access::Caller;
use crate::domain::role::Permission;
use crate::error::{Error, Result};

use super::Records;

/// The page that Prometheus reads: for operators, and for tokens of all accounts that may read.
pub(crate) fn page(_: &Records, caller: &Caller) -> Result<String> {
    let may = match caller {
        Caller::Token { account_id: None, role, .. } => role.may(Permission::Read),
        Caller::Token { account_id: Some(_), .. } => false,
        Caller::Person { operator, .. } => *operator,
        Caller::CommandLine => true,
    };
    if may {
        return Ok(crate::metrics::page());
    }
    Err(Error::Forbidden {
        code: "FORBIDDEN",
        message: "This needs an operator, or a token of all accounts with the viewer role or more: \
                  ringpost token create --all-accounts --role viewer --name prometheus."
            .to_owned(),
    })
}
