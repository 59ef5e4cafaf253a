//! What leaves, when, to whom, and what is written down about it.

mod cancelling;
mod fairness;
mod interruption;
mod mails;
mod outcomes;
mod recipients;
mod together;
