//! The code that receivers are given to check a signature, run on what a receiver got.

use std::io::Write as _;
use std::process::{Command, Stdio};

use http::HeaderMap;
use ringpost::domain::signature_examples::SIGNATURE_EXAMPLES;
use serde_json::{Value, json};

use crate::support::destinations::{Desk, WEBHOOKS};
use crate::support::receiver::Seen;

#[path = "../../docs/verify/verify.rs"]
#[expect(clippy::disallowed_methods, reason = "a receiver has no clock of ours")]
mod verify;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify");

/// A language's command and the program that reads a request as JSON and says whether it is ours.
const PROGRAMS: [(&str, &str, &[&str]); 4] = [
    (
        "py",
        "python3",
        &[
            "-c",
            "import base64, json, sys; sys.path.insert(0, sys.argv[1]); import verify as v; r = json.load(sys.stdin); print(v.verify(r['secret'], r['headers'], r['body'].encode()))",
        ],
    ),
    (
        "mjs",
        "node",
        &[
            "--input-type=module",
            "-e",
            "const { verify } = await import(process.argv[1] + '/verify.mjs'); let text = ''; for await (const part of process.stdin) text += part; const r = JSON.parse(text); console.log(verify(r.secret, r.headers, Buffer.from(r.body)))",
        ],
    ),
    (
        "rb",
        "ruby",
        &[
            "-e",
            "require 'json'; require ARGV[0] + '/verify.rb'; r = JSON.parse(STDIN.read); puts verify(r['secret'], r['headers'], r['body'])",
        ],
    ),
    (
        "php",
        "php",
        &[
            "-r",
            "require $argv[1] . '/verify.php'; $r = json_decode(stream_get_contents(STDIN), true); echo verify($r['secret'], $r['headers'], $r['body']) ? 'true' : 'false';",
        ],
    ),
];

/// What a program says of a request; `None` where its language is not installed.
fn asked(extension: &str, request: &Value) -> Option<bool> {
    let (_, command, arguments) = PROGRAMS.iter().find(|(of, ..)| *of == extension)?;
    let mut child = Command::new(command)
        .args(*arguments)
        .arg(FOLDER)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{extension}: {output:?}");
    match String::from_utf8(output.stdout).unwrap().trim().to_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        other => panic!("{extension} said {other}"),
    }
}

fn by_rust(request: &Value) -> bool {
    let mut headers = HeaderMap::new();
    for (name, value) in request["headers"].as_object().unwrap() {
        let name: http::HeaderName = name.parse().unwrap();
        headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    let body = request["body"].as_str().unwrap();
    verify::verify(request["secret"].as_str().unwrap(), &headers, body.as_bytes())
}

fn request(secret: &str, seen: &Seen) -> Value {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<_, _> =
        names.map(|name| (name.to_owned(), json!(seen.header(name).unwrap()))).into_iter().collect();
    json!({ "secret": secret, "headers": headers, "body": seen.body })
}

#[tokio::test]
async fn each_language_believes_what_we_sent_and_nothing_else() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let mut requests = Vec::new();
    for (sent, secret) in [None, Some("a secret of our own")].into_iter().enumerate() {
        let mut body = json!({ "name": "a", "url": url, "events": ["run_failed"] });
        if let Some(secret) = secret {
            body["secret"] = json!(secret);
        }
        let created = desk.webhook(&body).await;
        let secret = created["attributes"]["secret"].as_str().unwrap();
        let id = created["id"].as_str().unwrap();
        desk.call("POST", &format!("{WEBHOOKS}/test/{id}"), None).await.has_status(200);
        requests.push(request(secret, &receiver.wait_for(sent + 1).await[sent]));
    }
    for good in &requests {
        let mut wrong = [good.clone(), good.clone(), good.clone(), good.clone()];
        wrong[0]["body"] = json!(format!("{} ", good["body"].as_str().unwrap()));
        wrong[1]["secret"] = json!("another");
        wrong[2]["headers"]["webhook-timestamp"] = json!("1700000000");
        wrong[3]["headers"]["webhook-signature"] = json!("v1,");
        let asked_of_all = |request: &Value, wanted: bool| {
            assert_eq!(by_rust(request), wanted, "Rust: {request}");
            let asked = |extension| {
                asked(extension, request).inspect(|said| assert_eq!(*said, wanted, "{extension}: {request}"))
            };
            SIGNATURE_EXAMPLES.iter().filter_map(|example| asked(example.extension)).count()
        };
        // Node.js and Python are there wherever the tests run.
        assert!(asked_of_all(good, true) >= 2);
        for wrong in &wrong {
            asked_of_all(wrong, false);
        }
    }
    desk.app.finish().await;
}
