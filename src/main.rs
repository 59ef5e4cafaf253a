//! The program: reads the command line and runs one command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A seventh of the time of a busy server went into glibc's allocator, most of it into waiting for its locks.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ringpost::cli::run(ringpost::cli::read())
}
