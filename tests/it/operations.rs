//! What an operator lives with: figures, commands, copies, keys.
//!
//! The rehearsals are short here. `RINGPOST_TEST_ROUNDS=100` makes them long: ten times as many kills and events.

mod backup;
mod commands;
mod doctor;
mod image;
mod installing;
mod keys;
mod metrics;
mod prometheus;
mod proxies;
mod shrinking;
mod supervised;

/// How many rounds a rehearsal has.
fn rounds(short: usize) -> usize {
    let asked = std::env::var("RINGPOST_TEST_ROUNDS").ok().and_then(|text| text.parse().ok());
    asked.map_or(short, |rounds: usize| short * rounds / 10)
}
