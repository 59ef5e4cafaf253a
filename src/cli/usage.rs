//! What is wrong with a command line, in words of ours where those of the parser are the language's.

use std::error::Error as _;
use std::num::ParseIntError;

use clap::error::{ContextKind, Error, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use super::Cli;

/// Reads the command line; what cannot be read ends the process with exit code 2.
#[must_use]
pub fn read() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| in_our_words(error).exit())
}

fn in_our_words(error: Error) -> Error {
    let is_number = error.source().is_some_and(<dyn std::error::Error>::is::<ParseIntError>);
    let said = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    if !is_number {
        return error;
    }
    let (value, option) = (said(ContextKind::InvalidValue), said(ContextKind::InvalidArg));
    let words = format!("invalid value '{value}' for '{option}': write a whole number");
    Error::raw(ErrorKind::ValueValidation, words).format(&mut Cli::command())
}
