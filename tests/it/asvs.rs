//! `docs/asvs.md` says what shows each requirement: every test that it names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

struct Line {
    id: String,
    level: String,
    shown_by: String,
}

fn lines() -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/asvs.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| requirement"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, level, _, shown_by] = cells[..] else { panic!("{row}") };
        Line { id: id.to_owned(), level: level.to_owned(), shown_by: shown_by.to_owned() }
    })
    .collect()
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
    for line in lines() {
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
    let lines = lines();
    let ids: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids.len(), lines.len(), "a requirement is there twice");
    // So many have these levels in 5.0.0.
    let of = |level: &str| lines.iter().filter(|line| line.level == level).count();
    assert_eq!((of("1"), of("2")), (70, 183));
    let chapters: BTreeSet<u32> =
        ids.iter().map(|id| id.split('.').next().unwrap().parse().unwrap()).collect();
    assert_eq!(chapters, (1..=17).collect());
    for line in &lines {
        assert!(["1", "2"].contains(&line.level.as_str()), "{}", line.id);
        let reasons = ["Does not apply: ", "Held otherwise: ", "Open: "];
        let has_test = line.shown_by.starts_with('`');
        assert!(has_test || reasons.iter().any(|reason| line.shown_by.starts_with(reason)), "{}", line.id);
    }
}
