//! Every route, as everybody: who comes in, and what the others are told.

mod table;
mod walk;

use std::collections::BTreeSet;
use std::path::Path;

pub use table::ROUTES;

/// What the table cannot forget: the routes that the source declares.
#[test]
fn the_table_has_every_route_and_no_other() {
    let mut declared = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut declared);
    let walked = ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned()));
    assert_eq!(walked.collect::<BTreeSet<_>>(), declared);
    assert!(ROUTES.len() > 30);
}

fn collect(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("src/cli") {
            // The demo's receiver is a server of its own.
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else {
            collect_file(&path, found);
        }
    }
}

/// Reads `.route("/path", get(…).post(…))`, however it is broken into lines, and what handlers say of themselves:
/// `#[utoipa::path(get, path = "/path", …)]`. `BASE` is a constant of the file.
fn collect_file(path: &Path, found: &mut BTreeSet<(String, String)>) {
    let source: String = std::fs::read_to_string(path).unwrap().split_whitespace().collect();
    let base = source.split_once("constBASE:&str=\"").map_or("", |(_, rest)| rest.split('"').next().unwrap());
    let source = source
        .replace("&format!(\"{BASE}", &format!("\"{base}"))
        .replace(".route(BASE", &format!(".route(\"{base}\""))
        .replace(",get_service(", ",get(");
    for described in source.split("#[utoipa::path(").skip(1) {
        let (method, rest) = described.split_once(",path=\"").unwrap();
        let path = rest.split('"').next().unwrap().to_owned();
        found.insert((method.to_ascii_uppercase(), path));
    }
    for declared in source.split(".route(\"").skip(1) {
        let (path, rest) = declared.split_once('"').unwrap();
        let path = path.replace("{{", "{").replace("}}", "}");
        let rest = rest.strip_prefix(')').unwrap_or(rest);
        let handlers = &rest[..closing(rest)];
        for method in ["get", "post", "put", "patch", "delete", "any"] {
            let first = handlers.starts_with(&format!(",{method}("));
            if first || handlers.contains(&format!(").{method}(")) {
                found.insert((method.to_ascii_uppercase(), path.clone()));
            }
        }
    }
}

/// Where the parenthesis that was opened before this text is closed.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    text.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    })
    .unwrap()
}
