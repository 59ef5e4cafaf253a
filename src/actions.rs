//! Everything that can be asked of Ringpost, once: who may, what happens, what is answered.
//!
//! Pages, APIs and commands are three doors to the same actions.

pub mod app;
pub mod destinations;
pub mod notifications;

pub use app::App;
