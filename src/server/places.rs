//! How many connections there may be at once, and of whom.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::values::Network;

/// Connections at once.
const CONNECTIONS: usize = 4_096;
/// Of one address: idle ones of a single client must not be the whole server.
const OF_ONE_ADDRESS: usize = 256;

/// Connections by their address.
type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Where connections are counted.
pub(super) struct ConnectionPlaces {
    all: Arc<Semaphore>,
    /// Only addresses that have a connection are in it, so that it is as long as there are connections.
    by_address: Counts,
    /// Each of these speaks for many.
    trusted: Arc<[Network]>,
}

/// A place of one connection, free again when it is dropped.
pub(super) struct ConnectionPlace {
    of: Option<(IpAddr, Counts)>,
    #[expect(dead_code, reason = "held for its place, which ends with it")]
    all: OwnedSemaphorePermit,
}

impl ConnectionPlaces {
    pub(super) fn new(trusted: Arc<[Network]>) -> Self {
        Self { all: Arc::new(Semaphore::new(CONNECTIONS)), by_address: Arc::default(), trusted }
    }

    /// Waits for a place of anybody's; `None` never happens while the server runs.
    pub(super) async fn any(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// The place for this address, unless it has too many.
    pub(super) fn of(&self, address: IpAddr, all: OwnedSemaphorePermit) -> Option<ConnectionPlace> {
        let address = address.to_canonical();
        if self.trusted.iter().any(|network| network.contains(address)) {
            return Some(ConnectionPlace { of: None, all });
        }
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= OF_ONE_ADDRESS {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(ConnectionPlace { of: Some((address, Arc::clone(&self.by_address))), all })
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        let Some((address, counts)) = &self.of else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_has_256_places_and_a_trusted_proxy_as_many_as_there_are() {
        let places = ConnectionPlaces::new(vec!["10.0.0.0/8".parse().unwrap()].into());
        let take = async |address: &str| places.of(address.parse().unwrap(), places.any().await.unwrap());
        let mut held = Vec::new();
        for _ in 0..OF_ONE_ADDRESS {
            held.push(take("192.0.2.1").await.unwrap());
        }
        assert!(take("192.0.2.1").await.is_none() && take("::ffff:192.0.2.1").await.is_none());
        assert!(take("192.0.2.2").await.is_some());
        held.pop();
        assert!(take("192.0.2.1").await.is_some());
        for _ in 0..2 * OF_ONE_ADDRESS {
            held.push(take("10.0.0.7").await.unwrap());
        }
        drop(held);
        assert!(places.by_address.lock().unwrap().is_empty());
        assert_eq!(places.all.available_permits(), CONNECTIONS);
    }
}
