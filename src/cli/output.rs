//! What commands print.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write as _};

use crate::domain::trouble::trouble;
use crate::error::{Error, Result};

/// Prints a line, as `println!` does, and says so where it cannot be printed.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::output::line(format_args!($($text)*)) };
}
pub(super) use say;

/// A reader that has heard enough, as `head` has, is no trouble. What strangers have written, as a receiver's answer,
/// moves no cursor and names no window.
pub(super) fn line(text: Arguments<'_>) -> Result<()> {
    let text = text.to_string().replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "\u{fffd}");
    let mut output = io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::startup(format!(
            "standard output cannot be written: {}; what the command did is done",
            trouble(&error)
        ))),
        _ => Ok(()),
    }
}
