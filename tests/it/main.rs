//! The one test binary: Ringpost from the outside.
#![cfg(test)]

mod house;
mod layers;
mod rendering;
mod send;
mod smtp;
#[path = "../../examples/gallery/states.rs"]
mod states;
mod support;
