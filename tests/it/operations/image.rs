//! The Dockerfile, as far as it can be judged without Docker: what it names is there.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use ringpost::cli::Cli;

/// The instructions of the Dockerfile, each with its words; comments and line ends are gone.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("Dockerfile")).unwrap().replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once(' ').map(|(word, rest)| (word.to_owned(), rest.to_owned())).unwrap())
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What follows an instruction, each time that it stands there.
fn all(instruction: &str) -> Vec<String> {
    instructions().into_iter().filter(|(word, _)| word == instruction).map(|(_, rest)| rest).collect()
}

/// The one time that it stands there.
fn one(instruction: &str) -> String {
    let [rest] = all(instruction).try_into().unwrap();
    rest
}

#[test]
fn every_instruction_is_one_and_commands_are_lists_that_need_no_shell() {
    const KNOWN: [&str; 10] = [
        "FROM",
        "RUN",
        "WORKDIR",
        "COPY",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
    ];
    for (word, _) in instructions() {
        assert!(KNOWN.contains(&word.as_str()), "{word}");
    }
    let entry: Vec<String> = serde_json::from_str(&one("ENTRYPOINT")).unwrap();
    let check = one("HEALTHCHECK");
    let check: Vec<String> = serde_json::from_str(check.split_once(" CMD ").unwrap().1).unwrap();
    let [program, command] = check.try_into().unwrap();
    assert_eq!(entry, [program.as_str()]);
    assert!(Cli::command().find_subcommand(&command).is_some(), "{command}");
    assert!(all("COPY").iter().any(|copy| copy.ends_with(&format!("/ringpost {program}"))));
}

#[test]
fn the_image_is_built_by_our_compiler_on_the_libraries_that_it_runs_with_and_runs_as_nobody() {
    let [build, run] = all("FROM").try_into().unwrap();
    let manifest: toml::Table =
        toml::from_str(&fs::read_to_string(root().join("Cargo.toml")).unwrap()).unwrap();
    let version = manifest["package"]["rust-version"].as_str().unwrap();
    assert_eq!(build, format!("rust:{version}-slim-bookworm AS build"));
    // bookworm is Debian 12: one C library builds and runs it.
    assert_eq!(run, "gcr.io/distroless/cc-debian12:nonroot");
    let copied = all("COPY");
    assert!(copied.contains(&"--from=build /src/target/release/ringpost /usr/local/bin/ringpost".to_owned()));
    assert!(copied.contains(&"--from=build --chown=nonroot:nonroot /data /data".to_owned()));
}

#[test]
fn what_it_sets_are_settings_and_all_that_is_written_is_on_the_volume() {
    let command = Cli::command();
    let known: Vec<_> = command.get_arguments().filter_map(clap::Arg::get_env).collect();
    let set = one("ENV");
    for (name, value) in set.split(' ').map(|pair| pair.split_once('=').unwrap()) {
        let is_ours = known.iter().any(|known| *known == name);
        assert!(is_ours || name == "SQLITE_TMPDIR", "{name} is no setting");
        if name.ends_with("DIR") {
            assert_eq!(value, one("VOLUME"), "{name}");
        }
    }
    assert!(set.contains(&format!("RINGPOST_LISTEN=0.0.0.0:{}", one("EXPOSE"))));
}

/// What the build needs and git knows must not be kept from it.
#[test]
fn what_is_ignored_is_nothing_that_is_compiled() {
    let ignored = fs::read_to_string(root().join(".dockerignore")).unwrap();
    for needed in [
        "src",
        "migrations",
        "templates",
        "static",
        "docs",
        "Cargo.toml",
        "Cargo.lock",
        "askama.toml",
        "benches",
    ] {
        assert!(root().join(needed).exists(), "{needed}");
        assert!(!ignored.lines().any(|line| line == needed || line == format!("**/{needed}")), "{needed}");
    }
}
