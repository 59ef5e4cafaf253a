//! Mails without a server: one `.eml` file each, which mail programs open.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use tokio::task::spawn_blocking;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::vault::atomic_file;

/// Writes the message under its id, so that a retry replaces it, and gives it back. The detail is the file's path.
pub(super) async fn write(folder: &Path, message_id: &str, message: Vec<u8>) -> (Outcome, Vec<u8>) {
    let name: String =
        message_id.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let path = folder.join(format!("{name}.eml"));
    let detail = path.display().to_string();
    let write = spawn_blocking(move || (write_now(&path, &message), message));
    let (written, message) = write.await.unwrap_or_else(|error| (Err(io::Error::other(error)), Vec::new()));
    let outcome = match written {
        Ok(()) => Outcome::new(Verdict::WrittenToFile, detail),
        Err(error) => {
            Outcome::new(Verdict::Retry(Reason::SmtpDeferred), format!("{detail} cannot be written: {error}"))
        }
    };
    (outcome, message)
}

fn write_now(path: &Path, message: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    atomic_file::write(path, message)
}
