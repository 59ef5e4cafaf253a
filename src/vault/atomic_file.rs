//! Files that only the owner of the process may read: the key, and mails that have no server to go to.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

use rustix::process::geteuid;
use tempfile::NamedTempFile;

/// Writes a file with mode 0600, tempfile's own. It gets its name last, when it is whole and on disk: nobody
/// ever sees half of it, and a power loss leaves either all of it or none.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The file is replaced, and not a link that leads to it.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    give_to_owner_of(if path.exists() { path } else { folder }, file.as_file());
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// Lets a new file that root has made belong to whom another one, or its folder, belongs to: a command that somebody
/// runs with sudo must leave nothing behind that the service cannot open.
pub(crate) fn give_to_owner_of(other: &Path, file: &File) {
    let given = fs::metadata(other).and_then(|owner| {
        if !geteuid().is_root() || owner.uid() == file.metadata()?.uid() {
            return Ok(());
        }
        fchown(file, Some(owner.uid()), Some(owner.gid()))
    });
    if let Err(error) = given {
        let owner_of = other.display();
        tracing::warn!(%owner_of, %error, "a new file belongs to root: its owner could not be changed");
    }
}
