//! The description of the API against the API.

use std::collections::BTreeSet;

use jsonschema::Draft;
use ringpost::api::openapi::{ServerInfo, document};
use ringpost::domain::catalog::Catalog;
use ringpost::domain::kinds::Kind;
use ringpost::domain::role::Role;
use serde_json::{Map, Value, json};

use super::routes::ROUTES;
use crate::support::destinations::{Desk, WEBHOOKS, request};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const EMPTY: &[Value] = &[];

fn described() -> Value {
    let catalog = Catalog::builtin();
    document(ServerInfo { catalog: &catalog, signature_header: "X-Ringpost-Signature", builds_links: false })
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &str, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some((path, method, item.get(method.to_lowercase())?)))
    })
}

/// The names of an operation's parameters in this place.
fn parameters<'a>(operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a str> {
    let given = operation.get("parameters").and_then(Value::as_array).map_or(EMPTY, Vec::as_slice);
    let there = given.iter().filter(move |parameter| parameter["in"] == place);
    there.map(|parameter| parameter["name"].as_str().unwrap())
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

/// The table of routes is held to the source and to every visitor; here it is held to the description.
#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let document = described();
    let described: BTreeSet<String> =
        operations(&document).map(|(path, method, _)| format!("{method} {path}")).collect();
    let is_for_programs =
        |path: &str| ["/api/", "/v1/", "/healthz", "/readyz"].iter().any(|of| path.starts_with(of));
    let routed: BTreeSet<String> = ROUTES
        .iter()
        // What no API has is refused by routes that take any method.
        .filter(|route| is_for_programs(route.path) && route.method != "ANY")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, routed);
}

/// The other direction, on a running server: a method that is not described is one that the path does not have.
#[tokio::test]
async fn every_method_that_is_not_described_is_refused() {
    let desk = Desk::of_admin().await;
    let document = described();
    let mut refused = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let others = METHODS.into_iter().filter(|method| item.get(method.to_lowercase()).is_none());
        for method in others {
            let filled = path.replace("{organization_id}", "org_100").replace(['{', '}'], "");
            let answer = desk.call(method, &filled, None).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            refused += 1;
        }
    }
    assert!(refused > 30);
    desk.app.finish().await;
}

/// What is to change is said in the body: a query that nobody reads would be taken for a limit.
#[tokio::test]
async fn a_query_is_refused_by_whatever_changes_something_and_has_none() {
    let desk = Desk::of_admin().await;
    let everywhere = desk.app.token(None, Role::Admin).await;
    let document: &'static Value = Box::leak(Box::new(described()));
    let mut refused = 0;
    for (path, method, operation) in operations(document) {
        if method == "GET" || parameters(operation, "query").next().is_some() {
            continue;
        }
        let filled = path.replace("{organization_id}", "org_100").replace("{account_id}", "100");
        let filled = format!("{}?since=2099-01-01", filled.replace(['{', '}'], ""));
        let token = if path.starts_with("/api/v1/accounts") { &everywhere } else { &desk.token };
        let body = Some(&json!({}));
        let said = desk.app.send(request(method, &filled, body).bearer(token)).await;
        assert_eq!(said.status, 400, "{method} {path}: {}", said.body);
        let said = said.error(400, "INVALID_PARAMETER");
        assert_eq!(said["details"]["since"], "Is not a parameter of this route.", "{method} {path}");
        refused += 1;
    }
    assert!(refused > 15, "only {refused}");
    desk.app.finish().await;
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
        // A body or a parameter has a schema beside its examples; a schema has its examples inside.
        // A property may be called `type`: its value is a schema.
        let is_typed = object.get("type").is_some_and(|kind| !kind.is_object());
        let is_schema = !path.contains("/example")
            && !path.contains("/securitySchemes")
            && (is_typed || object.contains_key("oneOf"));
        let own = Value::Object(object.clone());
        let Some(schema) = object.get("schema").or(is_schema.then_some(&own)) else { return };
        let named = object.get("examples").and_then(Value::as_object).into_iter().flat_map(Map::values);
        let listed = object.get("examples").and_then(Value::as_array).into_iter().flatten();
        let examples =
            named.filter_map(|named| named.get("value")).chain(listed).chain(object.get("example"));
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
    assert!(checked > 90, "only {checked} examples");
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
    for (path, method, operation) in operations(&document) {
        let described: BTreeSet<&str> = parameters(operation, "path").collect();
        let named: BTreeSet<&str> =
            path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        assert_eq!(described, named, "{method} {path}");
    }
}

/// What may be asked of a list: all of it is described, and all that is described is taken.
#[tokio::test]
async fn every_parameter_of_a_list_is_described_and_taken() {
    let document = described();
    let described: Vec<&str> = parameters(&document["paths"][WEBHOOKS]["get"], "query").collect();
    let mut expected: Vec<String> =
        ["page[number]", "page[size]", "sort", "count", "include", "included"].map(Into::into).into();
    expected.extend(["notification/webhooks", "accounts"].map(|resource| format!("fields[{resource}]")));
    for attribute in ["id", "account_id", "created_at", "updated_at"] {
        expected.extend(
            ["", "[eq]", "[gt]", "[gte]", "[lt]", "[lte]"]
                .map(|relation| format!("filter[{attribute}]{relation}")),
        );
    }
    for attribute in ["name", "url", "events", "scopes"] {
        expected.extend(["", "[eq]"].map(|relation| format!("filter[{attribute}]{relation}")));
    }
    let sorted = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted(described.iter().map(|name| (*name).to_owned()).collect()), sorted(expected));

    let desk = Desk::of_admin().await;
    for name in described {
        let value = match name {
            "count" => "true",
            "sort" => "-created_at,name",
            "include" | "included" => "account",
            "fields[accounts]" | "fields[notification/webhooks]" => "name",
            name if name.starts_with("filter[events]") => "run_failed",
            name if name.contains("_at]") => "2026-05-04T12:00:00Z",
            _ => "1",
        };
        let answer = desk.get(&format!("{WEBHOOKS}?{name}={value}")).await;
        answer.has_status(200);
    }
    desk.app.finish().await;
}

/// Clients are generated from it: each value has a type, and each schema a name of its own.
#[test]
fn every_constant_and_enumeration_has_its_type_and_no_two_schemas_share_a_name() {
    let document = described();
    walk(&document, "", &mut |path, object| {
        let is_schema = !path.ends_with("/properties") && !path.contains("/example");
        if is_schema && (object.contains_key("const") || object.contains_key("enum")) {
            assert!(object.contains_key("type"), "{path}");
        }
    });
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let plain = |name: &String| name.to_lowercase().replace(['.', '_'], "");
    let names: BTreeSet<String> = schemas.keys().map(plain).collect();
    assert_eq!(names.len(), schemas.len());
    // Generators name a type by its title, where it has one.
    assert!(schemas.values().all(|schema| schema.get("title").is_none()));
}

#[test]
fn every_kind_has_its_own_configuration() {
    let document = described();
    let schemas = &document["components"]["schemas"];
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(schemas["Kind"]["enum"], json!(kinds));
    for body in ["NewProvider", "Provider"] {
        let members = schemas[body]["oneOf"].as_array().unwrap();
        assert_eq!(members.len(), kinds.len());
        for (member, kind) in members.iter().zip(&kinds) {
            assert_eq!(schemas[body]["discriminator"]["mapping"][kind], member["$ref"]);
            let member = document.pointer(member["$ref"].as_str().unwrap().trim_start_matches('#')).unwrap();
            assert_eq!(member["properties"]["kind"], json!({ "type": "string", "enum": [kind] }));
            let config = member["properties"]["config"]["$ref"].as_str().unwrap();
            assert!(
                document.pointer(config.trim_start_matches('#')).unwrap()["properties"].is_object(),
                "{config}"
            );
        }
    }
    assert_eq!(schemas["ConfigPatch"]["anyOf"].as_array().unwrap().len(), kinds.len());
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
        assert_eq!(body["schema"]["$ref"], format!("#/components/schemas/payload.{}", event.key));
        let schema = &document["components"]["schemas"][format!("payload.{}", event.key)];
        assert_eq!(schema["properties"], event.schema()["properties"]);
    }
}
