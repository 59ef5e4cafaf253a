//! What is kept in memory for the hot way: it spares the reads, and hides no change.

mod at_once;
mod elsewhere;
mod reads;

use std::collections::BTreeSet;

use crate::house::sources;

/// The tables that snapshots and tokens in memory are made of.
const TABLES: [&str; 6] =
    ["accounts", "notification_settings", "event_settings", "unsubscribes", "destinations", "tokens"];
/// What is written to them without changing anything that is kept, and why.
const HARMLESS: [(&str, &str); 2] = [
    ("update accounts set updated_at = updated_at", "locks the row while admins or destinations are counted"),
    ("update tokens set last_used_at = $2", "when it was used is for people to see"),
];

/// A write is named by the last of these that stands before it.
const OPENINGS: [&str; 3] = ["write!(", "change!(", "macro_rules!"];

#[test]
fn every_write_to_what_is_kept_in_memory_drops_it() {
    let (mut changes, mut harmless) = (0, BTreeSet::new());
    for source in sources("src/db").into_iter().filter(|source| !is_for_tests(&source.path)) {
        // One line, one space between words.
        let code = source.code().split_whitespace().collect::<Vec<_>>().join(" ");
        for at in writes(&code) {
            let statement = &code[at..];
            if let Some((text, _)) = HARMLESS.iter().find(|(text, _)| statement.starts_with(text)) {
                harmless.insert(text);
                continue;
            }
            let before = &code[..at];
            let opening = OPENINGS.into_iter().max_by_key(|opening| before.rfind(opening)).unwrap();
            let shown: String = statement.chars().take(60).collect();
            let is_dropped = match opening {
                "macro_rules!" => uses_stand_in_change(&code, before),
                opening => opening == "change!(",
            };
            assert!(is_dropped, "{}: “{shown}…” has to stand in change!", source.path.display());
            changes += 1;
        }
    }
    assert!(changes >= 12, "only {changes} writes were found");
    assert_eq!(harmless.len(), HARMLESS.len(), "an exception is not needed any more");
}

/// Whether each use of the macro whose definition `before` ends in stands in `change!`.
fn uses_stand_in_change(code: &str, before: &str) -> bool {
    let name = before.rsplit("macro_rules! ").next().unwrap().split([' ', '{']).next().unwrap();
    let name = format!("{name}!(");
    let mut uses = code.match_indices(&name).map(|(at, _)| &code[..at]).peekable();
    uses.peek().is_some() && uses.all(|before| before.rfind("change!(") > before.rfind("write!("))
}

/// Files that no running program has.
fn is_for_tests(path: &std::path::Path) -> bool {
    ["tests.rs", "src/db/plan.rs"].iter().any(|end| path.ends_with(end))
}

/// Where a statement begins that writes to one of the tables.
fn writes(code: &str) -> Vec<usize> {
    let openings = TABLES
        .iter()
        .flat_map(|table| ["insert into", "update", "delete from"].map(|verb| format!("{verb} {table} ")));
    openings.flat_map(|opening| code.match_indices(&opening).map(|(at, _)| at).collect::<Vec<_>>()).collect()
}
