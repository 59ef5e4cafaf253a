//! Statements over many rows, as data: one text for both engines, and values for its places.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

/// How many rows one statement holds at most. Numbers of rows are powers of two, so that there are few texts
/// and each connection keeps all of them prepared.
const MOST_ROWS: usize = 64;
const SIZES: usize = MOST_ROWS.ilog2() as usize + 1;

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
    Plain,
    /// The same, in a transaction that the text itself begins. A deferred one that later writes would fail at once
    /// with `SQLITE_BUSY_SNAPSHOT` (517), whatever the busy timeout.
    PlainAfterBegin,
}

/// The text of a statement: `@` stands for its rows, `#` for a value before them.
pub(super) struct StatementTemplate {
    text: &'static str,
    columns: usize,
    numbered: [OnceLock<Arc<str>>; SIZES],
    plain: [OnceLock<Arc<str>>; SIZES],
    after_begin: [OnceLock<Arc<str>>; SIZES],
}

impl StatementTemplate {
    pub const fn new(columns: usize, text: &'static str) -> Self {
        Self {
            text,
            columns,
            numbered: [const { OnceLock::new() }; SIZES],
            plain: [const { OnceLock::new() }; SIZES],
            after_begin: [const { OnceLock::new() }; SIZES],
        }
    }

    /// The text for a number of rows that [`pieces`] has cut.
    pub fn text(&self, places: Places, rows: usize) -> Arc<str> {
        let texts = match places {
            Places::Numbered => &self.numbered,
            Places::Plain => &self.plain,
            Places::PlainAfterBegin => &self.after_begin,
        };
        let make = || self.make(places, rows);
        let kept = rows.checked_ilog2().and_then(|size| texts.get(size as usize));
        kept.map_or_else(make, |text| Arc::clone(text.get_or_init(make)))
    }

    fn make(&self, places: Places, rows: usize) -> Arc<str> {
        let mut number = 0;
        let mut place = |made: &mut String| {
            number += 1;
            // Writing to a string cannot fail.
            let _ = match places {
                Places::Numbered => write!(made, "${number}"),
                Places::Plain | Places::PlainAfterBegin => write!(made, "?"),
            };
        };
        let begin = if matches!(places, Places::PlainAfterBegin) { "begin immediate; " } else { "" };
        let mut made = begin.to_owned();
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
        made.into()
    }
}

/// Cuts rows into pieces whose lengths are powers of two, the longest first.
pub(super) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = 1 << rows.len().min(MOST_ROWS).checked_ilog2()?;
        let (piece, rest) = rows.split_at_checked(size)?;
        rows = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_hold_every_row_once_in_order() {
        for count in 0..300 {
            let rows: Vec<usize> = (0..count).collect();
            let pieces: Vec<&[usize]> = pieces(&rows).collect();
            assert!(pieces.iter().all(|piece| piece.len().is_power_of_two() && piece.len() <= MOST_ROWS));
            assert_eq!(pieces.concat(), rows);
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
        assert_eq!(&*template.text(Places::Plain, 1), plain);
        assert_eq!(&*template.text(Places::PlainAfterBegin, 1), format!("begin immediate; {plain}"));
    }
}
