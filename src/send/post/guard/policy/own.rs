//! The machine's own addresses: what listens on them trusts who is near, however public they are.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Interfaces come and go.
const READ_EVERY: Duration = Duration::from_mins(1);

/// Read when the first is asked for, and again when what is known is older than a minute. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnAddresses(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    addresses: Vec<IpAddr>,
    /// `None` before the first time.
    read: Option<Instant>,
    /// Set by tests: never read from the machine.
    is_fixed: bool,
}

impl OwnAddresses {
    /// These and no others.
    pub(super) fn fixed(addresses: Vec<IpAddr>) -> Self {
        Self(Arc::new(RwLock::new(Known { addresses, read: None, is_fixed: true })))
    }

    /// Whether this is one of them.
    pub(super) fn contain(&self, address: IpAddr) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_fixed || known.read.is_some_and(|read| read.elapsed() < READ_EVERY) {
            return known.addresses.contains(&address);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match if_addrs::get_if_addrs() {
            Ok(interfaces) => {
                known.addresses = interfaces.iter().map(|found| found.ip().to_canonical()).collect();
            }
            // What was known before is better than nothing.
            Err(error) => tracing::warn!(%error, "the machine's own addresses cannot be read"),
        }
        known.read = Some(Instant::now());
        known.addresses.contains(&address)
    }
}
