//! What a mail server says, read for what it means: replies come bare, endless, in other encodings, with codes that no
//! list has. The code decides what becomes of a mail; the words are only told.

use std::io;

use super::smtp_error::SmtpError;
use crate::domain::text::{capped, one_line};

/// What is kept of a line. RFC 5321 allows 512 bytes.
const LINE_KEPT: usize = 500;
/// More lines than any server's list of extensions.
const LINES_KEPT: usize = 100;
/// Who says more is no mail server, or wants to keep us.
const MOST_READ: usize = 1_024 * 1_024;

/// A whole reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// That of the last line, should they differ.
    pub(super) code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// The words behind the code, line by line.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }

    pub(super) fn into_error(self) -> SmtpError {
        SmtpError::reply(self.code, &self.text())
    }

    /// The same for lettre, which reads no line without a blank behind its code, and none that is long.
    pub(super) fn for_lettre(&self) -> Vec<u8> {
        let code = known_code(self.code);
        let mut said = Vec::new();
        for (number, text) in (1..).zip(&self.lines) {
            let separator = if number == self.lines.len() { ' ' } else { '-' };
            said.extend(format!("{code}{separator}{text}\r\n").into_bytes());
        }
        said
    }
}

/// The code that lettre is told: it knows none with a second digit above five, and RFC 5321 has us go by the first.
pub(super) fn known_code(code: u16) -> u16 {
    let second = code / 10 % 10;
    if second > 5 { code - second * 10 } else { code }
}

/// A reply as far as it has come.
#[derive(Default)]
pub(super) struct ReplyReader {
    lines: Vec<String>,
    /// The line that has no end yet, cut to what is kept of it.
    line: Vec<u8>,
    /// How long it is uncut.
    length: usize,
    read: usize,
}

impl ReplyReader {
    /// Reads on up to the end of a reply; answers how many of the bytes were read, and the reply if it is whole.
    pub(super) fn read(&mut self, bytes: &[u8]) -> io::Result<(usize, Option<Reply>)> {
        let mut used = 0;
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            used += part.len();
            self.read += part.len();
            if self.read > MOST_READ {
                return Err(not_smtp("its reply has no end"));
            }
            let end = part.strip_suffix(b"\n").map(|part| part.strip_suffix(b"\r").unwrap_or(part));
            let new = end.unwrap_or(part);
            self.length += new.len();
            let room = LINE_KEPT.saturating_sub(self.line.len());
            self.line.extend(new.iter().take(room));
            if end.is_some()
                && let Some(code) = self.end_line()?
            {
                let lines = std::mem::take(&mut self.lines);
                *self = Self::default();
                return Ok((used, Some(Reply { code, lines })));
            }
        }
        Ok((used, None))
    }

    /// The server ended the connection here.
    pub(super) fn closed(&self) -> io::Error {
        let is_between = self.read == 0;
        io::Error::other(if is_between {
            "the server closed the connection"
        } else {
            "the server's reply broke off"
        })
    }

    /// The reply's code, if this was its last line.
    fn end_line(&mut self) -> io::Result<Option<u16>> {
        let is_cut = self.length > self.line.len();
        let line = std::mem::take(&mut self.line);
        self.length = 0;
        // A carriage return may have come with the bytes before its line feed.
        let line = readable(line.strip_suffix(b"\r").unwrap_or(&line), is_cut);
        let code = line.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let code = code.and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
        let (Some(code), Some(rest)) = (code, line.get(3..)) else {
            return Err(not_smtp(&format!("it said “{}”", capped(&one_line(&line), 60))));
        };
        let (is_last, text) = match rest.chars().next() {
            None => (true, rest),
            Some(' ') => (true, rest.trim()),
            Some('-') => (false, rest.strip_prefix('-').unwrap_or(rest).trim()),
            Some(_) => return Err(not_smtp(&format!("it said “{}”", capped(&one_line(&line), 60)))),
        };
        if is_last || self.lines.len() < LINES_KEPT {
            self.lines.push(if is_cut { format!("{text}…") } else { text.to_owned() });
        }
        Ok(is_last.then_some(code))
    }
}

/// A reply in another encoding than UTF-8 is still a reply: letters that cannot be read become question marks.
fn readable(line: &[u8], is_cut: bool) -> String {
    match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        // The cut went through a letter.
        Err(error) if is_cut && error.error_len().is_none() => {
            String::from_utf8_lossy(line.get(..error.valid_up_to()).unwrap_or_default()).into_owned()
        }
        Err(_) => line.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect(),
    }
}

/// Ours to say, so that no library's words come in its place.
fn not_smtp(what: &str) -> io::Error {
    io::Error::other(format!("the server does not speak SMTP: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(usize, Option<Reply>), String> {
        ReplyReader::default().read(bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn a_reply_is_read_the_same_however_it_is_cut_into_pieces() {
        let said = b"550-5.7.1 one\r\n550-\r\n550 5.7.1 last\r\n250 next\r\n";
        let whole = read(said).unwrap();
        assert_eq!((whole.0, whole.1.as_ref().unwrap().text().as_str()), (37, "5.7.1 one  5.7.1 last"));
        for at in 0..37 {
            let mut reader = ReplyReader::default();
            assert_eq!(reader.read(&said[..at]).unwrap(), (at, None), "{at}");
            assert_eq!(
                reader.read(&said[at..]).unwrap(),
                (37 - at, Some(read(said).unwrap().1.unwrap())),
                "{at}"
            );
        }
    }

    #[test]
    fn lettre_gets_lines_that_it_can_read() {
        let given =
            |said: &str| String::from_utf8(read(said.as_bytes()).unwrap().1.unwrap().for_lettre()).unwrap();
        assert_eq!(given("550\n"), "550 \r\n");
        assert_eq!(given("571 5.7.1 no\r\n"), "501 5.7.1 no\r\n");
        assert_eq!(given("550-one\r\n450 two\r\n"), "450-one\r\n450 two\r\n");
        // It would fall over a line of blanks.
        assert_eq!(given("250-  \t\r\n250 SIZE\r\n"), "250-\r\n250 SIZE\r\n");
        let long = given(&format!("550 {}\r\n", "ü".repeat(2_000)));
        assert!(long.len() < LINE_KEPT + 10 && long.ends_with("ü…\r\n"), "{long}");
    }

    #[test]
    fn what_is_no_reply_is_told_as_it_was_said() {
        for (said, told) in [
            ("hello\r\n", "it said “hello”"),
            ("55\r\n", "it said “55”"),
            ("550x\r\n", "it said “550x”"),
            ("999 odd\r\n", "it said “999 odd”"),
            ("+50 odd\r\n", "it said “+50 odd”"),
        ] {
            assert_eq!(read(said.as_bytes()).unwrap_err(), format!("the server does not speak SMTP: {told}"));
        }
        let endless = read(&vec![b'5'; MOST_READ + 1]).unwrap_err();
        assert_eq!(endless, "the server does not speak SMTP: its reply has no end");
    }
}
