//! What the machine refuses, in words that say what to look at.

use std::io::{Error, ErrorKind};

/// Why a file, a folder, a port or a peer cannot be used: the rest of a sentence, without a full stop.
#[must_use]
pub fn trouble(error: &Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "it is not there",
        ErrorKind::PermissionDenied => "this user may not: look at its owner and its mode",
        ErrorKind::AlreadyExists => "something of this name is there already",
        ErrorKind::IsADirectory => "it is a folder, not a file",
        ErrorKind::NotADirectory => "a part of its path is a file, not a folder",
        ErrorKind::InvalidData => "it is not UTF-8 text",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full",
        ErrorKind::ReadOnlyFilesystem => "its file system is read-only",
        ErrorKind::AddrInUse => "another program listens there",
        ErrorKind::AddrNotAvailable => "this machine has no such address",
        ErrorKind::ConnectionRefused => "nothing listens there",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof => {
            "the connection was cut"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "no way leads there",
        ErrorKind::TimedOut => "it did not answer in time",
        other => {
            return match error.raw_os_error() {
                Some(number) => format!("the system refuses it with error {number} ({other})"),
                None => error.to_string(),
            };
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_of_the_machine_is_told_in_the_systems_words() {
        for number in [1, 2, 13, 17, 20, 21, 28, 30, 98, 99, 104, 110, 111, 113, 122] {
            let told = trouble(&Error::from_raw_os_error(number));
            assert!(!told.contains("os error") && !told.contains("refuses it"), "{number}: {told}");
        }
        assert_eq!(trouble(&Error::other("it has no file name")), "it has no file name");
        assert!(trouble(&Error::from_raw_os_error(5)).contains("error 5"));
    }
}
