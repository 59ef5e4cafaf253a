//! The demo's temporary folder. It goes with the demo; that of one that was killed goes with the next.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

const PREFIX: &str = "ringpost-demo-";
/// A file that a running demo has locked.
const RUNNING: &str = "running";

/// A folder that nobody else takes for left behind.
pub(super) struct DemoFolder {
    folder: TempDir,
    _running: File,
}

impl DemoFolder {
    /// A new one; those that demos before this one have left behind are removed.
    pub(super) fn make() -> io::Result<Self> {
        remove_left_behind(&std::env::temp_dir());
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let nameless = folder.path().join("starting");
        let running = File::create(&nameless)?;
        running.try_lock()?;
        // Under the name by which it is looked for it was never without its lock.
        fs::rename(nameless, folder.path().join(RUNNING))?;
        Ok(Self { folder, _running: running })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Something may still be under way that makes a file while the folder is being emptied.
    pub(super) async fn remove_at_once(self) {
        let folder = self.folder.keep();
        for _ in 0..100 {
            if fs::remove_dir_all(&folder).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) fn remove(self) -> io::Result<()> {
        self.folder.close()
    }
}

/// What cannot be removed is left to the demo after this one, which loses nothing by it.
fn remove_left_behind(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
        let path = entry.path();
        // Others may put what they like into this folder, but give nothing to us.
        let is_ours = fs::symlink_metadata(&path)
            .is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw());
        let Ok(running) = File::open(path.join(RUNNING)) else { continue };
        if is_ours && running.try_lock().is_ok() {
            let _ = fs::remove_dir_all(&path);
        }
    }
}
