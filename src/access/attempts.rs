//! Guessing is slow. A try is counted before it is judged and given back when it was right, one at a time for each
//! person: whoever asks a hundred times at once has asked once. It is counted in the database, so that instances
//! that share one count together.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use ipnet::{IpNet, Ipv6Net};
use sha2::Sha256;

use crate::db::Db;
use crate::db::attempts::{AddressLimit, Judgeable, PersonLimit};
use crate::domain::text;
use crate::error::{Error, Result};

/// So many failures of one network address…
const MOST: i64 = 30;
/// …in so long.
const WINDOW_MS: i64 = 5 * 60 * 1_000;
/// Whoever has been quiet for so long begins anew.
const MEMORY_MS: i64 = 15 * 60 * 1_000;
/// A judgement that has not ended after so long never will.
const LEASE_MS: i64 = 10_000;
/// The part of an IPv6 address that one customer of a provider has.
const CUSTOMER: u8 = 64;

/// Whose secret is guessed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guessed<'a> {
    /// Whoever signs in with this address, whether there is anybody or not: both read the same.
    Person(&'a str),
    /// The same in a browser that has signed in before: strangers who guess do not lock it out. Named anew with each
    /// password, so that what was guessed of the last one is forgotten.
    Device(&'a str),
    /// The password of somebody who is signed in, by their id.
    SignedIn(&'a str),
    /// The codes of somebody's second factor, by their id.
    Code(&'a str),
    /// No person's: the one-time code of the first run, a link.
    Nobody,
}

/// Counts tries.
#[derive(Clone)]
pub struct Attempts {
    db: Db,
    /// Of the vault: the stored keys are not for whoever reads the table.
    key: Arc<[u8; 32]>,
}

/// A try that is being judged. One that is dropped stays counted.
#[must_use]
pub(crate) struct CountedAttempt<'a> {
    attempts: &'a Attempts,
    address: String,
    person: Option<String>,
    /// How many there have been of the person, with this one.
    of_person: i64,
    of_address: i64,
}

/// A wait that begins with this failure; the security log tells of it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lockout {
    /// Of whoever is called so.
    Person,
    /// Of everybody at the network address.
    Address,
}

impl Attempts {
    pub(crate) fn new(db: Db, key: [u8; 32]) -> Self {
        Self { db, key: Arc::new(key) }
    }

    /// Counts a try. 429 for whoever has to wait.
    pub(crate) async fn begin(&self, of: Guessed<'_>, from: IpAddr, now: i64) -> Result<CountedAttempt<'_>> {
        // A known device has a limit of its own, and shares its network with strangers.
        let address = match of {
            Guessed::Device(device) => self.hash("address of device", device),
            Guessed::Person(_) | Guessed::SignedIn(_) | Guessed::Code(_) | Guessed::Nobody => {
                self.hash("address", &customer(from).to_string())
            }
        };
        let person = match of {
            Guessed::Person(email) => Some(self.hash("person", email)),
            Guessed::Device(device) => Some(self.hash("device", device)),
            Guessed::SignedIn(id) => Some(self.hash("signed in", id)),
            Guessed::Code(id) => Some(self.hash("code", id)),
            Guessed::Nobody => None,
        };
        let limit = AddressLimit { key: address.clone(), most: MOST, window_ms: WINDOW_MS };
        let of_one = person.clone().map(|key| PersonLimit {
            key,
            lock_ms: softlock_ms,
            memory_ms: MEMORY_MS,
            lease_ms: LEASE_MS,
        });
        match self.db.begin_attempt(limit, of_one, now).await? {
            Judgeable::Begun { of_address, of_person } => {
                Ok(CountedAttempt { attempts: self, address, person, of_person, of_address })
            }
            Judgeable::AddressUntil(until) => Err(wait(of, until - now, Lockout::Address)),
            Judgeable::PersonUntil(until) => Err(wait(of, until - now, Lockout::Person)),
        }
    }

    /// Somebody has a new password: whoever guessed at the last one has not locked them out of this one.
    pub(crate) async fn forgive(&self, email: &str, id: &str) -> Result<()> {
        Ok(self.db.forget_attempts(self.hash("person", email), self.hash("signed in", id)).await?)
    }

    fn hash(&self, what: &str, of: &str) -> String {
        // HMAC takes keys of any length, so there is no other case.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.key) else { return String::new() };
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(of.as_bytes());
        text::hex(&mac.finalize().into_bytes())
    }
}

impl CountedAttempt<'_> {
    /// It was wrong: it stays counted. Tells of a wait that begins with it.
    pub(crate) async fn failed(self, now: i64) -> Result<Option<Lockout>> {
        if let Some(person) = self.person {
            self.attempts.db.fail_attempt(person, now + softlock_ms(self.of_person)).await?;
        }
        Ok(match (self.of_person, self.of_address) {
            (_, MOST) => Some(Lockout::Address),
            (FREE, _) => Some(Lockout::Person),
            _ => None,
        })
    }

    /// It was right: it does not count, and neither do those of the person before it.
    pub(crate) async fn succeeded(self) -> Result<()> {
        Ok(self.attempts.db.give_back_attempt(self.address, self.person).await?)
    }
}

/// The refusal, and what ends it sooner: a new password ends the wait of a person, and of the browser that they had
/// signed in with, but not that of everybody at an address.
fn wait(of: Guessed<'_>, ms: i64, lockout: Lockout) -> Error {
    const HELP: &str =
        ". A new password ends the wait: an operator makes one with `ringpost user reset-password`";
    // One that is under way has no end that is known.
    let seconds = u64::try_from((ms + 999) / 1_000).unwrap_or(0).max(1);
    let (whose, help) = match (of, lockout) {
        (Guessed::Person(_), Lockout::Person) | (Guessed::Device(_), _) => ("", HELP),
        (Guessed::SignedIn(_) | Guessed::Code(_) | Guessed::Nobody, Lockout::Person) => ("", ""),
        (
            Guessed::Person(_) | Guessed::SignedIn(_) | Guessed::Code(_) | Guessed::Nobody,
            Lockout::Address,
        ) => (" from your network address", ""),
    };
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let message = format!("Too many tries{whose}: wait {seconds} {unit}{help}");
    Error::TooMany { message, retry_after: seconds }
}

/// IPv6 by what one customer has, IPv4 as it is.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Net::new(address, CUSTOMER).map_or(address.into(), |net| IpNet::from(net).network())
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The first wrong password in a row that is followed by a wait.
const FREE: i64 = 3;

/// How long is waited after so many wrong passwords in a row, in milliseconds: 1 s after the third, doubling to a
/// minute.
fn softlock_ms(failures: i64) -> i64 {
    let longest = Duration::from_mins(1);
    let wait = match u32::try_from(failures - FREE) {
        Ok(more) => Duration::from_secs(1 << more.min(6)).min(longest),
        Err(_) if failures < FREE => Duration::ZERO,
        Err(_) => longest,
    };
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_softlock_doubles_to_a_minute() {
        let waits: Vec<i64> = (1..=11).map(|failures| softlock_ms(failures) / 1_000).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!((softlock_ms(0), softlock_ms(i64::MAX)), (0, 60_000));
    }

    #[test]
    fn one_customer_is_one_address() {
        let of = |text: &str| customer(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }
}
