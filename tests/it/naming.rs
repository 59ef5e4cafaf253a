//! One word, one meaning: no two types share a name, errors have types, and a kind is named in its own file.

use std::collections::BTreeMap;

use ringpost::domain::kinds::Kind;

use super::house::{Source, sources};

/// What declares a type; what follows is its name.
const DECLARES: [&str; 4] = ["struct ", "enum ", "trait ", "type "];

#[test]
fn no_two_types_share_a_name() {
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources("src") {
        for name in source.code().lines().filter_map(declared_type) {
            declared.entry(name.to_owned()).or_default().push(source.path.display().to_string());
        }
    }
    assert!(declared.len() > 100, "the types are no longer found");
    declared.retain(|_, places| places.len() > 1);
    assert!(declared.is_empty(), "put the layer's word in front: {declared:#?}");
}

/// The name of the type that a line declares. Associated types have the name that their trait gives them.
fn declared_type(line: &str) -> Option<&str> {
    let is_associated = line.starts_with(' ') && line.trim_start().starts_with("type ");
    let public = line.trim_start().trim_start_matches("pub ");
    let public =
        public.strip_prefix("pub(").and_then(|rest| rest.split_once(") ")).map_or(public, |(_, rest)| rest);
    let rest = DECLARES.iter().find_map(|word| public.strip_prefix(word)).filter(|_| !is_associated)?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| name.starts_with(char::is_uppercase))
}

#[test]
fn an_error_is_a_type_and_not_a_text() {
    for source in sources("src").iter().filter(|source| !source.path.ends_with("tests.rs")) {
        let code = shipped(source);
        for text in [", String>", "type Err = String", "type Error = String"] {
            let found = code.lines().find(|line| line.contains(text) && is_result(line));
            assert!(found.is_none(), "{}: {}", source.path.display(), found.unwrap_or_default());
        }
    }
}

/// The code of a file without its test module.
fn shipped(source: &Source) -> String {
    let code = source.code();
    code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

fn is_result(line: &str) -> bool {
    line.contains("type Err") || line.contains("Result<")
}

#[test]
fn a_kind_is_named_in_its_own_file_and_in_the_list() {
    // A channel is another word, though some kinds have one of their own.
    let elsewhere = |source: &&Source| {
        let is_kinds = source.path.starts_with("src/domain/kinds") || source.path.ends_with("kinds.rs");
        !is_kinds && !source.path.ends_with("tests.rs") && !source.text.contains("pub enum Channel")
    };
    let sources = sources("src");
    for kind in Kind::ALL.iter().filter(|kind| kind.as_str() != "webhook") {
        let word = format!("\"{}\"", kind.as_str());
        let camel: String = kind.as_str().split('_').map(capitalised).collect();
        for source in sources.iter().filter(elsewhere) {
            let code = shipped(source).replace("Channel::", "");
            assert!(!code.contains(&word), "{} names {word}", source.path.display());
            assert!(!code.contains(&format!("::{camel}")), "{} names {camel}", source.path.display());
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
