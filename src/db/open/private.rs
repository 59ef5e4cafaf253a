//! What others could read is closed to them: a folder or database that was there before may have been made with wider
//! rights.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Group and others.
const FOREIGN: u32 = 0o077;
/// A folder that everybody shares, like `/tmp`: taking it away from the others is not ours to do.
const STICKY: u32 = 0o1000;

/// Closes a SQLite file and what lies beside it under its name: its log, its index, its lock.
pub(super) fn database(path: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        close(&PathBuf::from(format!("{}{suffix}", path.display())));
    }
}

/// Closes a folder or file to everybody but its owner, and says so. One that is not there, or that is closed already,
/// is left alone; one that cannot be closed is told.
pub(crate) fn close(path: &Path) {
    let Ok(about) = fs::metadata(path) else { return };
    let mode = about.permissions().mode();
    if mode & FOREIGN == 0 {
        return;
    }
    let shown = path.display();
    if mode & STICKY != 0 {
        tracing::warn!(path = %shown, "the folder is everybody's: choose one of its own with --data-dir");
        return;
    }
    match fs::set_permissions(path, Permissions::from_mode(mode & !FOREIGN)) {
        Ok(()) => tracing::warn!(path = %shown, "others could read it: it is closed to them now"),
        Err(error) => {
            tracing::warn!(path = %shown, %error, "others can read it: run `chmod go=` on it as its owner");
        }
    }
}
