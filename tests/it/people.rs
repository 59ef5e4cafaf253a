//! Signing in and staying in, and who is kept out.

mod devices;
mod first_run;
mod forgery;
mod guessing;
mod headers;
mod invitations;
mod links;
mod locks;
mod operating;
mod policy;
mod recovery_codes;
mod second_factor;
mod sessions;
mod tokens;
