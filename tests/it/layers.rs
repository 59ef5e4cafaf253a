//! The house stands on its floors: a module knows the floors below its own, and nobody beside it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use super::house::{Source, readme, section, sources};

/// From the ground up. Modules of one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["domain", "vault"],
    &["error", "logs", "metrics"],
    &["db", "send"],
    &["access", "config", "dispatch"],
    &["actions"],
    &["assets", "session"],
    &["api", "web"],
    &["server"],
    &["cli"],
];

/// Crates that reach outside, and the one module that may name each.
const ONLY: &[(&str, &str)] = &[("sqlx::", "db"), ("hyper::client::", "send"), ("lettre::", "send")];

/// Inside these rooms no page and no endpoint leans on another: what they share lives on the room's own floor.
/// The document of the API tells of every endpoint, so it may know them all.
const ROOMS: &[Room] = &[
    Room { name: "web", shared: &["page", "auth", "icon", "error_page", "page_error"], roof: &[] },
    Room { name: "api", shared: &["http"], roof: &["docs", "docs_routes", "openapi"] },
];

struct Room {
    name: &'static str,
    shared: &'static [&'static str],
    roof: &'static [&'static str],
}

/// What is true is true without a network, a database or a clock of its own.
const NOT_IN_DOMAIN: &[&str] = &["axum::", "sqlx::", "hyper::", "lettre::", "tokio::"];

#[test]
fn arrows_point_down_only() {
    for source in sources("src").iter().filter(|source| !is_roof(source)) {
        let from = source.module();
        for to in paths_after(&source.code(), "crate::").flat_map(heads).filter(|to| *to != from) {
            assert!(floor(&to) < floor(from), "{}: {from} must not know {to}", source.path.display());
        }
    }
}

#[test]
fn the_tour_goes_from_the_ground_up() {
    let library = sources("src").into_iter().find(|source| source.path.ends_with("src/lib.rs")).unwrap();
    let toured = library.text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(toured.collect::<Vec<_>>(), FLOORS.concat());
}

/// A newcomer reads `lib.rs` first: what each room is for, what comes in and what goes out.
#[test]
fn the_tour_talks_about_every_room() {
    let library = sources("src").into_iter().find(|source| source.path.ends_with("src/lib.rs")).unwrap();
    let mut said = String::new();
    for line in library.text.lines() {
        match line.strip_prefix("///") {
            Some(words) => said.push_str(words),
            None if line.starts_with("pub mod ") => {
                let sentences = said.matches(". ").count() + usize::from(said.ends_with('.'));
                assert!((2..=4).contains(&sentences), "{line} has {sentences} sentences: {said}");
                said.clear();
            }
            None => assert!(said.is_empty(), "these words are above no room: {said}"),
        }
    }
}

#[test]
fn the_readme_draws_these_floors() {
    let readme = readme();
    let lines = section(&readme, "## Where the code is");
    let drawing: Vec<&str> = lines.split(|line| line.starts_with("```")).nth(1).unwrap().to_vec();
    // The captions begin where the first one does.
    let caption = drawing[0].find("commands").unwrap();
    let rooms = drawing.iter().map(|line| {
        let left: String = line.chars().take(caption).collect();
        let mut rooms: Vec<String> =
            left.split(|c: char| !c.is_ascii_lowercase()).map(str::to_owned).collect();
        rooms.retain(|room| !room.is_empty());
        rooms.sort();
        rooms
    });
    let drawn: Vec<Vec<String>> = rooms.filter(|rooms| !rooms.is_empty()).collect();
    let mut floors: Vec<Vec<&str>> = FLOORS.iter().map(|floor| floor.to_vec()).collect();
    for floor in &mut floors {
        floor.sort_unstable();
    }
    floors.reverse();
    assert_eq!(drawn, floors);
}

#[test]
fn what_reaches_outside_is_named_in_one_place() {
    for source in sources("src") {
        let (here, code) = (source.module(), source.code());
        let elsewhere = ONLY.iter().filter(|(_, home)| here != *home).map(|(name, _)| name);
        let impure = NOT_IN_DOMAIN.iter().filter(|_| here == "domain");
        for name in elsewhere.chain(impure) {
            assert!(paths_after(&code, name).next().is_none(), "{}: {name}", source.path.display());
        }
    }
}

#[test]
fn no_page_and_no_endpoint_leans_on_another() {
    for room in ROOMS {
        let sources = sources(&format!("src/{}", room.name));
        let parts: BTreeSet<&str> = sources.iter().map(part).collect();
        assert!(parts.len() > 3, "{}: its parts are no longer found", room.name);
        for source in sources.iter().filter(|source| !room.roof.contains(&part(source))) {
            for to in siblings(source, room).iter().filter(|to| parts.contains(to.as_str())) {
                let own = to == part(source) || room.shared.contains(&to.as_str());
                assert!(own, "{}: {} must not know {to}", source.path.display(), part(source));
            }
        }
    }
}

/// The page or endpoint that a file of a room belongs to: `users` for `src/web/users.rs` and for what is below
/// `src/web/users/`.
fn part(source: &Source) -> &str {
    let below_room = Path::new(source.path.components().nth(2).unwrap().as_os_str());
    below_room.file_stem().and_then(OsStr::to_str).unwrap()
}

/// What a file names of its room, from the crate's root or by way of its parents.
fn siblings(source: &Source, room: &Room) -> Vec<String> {
    let code = source.code();
    let up = "super::".repeat(source.path.components().count() - 2);
    let from_the_root = format!("crate::{}::", room.name);
    let paths = paths_after(&code, &from_the_root).chain(paths_after(&code, &up));
    paths.flat_map(heads).collect()
}

/// `lib.rs` and `main.rs` see the whole house.
fn is_roof(source: &Source) -> bool {
    matches!(source.module(), "lib" | "main")
}

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("{module} is on no floor"))
}

/// What follows each `prefix` that is not the end of a longer word.
fn paths_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let in_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let found = code.match_indices(prefix).filter(move |(at, _)| !code[..*at].ends_with(in_a_word));
    found.map(move |(at, _)| &code[at + prefix.len()..])
}

/// The modules that a path names: `a` of `a::B`, `a` and `b` of `{a, b::{C, D}}`.
fn heads(path: &str) -> Vec<String> {
    let word =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut heads: Vec<String> = vec![word(group)];
    let mut depth = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}
