//! The pages: what people see and press. One file per page holds its view struct (what the template
//! shows) above its handlers (find, act, answer); `templates/` mirrors this folder.

pub mod accounts;
pub mod assets;
pub mod company;
pub mod deliveries;
pub mod error_page;
pub mod icon;
pub mod login;
pub mod notifications;
pub mod page;
pub mod profile;
pub mod setup;
pub mod tokens;
pub mod unsubscribe;
pub mod users;
