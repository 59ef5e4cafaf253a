//! The commands, in the exact forms that scripts rely on, as processes beside a running server.

mod bad_days;
mod commands;
mod demo;
mod serve;
mod settings_file;
