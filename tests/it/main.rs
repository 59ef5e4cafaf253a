//! The one test binary: Ringpost from the outside.
#![cfg(test)]

mod house;
mod layers;
mod rendering;
#[path = "../../examples/gallery/states.rs"]
mod states;
