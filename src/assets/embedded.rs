//! The files of the program, as tower-http's `ServeDir` reads a folder: their compressed twins beside them.

use std::future::{Ready, ready};
use std::io::{self, Cursor, ErrorKind, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata};

use super::Asset;

/// The date of every file, 2026-01-01. A name holds its content's hash, so what has a name never changes, and
/// every instance answers with the same `ETag`, which is made of size and date.
const MODIFIED: Duration = Duration::from_hours(490_896);

/// Each file compressed, in the order of [`Asset::ALL`]; made when the first is asked for, in a millisecond.
static COMPRESSED: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| Asset::ALL.map(|asset| gzip(asset.body())));

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail; an empty answer would mean that no compressed twin is there.
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// A folder `static` that is compiled in.
#[derive(Clone, Copy)]
pub(super) struct Embedded;

impl Embedded {
    fn find(path: &Path) -> io::Result<EmbeddedFile> {
        let name = path.strip_prefix("./static").ok().and_then(Path::to_str).unwrap_or_default();
        let mut pairs = Asset::ALL.into_iter().zip(&*COMPRESSED);
        let found = pairs.find_map(|(asset, compressed)| match name.strip_prefix(asset.name())? {
            "" => Some(asset.body().as_bytes()),
            ".gz" if !compressed.is_empty() => Some(compressed.as_slice()),
            _ => None,
        });
        found.map(|bytes| EmbeddedFile(Cursor::new(bytes))).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Backend for Embedded {
    type File = EmbeddedFile;
    type Metadata = Size;
    type OpenFuture = Ready<io::Result<EmbeddedFile>>;
    type MetadataFuture = Ready<io::Result<Size>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(Self::find(&path))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(Self::find(&path).map(|file| file.size()))
    }
}

/// A file that is being read.
pub(super) struct EmbeddedFile(Cursor<&'static [u8]>);

impl EmbeddedFile {
    fn size(&self) -> Size {
        Size(self.0.get_ref().len())
    }
}

impl File for EmbeddedFile {
    type Metadata = Size;
    type MetadataFuture<'a> = Ready<io::Result<Size>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.size()))
    }
}

impl AsyncRead for EmbeddedFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncSeek for EmbeddedFile {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.0).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.0).poll_complete(cx)
    }
}

/// All that there is to know about a file, in bytes.
pub(super) struct Size(usize);

impl Metadata for Size {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Ok(SystemTime::UNIX_EPOCH + MODIFIED)
    }

    fn len(&self) -> u64 {
        u64::try_from(self.0).unwrap_or(u64::MAX)
    }
}
