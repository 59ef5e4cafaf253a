//! What an operator lives with.

mod metrics;
mod prometheus;
