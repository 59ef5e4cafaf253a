//! The key file: `id:base64[,id:base64]`. The first key encrypts, all of them decrypt.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::vault::atomic_file;

/// The longest key id; the envelope stores its length in a byte.
const MAX_ID: usize = 64;
const KEY_LEN: usize = 32;

/// One key with its name. It cannot be printed.
pub struct Key {
    id: String,
    bytes: Zeroizing<[u8; KEY_LEN]>,
}

/// All keys of the file; there is always a first.
pub struct Keys {
    first: Key,
    older: Vec<Key>,
}

/// Why there are no keys. Each text names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database holds ciphertext, and the key that opens it is gone.
    #[error(
        "the key file {path} is missing, and the database holds values encrypted with it: put the file back, \
         or point --secret-key-file at it (a new key would not open them)"
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there, but its text is not.
    #[error(
        "the key file {path} cannot be used: {why}; it must read id:base64[,id:base64], each key 32 bytes"
    )]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: KeySyntaxError,
    },
    /// The operating system's word.
    #[error("the key file {path} cannot be {what}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// What is wrong with the text of a key file, without any part of a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySyntaxError {
    /// There is nothing in it.
    #[error("it is empty: put the key back that was in it")]
    Empty,
    /// There is no colon.
    #[error("key {position} has no id before a colon")]
    NoId {
        /// Which key, counted from 1.
        position: usize,
    },
    /// The id is empty, too long, or holds a character that it may not.
    #[error("key {position} has an id that is not 1 to {MAX_ID} letters, digits, dots, - or _")]
    BadId {
        /// Which key.
        position: usize,
    },
    /// What follows the colon.
    #[error("key {position} (“{id}”) is not base64")]
    NotBase64 {
        /// Which key.
        position: usize,
        /// Its id.
        id: String,
    },
    /// It was cut, or is a key for something else.
    #[error("key {position} (“{id}”) has {length} bytes, not {KEY_LEN}")]
    WrongLength {
        /// Which key.
        position: usize,
        /// Its id.
        id: String,
        /// How long it is, in bytes.
        length: usize,
    },
    /// Ciphertexts name their key by its id.
    #[error("the id “{0}” is there twice")]
    Twice(String),
}

impl Keys {
    /// Reads the key file; on the first start, makes it with one random key, readable by its owner only.
    /// With `ciphertext_exists` it never makes one: the old values would be lost behind a new key.
    pub(crate) fn load_or_create(path: &Path, ciphertext_exists: bool) -> Result<Self, KeyError> {
        let io = |what| move |source| KeyError::Io { path: path.to_owned(), what, source };
        let text = match fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && ciphertext_exists => {
                return Err(KeyError::Missing { path: path.to_owned() });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = new_key_text().map_err(io("written"))?;
                atomic_file::write(path, text.as_bytes()).map_err(io("written"))?;
                text
            }
            Err(error) => return Err(io("read")(error)),
        };
        warn_if_others_can_read(path);
        Self::parse(&text).map_err(|why| KeyError::Malformed { path: path.to_owned(), why })
    }

    /// Puts a new random key before the others in the file: it encrypts from now on, and all of them decrypt.
    pub(crate) fn add_first(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { path: path.to_owned(), what: "written", source };
        let older = Self::load_or_create(path, true)?;
        let mut text = new_key_text().map_err(io)?;
        let end = text.trim_end().len();
        text.truncate(end);
        for key in older.iter() {
            text.push(',');
            text.push_str(&key.text());
        }
        text.push('\n');
        atomic_file::write(path, text.as_bytes()).map_err(io)?;
        Self::load_or_create(path, true)
    }

    /// Leaves only the first key in the file; answers how many went.
    pub(crate) fn keep_first(path: &Path) -> Result<usize, KeyError> {
        let keys = Self::load_or_create(path, true)?;
        if !keys.older.is_empty() {
            let io = |source| KeyError::Io { path: path.to_owned(), what: "written", source };
            let mut text = keys.first.text();
            text.push('\n');
            atomic_file::write(path, text.as_bytes()).map_err(io)?;
        }
        Ok(keys.older.len())
    }

    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, KeySyntaxError> {
        if text.trim().is_empty() {
            return Err(KeySyntaxError::Empty);
        }
        let mut parts = text.trim().split(',');
        let first = Key::parse(1, parts.next().unwrap_or_default())?;
        let mut keys = Self { first, older: Vec::new() };
        for (part, position) in parts.zip(2..) {
            let key = Key::parse(position, part)?;
            if keys.get(&key.id).is_some() {
                return Err(KeySyntaxError::Twice(key.id));
            }
            keys.older.push(key);
        }
        Ok(keys)
    }

    /// The key that encrypts.
    #[must_use]
    pub fn first(&self) -> &Key {
        &self.first
    }

    /// Every key, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.older)
    }

    /// The key with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Key> {
        self.iter().find(|key| key.id == id)
    }

    /// The ids, for messages: `k1, k2`.
    #[must_use]
    pub fn ids(&self) -> String {
        self.iter().map(Key::id).collect::<Vec<_>>().join(", ")
    }
}

impl Key {
    fn parse(position: usize, text: &str) -> Result<Self, KeySyntaxError> {
        let (id, encoded) = text.trim().split_once(':').ok_or(KeySyntaxError::NoId { position })?;
        let good_id = (1..=MAX_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !good_id {
            return Err(KeySyntaxError::BadId { position });
        }
        let id = id.to_owned();
        let Ok(decoded) = STANDARD.decode(encoded).map(Zeroizing::new) else {
            return Err(KeySyntaxError::NotBase64 { position, id });
        };
        match decoded.as_slice().try_into() {
            Ok(bytes) => Ok(Self { id, bytes: Zeroizing::new(bytes) }),
            Err(_) => Err(KeySyntaxError::WrongLength { position, id, length: decoded.len() }),
        }
    }

    /// As it stands in the file.
    fn text(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(STANDARD.encode(self.bytes.as_ref()));
        Zeroizing::new(format!("{}:{}", self.id, encoded.as_str()))
    }

    /// Its name, which ciphertexts carry.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn expose(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }
}

/// Shows the ids and nothing else.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.ids())
    }
}

/// One random key under a random id, so that two installations never share an id by accident.
fn new_key_text() -> io::Result<Zeroizing<String>> {
    let mut id = [0; 4];
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    SysRng.try_fill_bytes(&mut id).map_err(io::Error::other)?;
    SysRng.try_fill_bytes(bytes.as_mut()).map_err(io::Error::other)?;
    let encoded = Zeroizing::new(STANDARD.encode(bytes.as_ref()));
    Ok(Zeroizing::new(format!("k{:08x}:{}\n", u32::from_be_bytes(id), encoded.as_str())))
}

/// A warning and not a refusal: secrets mounted into a container are often world-readable inside it, where
/// nobody else lives.
fn warn_if_others_can_read(path: &Path) {
    if let Ok(metadata) = fs::metadata(path) {
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            tracing::warn!("the key file {path} is open to others (mode {mode:o}): chmod 600 {path}");
        }
    }
}
