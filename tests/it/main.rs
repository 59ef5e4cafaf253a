//! The one test binary: Ringpost from the outside.
#![cfg(test)]

mod openapi;
mod rendering;
#[path = "../../examples/gallery/states.rs"]
mod states;
