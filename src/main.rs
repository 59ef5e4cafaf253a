//! The program: reads the command line and runs one command.

use std::process::ExitCode;

use clap::Parser;
use ringpost::cli::Cli;

fn main() -> ExitCode {
    ringpost::cli::run(Cli::parse())
}
