//! The program: reads the command line and runs one command.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use ringpost::cli::Cli;

/// A seventh of the time of a busy server went into glibc's allocator, most of it into waiting for its locks.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ringpost::cli::run(Cli::parse())
}
