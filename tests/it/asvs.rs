//! `docs/asvs.md` says what shows each requirement: every test that it names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The standard's own requirements: a section, and the levels of its requirements in their order.
const STANDARD: &str = "
    1.1 22 1.2 1111122223 1.3 112222222223 1.4 222 1.5 123
    2.1 122 2.2 112 2.3 12223 2.4 23
    3.1 3 3.2 113 3.3 12223 3.4 11222233 3.5 11122333 3.6 3 3.7 22333
    4.1 12233 4.2 23333 4.3 22 4.4 1222
    5.1 2 5.2 112333 5.3 113 5.4 222
    6.1 122 6.2 111111112222 6.3 11223333 6.4 112233 6.5 22222333 6.6 2223 6.7 33 6.8 2222
    7.1 222 7.2 1111 7.3 22 7.4 11222 7.5 223 7.6 22
    8.1 1233 8.2 1123 8.3 133 8.4 23
    9.1 111 9.2 1222
    10.1 22 10.2 223 10.3 22223 10.4 1111122222233333 10.5 22222 10.6 22 10.7 222
    11.1 2233 11.2 22233 11.3 11233 11.4 1222 11.5 23 11.6 23 11.7 33
    12.1 12233 12.2 11 12.3 22223
    13.1 2333 13.2 222223 13.3 2233 13.4 1222233
    14.1 22 14.2 12223333 14.3 122
    15.1 12233 15.2 12233 15.3 1222222 15.4 3333
    16.1 2 16.2 22222 16.3 2222 16.4 222 16.5 2223
    17.1 23 17.2 22223333 17.3 22";

/// Every requirement of level 1 and 2, with its level.
fn standard() -> BTreeSet<(String, String)> {
    let words: Vec<&str> = STANDARD.split_whitespace().collect();
    let of_section = |pair: &[&str]| {
        let (section, levels) = (pair[0].to_owned(), pair[1].to_owned());
        let numbered: Vec<(String, String)> = levels
            .chars()
            .enumerate()
            .map(|(place, level)| (format!("{section}.{}", place + 1), level.to_string()))
            .collect();
        numbered
    };
    let all: Vec<(String, String)> = words.chunks(2).flat_map(of_section).collect();
    assert_eq!(all.len(), 345);
    all.into_iter().filter(|(_, level)| level != "3").collect()
}

struct Line {
    id: String,
    level: String,
    shown_by: String,
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/asvs.md");
    std::fs::read_to_string(path).unwrap()
}

/// The cells of the rows of a part's tables.
fn rows(part: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = part.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| !["requirement", "why"].contains(&cells[0]))
}

/// What applies, and what does not by id and level.
fn lines() -> (Vec<Line>, Vec<(String, String)>) {
    let text = document();
    let (applies, not) = text.split_once("## What does not apply").unwrap();
    let line = |cells: Vec<&str>| {
        let [id, level, in_short, shown_by] = cells[..] else { panic!("{cells:?}") };
        assert!(!in_short.is_empty());
        Line { id: id.to_owned(), level: level.to_owned(), shown_by: shown_by.to_owned() }
    };
    let one = |shown: &str| match shown.strip_prefix("**") {
        Some(id) => (id.trim_end_matches('*').to_owned(), "1".to_owned()),
        None => (shown.to_owned(), "2".to_owned()),
    };
    let of_reason = |cells: Vec<&str>| {
        let [why, ids] = cells[..] else { panic!("{cells:?}") };
        assert!(!why.is_empty());
        ids.split(", ").map(one).collect::<Vec<_>>()
    };
    (rows(applies).map(line).collect(), rows(not).flat_map(of_reason).collect())
}

/// The names of all tests: what stands right below a test's attribute.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = vec![root.join("src"), root.join("tests/it")];
    let mut names = BTreeSet::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(path).unwrap();
            for after in source.split("#[test]").skip(1).chain(source.split("#[tokio::test").skip(1)) {
                let name = after.split_once("fn ").and_then(|(_, rest)| rest.split('(').next());
                names.insert(name.unwrap().to_owned());
            }
        }
    }
    names
}

#[test]
fn every_test_that_is_named_exists() {
    let tests = tests();
    for line in lines().0 {
        // A file, an option or a piece of code is no test's name: those are words with underscores only.
        let named = line.shown_by.split('`').skip(1).step_by(2);
        for name in named
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        {
            let is_word = !name.contains('_');
            assert!(is_word || tests.contains(name), "{}: there is no test {name}", line.id);
        }
    }
}

#[test]
fn every_requirement_has_one_line_a_level_and_an_answer() {
    let (applying, not) = lines();
    let told = || applying.iter().map(|line| (line.id.clone(), line.level.clone())).chain(not.clone());
    assert_eq!(told().collect::<BTreeSet<_>>(), standard());
    assert_eq!(told().count(), standard().len(), "a requirement is there twice");
    for line in &applying {
        let reasons = ["Held otherwise: ", "Open: "];
        let has_test = line.shown_by.starts_with('`');
        assert!(has_test || reasons.iter().any(|reason| line.shown_by.starts_with(reason)), "{}", line.id);
    }
}
