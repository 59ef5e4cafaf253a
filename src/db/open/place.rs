//! Where a SQLite file really is. A symlink to it, or to its folder, is the same file.

use std::fs::DirBuilder;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::db::DbResult;
use crate::domain::trouble::trouble;

use super::unusable;

/// The folder is for nobody but this user.
const PRIVATE_FOLDER: u32 = 0o700;
/// A link to a link to a link …
const MOST_LINKS: u32 = 40;

/// The canonical path of the file that a URL names, in a folder that exists from now on; `None` for another URL.
pub(in crate::db) fn of_sqlite(url: &str) -> DbResult<Option<PathBuf>> {
    let Some(path) = url.strip_prefix("sqlite://").map(PathBuf::from) else {
        return Ok(None);
    };
    canonical(path.clone()).map(Some).map_err(|error| unusable(&path, &trouble(&error)))
}

/// The SQLite file that a URL names, if there is none; nothing is made.
#[must_use]
pub fn missing_file(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").map(PathBuf::from).filter(|path| !path.exists())
}

/// The file may not exist yet: then its folder tells, or where a link to it leads.
fn canonical(mut path: PathBuf) -> std::io::Result<PathBuf> {
    for _ in 0..MOST_LINKS {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.exists() {
            DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder)?;
        }
        let name =
            path.file_name().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "it has no file name"))?;
        let place = folder.canonicalize()?.join(name);
        match place.read_link() {
            // A link that is not absolute begins at its own folder.
            Ok(target) => path = place.parent().unwrap_or(&place).join(target),
            Err(_) => return Ok(place),
        }
    }
    Err(Error::new(ErrorKind::InvalidInput, "too many symbolic links"))
}
