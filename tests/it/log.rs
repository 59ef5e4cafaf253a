//! The log as people and programs use it: what happened, who would be told, and sending it again.

mod commands;
mod day;
mod explained;
mod export;
mod filters;
mod reading;
mod recover;
mod recover_receivers;
mod recover_truths;
mod resend;
mod resend_pages;
mod resend_several;
mod watching;
