//! How it leaves.

pub mod mail;
