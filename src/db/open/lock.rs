//! One server for a SQLite file.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::db::{DbError, DbResult};
use crate::domain::trouble::trouble;
use crate::vault::atomic_file::give_to_owner_of;

use super::place::of_sqlite;
use super::sqlite::PRIVATE_FILE;
use super::unusable;

/// Keeps a second server off the same SQLite file for as long as it lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock, which ends with it")] Option<File>);

/// Whether a server holds the lock of a file.
pub(super) fn is_taken(path: &Path) -> bool {
    let opened = File::open(lock_of(path));
    opened.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn lock_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.lock", path.display()))
}

/// Takes the server's lock on a SQLite database (`<file>.lock` beside the file itself, by whatever links it was
/// named); PostgreSQL needs none.
pub fn lock(url: &str) -> DbResult<Lock> {
    let Some(path) = of_sqlite(url)? else {
        return Ok(Lock(None));
    };
    let lock_path = lock_of(&path);
    let unusable = |error: std::io::Error| unusable(&lock_path, &trouble(&error));
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .open(&lock_path)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {
            give_to_owner_of(path.parent().unwrap_or(&path), &file);
            file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
            write!(file, "{}", std::process::id()).map_err(unusable)?;
            Ok(Lock(Some(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            Err(DbError::Unusable(format!(
                "{} is in use by another Ringpost (process {}): stop that one, or start this one with another --data-dir",
                path.display(),
                if pid.is_empty() { "unknown" } else { &pid },
            )))
        }
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}
