//! Metrics: how the whole installation is, for whoever may see every account.

use crate::access::{EverywherePermit, Includes, MayRead};

use super::Records;

/// The page that Prometheus reads.
pub(crate) fn page(_: &Records, _: &EverywherePermit<impl Includes<MayRead>>) -> String {
    crate::metrics::page()
}
