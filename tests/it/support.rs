//! Real servers that misbehave on purpose.

pub mod authority;
pub mod forbidden;
pub mod receiver;
pub mod smtp;
