//! Statements over many rows, as data: one text for both engines, and values for its places.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

/// How many rows one statement may hold: few numbers, so that there are few texts and each connection keeps all of
/// them prepared, and close enough that most groups of writes are two statements of a kind.
const SIZES: [usize; 12] = [64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

/// A value for one place of a statement. What is absent has a type all the same: PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Option<String>),
    Shared(Arc<str>),
    Word(Option<&'static str>),
    Int(Option<i64>),
}

/// What is written for each engine where a value belongs. SQLite looks a place that has a number up by walking
/// over all those before it, so that a thousand of them would cost a million steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Places {
    Numbered,
    Plain(Frame),
}

/// What of its transaction a text brings along: each would else be a message of its own to SQLite's thread.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// The text begins the transaction, immediately: a deferred one that later writes would fail at once with
    /// `SQLITE_BUSY_SNAPSHOT` (517), whatever the busy timeout.
    pub begins: bool,
    pub commits: bool,
}

/// The text of a statement: `@` stands for its rows, `#` for a value before them.
pub(super) struct StatementTemplate {
    text: &'static str,
    columns: usize,
    numbered: Texts,
    /// Without a frame, with its beginning, with its end, with both.
    plain: [Texts; 4],
}

/// One text for each of [`SIZES`].
type Texts = [OnceLock<Arc<str>>; SIZES.len()];

impl StatementTemplate {
    pub const fn new(columns: usize, text: &'static str) -> Self {
        Self {
            text,
            columns,
            numbered: [const { OnceLock::new() }; SIZES.len()],
            plain: [const { [const { OnceLock::new() }; SIZES.len()] }; 4],
        }
    }

    /// The text for a number of rows that [`pieces`] has cut.
    pub fn text(&self, places: Places, rows: usize) -> Arc<str> {
        let [plain, begun, committed, whole] = &self.plain;
        let texts = match places {
            Places::Numbered => &self.numbered,
            Places::Plain(Frame { begins: false, commits: false }) => plain,
            Places::Plain(Frame { begins: true, commits: false }) => begun,
            Places::Plain(Frame { begins: false, commits: true }) => committed,
            Places::Plain(Frame { begins: true, commits: true }) => whole,
        };
        let make = || self.make(places, rows);
        let kept = SIZES.iter().zip(texts).find(|(size, _)| **size == rows).map(|(_, text)| text);
        kept.map_or_else(make, |text| Arc::clone(text.get_or_init(make)))
    }

    fn make(&self, places: Places, rows: usize) -> Arc<str> {
        let mut number = 0;
        let mut place = |made: &mut String| {
            number += 1;
            // Writing to a string cannot fail.
            let _ = match places {
                Places::Numbered => write!(made, "${number}"),
                Places::Plain(_) => write!(made, "?"),
            };
        };
        let frame = match places {
            Places::Numbered => Frame::default(),
            Places::Plain(frame) => frame,
        };
        let mut made = if frame.begins { "begin immediate; " } else { "" }.to_owned();
        for letter in self.text.chars() {
            match letter {
                '#' => place(&mut made),
                '@' => {
                    for row in 0..rows {
                        made.push_str(if row == 0 { "(" } else { ", (" });
                        for column in 0..self.columns {
                            made.push_str(if column == 0 { "" } else { ", " });
                            place(&mut made);
                        }
                        made.push(')');
                    }
                }
                other => made.push(other),
            }
        }
        made.push_str(if frame.commits { "; commit" } else { "" });
        made.into()
    }
}

/// Cuts rows into pieces of [`SIZES`], the longest first; with each, whether it is the last.
pub(super) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = (&[T], bool)> {
    std::iter::from_fn(move || {
        let (piece, rest) = SIZES.iter().find_map(|size| rows.split_at_checked(*size))?;
        rows = rest;
        Some((piece, rest.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_few_sizes_and_hold_every_row_once_in_order() {
        for count in 0..300 {
            let rows: Vec<usize> = (0..count).collect();
            let (pieces, last): (Vec<&[usize]>, Vec<bool>) = pieces(&rows).unzip();
            assert!(pieces.iter().all(|piece| SIZES.contains(&piece.len())));
            assert_eq!(pieces.concat(), rows);
            assert_eq!(last.iter().position(|last| *last), pieces.len().checked_sub(1));
        }
    }

    #[test]
    fn places_are_numbered_from_the_first_value_on_and_plain_for_sqlite() {
        let template = StatementTemplate::new(2, "delete where a <= # and (b, c) in (values @)");
        assert_eq!(
            &*template.text(Places::Numbered, 2),
            "delete where a <= $1 and (b, c) in (values ($2, $3), ($4, $5))"
        );
        let plain = "delete where a <= ? and (b, c) in (values (?, ?))";
        let text = |begins, commits| template.text(Places::Plain(Frame { begins, commits }), 1);
        assert_eq!(&*text(false, false), plain);
        assert_eq!(&*text(true, false), format!("begin immediate; {plain}"));
        assert_eq!(&*text(false, true), format!("{plain}; commit"));
        assert_eq!(&*text(true, true), format!("begin immediate; {plain}; commit"));
    }
}
