//! Signing in and staying in, and who is kept out.

mod first_run;
mod forgery;
mod guessing;
mod headers;
mod locks;
mod sessions;
