//! The one test binary: Ringpost from the outside.
#![cfg(test)]

mod all_at_once;
mod api;
mod api_providers;
mod api_rules;
mod api_sessions;
mod api_webhooks;
mod api_words;
mod asvs;
mod canary;
mod cli;
mod confirmations;
mod database;
mod dispatch;
mod edge;
mod event_type;
mod faults;
mod guard;
mod health;
mod history;
mod house;
mod kinds;
mod layers;
mod log;
mod names;
mod naming;
mod openapi;
mod operations;
mod pages;
mod people;
mod rendering;
mod routes;
mod security_log;
mod send;
mod signature_examples;
mod smtp;
mod snapshots;
#[path = "../../examples/gallery/states.rs"]
mod states;
mod support;
mod unsubscribe;
mod upgrade;
