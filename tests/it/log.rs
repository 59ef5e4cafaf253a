//! The log as people and programs use it: what happened, and sending it again.

mod export;
mod recover;
mod resend;
mod resend_pages;
