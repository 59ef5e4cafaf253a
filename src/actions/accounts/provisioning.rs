//! What the platform does about its accounts by itself.

use crate::access::{EverywherePermit, Includes, MayAdminister, MayRead};
use crate::domain::account::Account;
use crate::error::{Error, Result};

use super::super::Records;
use super::super::notifications::{MOST_TRIES, always_changed};
use super::{AccountInput, create_by, store};

/// Any account; 404 if there is none with this number.
pub(crate) async fn find(
    records: &Records,
    _: &EverywherePermit<impl Includes<MayRead>>,
    id: i64,
) -> Result<Account> {
    records.db.account(id).await?.ok_or_else(|| Error::not_found("account"))
}

/// Makes an account be like this, and says whether it was new. `admits` is asked about what is there, if anything is:
/// nothing is changed without its word.
pub(crate) async fn put(
    records: &Records,
    permit: &EverywherePermit<MayAdminister>,
    id: i64,
    input: AccountInput,
    admits: impl Fn(Option<&Account>) -> Result<()>,
) -> Result<(Account, bool)> {
    for _ in 0..MOST_TRIES {
        let before = records.db.account(id).await?;
        admits(before.as_ref())?;
        let Some(before) = before else {
            match create_by(records, &permit.caller, id, input.clone()).await {
                // Somebody else was first: then it is a change.
                Err(Error::Invalid { .. }) => continue,
                made => return Ok((made?, true)),
            }
        };
        let after = input.clone().into_account(id);
        if store(records, &permit.caller, &before, after.clone()).await? {
            return Ok((after, false));
        }
    }
    Err(always_changed("this account"))
}
