//! Ringpost: a platform's *Notifications & Webhooks* page and the dispatcher behind it.
//!
//! The guided tour follows one event through the house, from the rules to the wire.

pub mod domain;
pub mod vault;

pub mod error;
pub mod logs;

pub mod db;
pub mod send;

pub mod access;
pub mod config;
pub mod dispatch;

pub mod actions;

pub mod assets;
pub mod session;

pub mod api;
pub mod web;

pub mod server;

pub mod cli;
