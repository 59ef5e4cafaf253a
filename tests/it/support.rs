//! What the tests share: the running app, its visitors, and real servers that misbehave on purpose.

pub mod app;
pub mod authority;
pub mod browser;
pub mod clock;
pub mod destinations;
pub mod forbidden;
pub mod http;
pub mod people;
pub mod place;
pub mod postgres;
pub mod program;
pub mod proxy;
pub mod receiver;
pub mod samples;
pub mod second_factor;
pub mod smtp;
