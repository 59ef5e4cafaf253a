//! The house rules that no compiler holds, and a README that stays true.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use ringpost::cli::Cli;

/// A file past this becomes a folder of the same name.
const LONGEST: usize = 300;

/// A Rust file of this repository.
pub struct Source {
    /// From the repository's root, `src/web/page.rs`.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

impl Source {
    /// The part of the house that it belongs to: `web` for `src/web.rs` and for `src/web/page.rs`.
    pub fn module(&self) -> &str {
        let below_src = self.path.components().nth(1).unwrap();
        Path::new(below_src.as_os_str()).file_stem().and_then(OsStr::to_str).unwrap()
    }

    /// The text without comments, which may speak of anything.
    pub fn code(&self) -> String {
        let lines: Vec<&str> =
            self.text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        lines.join("\n")
    }
}

/// Every Rust file in a folder of the repository, and in the folders below it.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = Path::new(folder).join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            found.extend(sources(path.to_str().unwrap()));
        } else if path.extension() == Some(OsStr::new("rs")) {
            found.push(Source { text: fs::read_to_string(entry.path()).unwrap(), path });
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README.
pub fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The lines below a heading, up to the next one.
pub fn section<'a>(readme: &'a str, heading: &str) -> Vec<&'a str> {
    let below = readme.lines().skip_while(|line| *line != heading).skip(1);
    let lines: Vec<&str> = below.take_while(|line| !line.starts_with("## ")).collect();
    assert!(!lines.is_empty(), "the README has no heading “{heading}”");
    lines
}

/// What stands between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn a_file_can_be_read_in_one_sitting() {
    for Source { path, text } in sources("src").into_iter().chain(sources("tests/it")) {
        let length = text.lines().count();
        assert!(length <= LONGEST, "{} has {length} lines: make it a folder", path.display());
    }
}

#[test]
fn a_lint_is_never_silenced_without_a_reason() {
    for source in sources("src").into_iter().chain(sources("tests/it")) {
        // In two parts, so that this line is not one of them.
        let silenced = ["#[", "#!["].iter().any(|open| source.text.contains(&format!("{open}allow(")));
        assert!(!silenced, "{}: write #[expect(…, reason = \"…\")]", source.path.display());
    }
}

#[test]
fn the_readme_says_where_to_add_things_and_ends_there() {
    let readme = readme();
    let table = section(&readme, "## Where to add…");
    for path in table.iter().flat_map(|row| quoted(row)).filter(|word| word.contains('/')) {
        // What is to be added does not exist yet, but its folder does.
        let known = path.split('<').next().unwrap();
        assert!(root().join(known).exists(), "{path} is not where the README says");
    }
    assert!(readme.trim_end().ends_with('|'), "the table ends the README");
}

#[test]
fn the_readme_lists_every_setting_with_its_default() {
    let readme = readme();
    let rows: Vec<&str> =
        section(&readme, "## Settings").into_iter().filter(|line| line.starts_with("| `--")).collect();
    let command = Cli::command();
    let settings: Vec<_> = command.get_arguments().filter(|argument| argument.get_env().is_some()).collect();
    for setting in &settings {
        let option = format!("`--{}`", setting.get_long().unwrap());
        let row =
            rows.iter().find(|row| row.contains(&option)).unwrap_or_else(|| panic!("{option} has no row"));
        let variable = setting.get_env().unwrap().to_str().unwrap();
        let derived = format!("RINGPOST_{}", setting.get_long().unwrap().replace('-', "_").to_uppercase());
        assert_eq!(variable, derived, "the README says how variables are named");
        for default in setting.get_default_values() {
            assert!(row.contains(default.to_str().unwrap()), "{option} defaults to {default:?}: {row}");
        }
    }
    let named = rows.iter().flat_map(|row| quoted(row.split('|').nth(1).unwrap())).count();
    assert_eq!(named, settings.len(), "the README names a setting that does not exist");
}

/// The lines of the README that are for a shell, those that go on in the next one as one.
fn shell_lines(readme: &str) -> Vec<String> {
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let joined: Vec<String> = blocks.map(|block| block.replace("\\\n", " ")).collect();
    joined.iter().flat_map(|block| block.lines()).map(|line| line.trim().to_owned()).collect()
}

/// The words of a command as a shell makes them, up to a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (None, '#') if words.last().unwrap().is_empty() => break,
            (None, ' ') => words.push(String::new()),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_in_the_readme_is_one_that_the_program_takes() {
    let lines = shell_lines(&readme());
    let in_a_variable = |line: &str| Some(line.split_once("$(")?.1.strip_suffix(')')?.to_owned());
    let ours: Vec<String> = lines
        .iter()
        .map(|line| in_a_variable(line).unwrap_or_else(|| line.clone()))
        .filter(|line| line.starts_with("ringpost "))
        .collect();
    assert!(ours.len() >= 5, "{ours:?}");
    for line in ours {
        let parsed = Cli::command().try_get_matches_from(words(&line));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

#[test]
fn every_variable_in_the_readmes_commands_is_set_before_it_is_used() {
    // A shell sets this one.
    let mut set = vec!["USER".to_owned()];
    for line in shell_lines(&readme()) {
        for used in line.split('$').skip(1) {
            let name: String = used.chars().take_while(char::is_ascii_uppercase).collect();
            assert!(name.is_empty() || set.contains(&name), "nothing sets ${name}: {line}");
        }
        set.extend(line.split_once('=').map(|(name, _)| name.trim_start_matches("export ").to_owned()));
    }
}
