//! What an operator lives with.

mod commands;
mod metrics;
mod prometheus;
mod supervised;
