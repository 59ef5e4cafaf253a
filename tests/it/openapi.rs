//! The description of the API against the API.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Draft;
use ringpost::api::openapi::{ServerInfo, document};
use ringpost::domain::catalog::Catalog;
use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const EMPTY: &[Value] = &[];

fn described() -> Value {
    let catalog = Catalog::builtin();
    document(ServerInfo { catalog: &catalog, signature_header: "X-Ringpost-Signature", builds_links: false })
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &str, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some((path, method, item.get(method)?)))
    })
}

/// Every route of the files that serve programs, with each of its methods. A file may keep what its paths
/// have in common as `BASE`.
fn routed() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![root.join("api.rs"), root.join("server/health.rs")];
    files.extend(rust_files(&root.join("api")));
    let mut found = BTreeSet::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let base = source.split("const BASE: &str = \"").nth(1).and_then(|rest| rest.split('"').next());
        for call in source.split(".route(").skip(1) {
            let (path, handlers) = call.split_once(", ").unwrap();
            let handlers = handlers.split("\n}").next().unwrap();
            let literal = path.split('"').nth(1).unwrap_or("{BASE}");
            let path = match base {
                Some(base) => literal.replace("{BASE}", base).replace("{{", "{").replace("}}", "}"),
                None => literal.to_owned(),
            };
            // What no API has is refused by routes that take any method.
            if calls(handlers, "any") {
                continue;
            }
            let served: Vec<&str> = METHODS.into_iter().filter(|method| calls(handlers, method)).collect();
            assert!(!served.is_empty(), "{path} in {} has no method", file.display());
            found.extend(served.into_iter().map(|method| format!("{method} {path}")));
        }
    }
    found
}

/// Whether `method(` stands there as a word of its own.
fn calls(source: &str, method: &str) -> bool {
    source
        .match_indices(&format!("{method}("))
        .any(|(at, _)| !source[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Calls `look` on every object of the document.
fn walk<'a>(value: &'a Value, path: &str, look: &mut dyn FnMut(&str, &'a Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            look(path, object);
            object.iter().for_each(|(name, inner)| walk(inner, &format!("{path}/{name}"), look));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, inner)| walk(inner, &format!("{path}/{at}"), look));
        }
        _ => {}
    }
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let document = described();
    let described: BTreeSet<String> =
        operations(&document).map(|(path, method, _)| format!("{method} {path}")).collect();
    let routed = routed();
    let missing: Vec<&String> = routed.difference(&described).collect();
    let invented: Vec<&String> = described.difference(&routed).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing: {missing:#?}, invented: {invented:#?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = described();
    let mut seen = 0;
    walk(&document, "", &mut |path, object| {
        if let Some(Value::String(target)) = object.get("$ref") {
            seen += 1;
            let target = target.strip_prefix('#').unwrap();
            assert!(document.pointer(target).is_some(), "{path}: there is no {target}");
        }
    });
    assert!(seen > 100);
}

#[test]
fn every_example_is_true_to_its_schema() {
    let document = described();
    let mut checked = 0;
    walk(&document, "", &mut |path, object| {
        let Some(schema) = object.get("schema") else { return };
        let named = object.get("examples").and_then(Value::as_object).into_iter().flat_map(Map::values);
        let examples = named.filter_map(|named| named.get("value")).chain(object.get("example"));
        let whole = json!({ "allOf": [schema], "components": document["components"] });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&whole)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        for example in examples {
            checked += 1;
            let faults: Vec<String> =
                validator.iter_errors(example).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(faults.is_empty(), "{path}: {faults:#?} in {example:#}");
        }
    });
    assert!(checked > 50, "only {checked} examples");
}

#[test]
fn every_operation_says_what_it_does_and_how_it_refuses() {
    let document = described();
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{method} {path}");
        let used = operation["tags"].as_array().unwrap();
        assert!(used.len() == 1 && tags.contains(&&used[0]), "{method} {path}");
        let is_open = operation.get("security") == Some(&json!([]));
        let answers = operation["responses"].as_object().unwrap();
        assert!(is_open || answers.contains_key("401"), "{method} {path}");
        assert_eq!(operation.get("requestBody").is_some(), answers.contains_key("415"), "{method} {path}");
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = described();
    for (path, item) in document["paths"].as_object().unwrap() {
        let given = item.get("parameters").and_then(Value::as_array).map_or(EMPTY, Vec::as_slice);
        let resolved = given.iter().map(|parameter| match parameter["$ref"].as_str() {
            Some(target) => document.pointer(target.trim_start_matches('#')).unwrap(),
            None => parameter,
        });
        let described: BTreeSet<&str> = resolved
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let named: BTreeSet<&str> =
            path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        assert_eq!(described, named, "{path}");
    }
}

#[test]
fn every_event_is_a_webhook_with_the_catalogues_schema_and_sample() {
    let document = described();
    let catalog = Catalog::builtin();
    let mut keys: Vec<&str> = catalog.events().map(|event| event.key.as_str()).collect();
    keys.insert(0, "notification");
    let described: Vec<&String> = document["webhooks"].as_object().unwrap().keys().collect();
    assert_eq!(described, keys);
    for event in catalog.events() {
        let body = &document["webhooks"][&event.key]["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(body["example"], Value::Object(event.reference_sample()));
        assert_eq!(body["schema"]["$ref"], format!("#/components/schemas/{}", event.key));
        let schema = &document["components"]["schemas"][&event.key];
        assert_eq!(schema["properties"], event.schema()["properties"]);
    }
}
