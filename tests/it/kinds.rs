//! Every kind of destination walks the whole path, whatever its specification says: a new one needs no line here.

use ringpost::domain::delivery::{Channel, State};
use ringpost::domain::destination::REDACTED;
use ringpost::domain::kinds::{FieldShape, FieldSpec, Kind};
use ringpost::domain::role::Role;
use scraper::Selector;
use serde_json::{Map, Value, json};

use crate::support::app::{TestApp, start};
use crate::support::authority::Authority;
use crate::support::browser::{Browser, Form};
use crate::support::destinations::{PROVIDERS, request};
use crate::support::http::Answer;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;
use crate::support::smtp::SmtpServer;

const TAB: &str = "/accounts/100/destinations";
const SECRET: &str = "hunter2-and-more";

/// An app with a receiver over TLS and a mail server, and a token for account 100.
struct Walk {
    app: TestApp,
    token: String,
    admin: Browser,
    receiver: Receiver,
    mails: SmtpServer,
    /// How many messages have arrived so far, wherever.
    arrived: usize,
}

impl Walk {
    async fn begin() -> Self {
        let authority = Authority::new();
        let receiver = Receiver::tls(authority.serves(&["127.0.0.1"])).await;
        let mails = SmtpServer::friendly().await;
        let smtp = mails.url("smtp", "", "");
        let app = start().trusting(&authority).with("--smtp-url", &smtp).spawn().await;
        let token = app.token(Some(100), Role::Admin).await;
        let admin = app.visitor(Role::Admin).await;
        Self { app, token, admin, receiver, mails, arrived: 0 }
    }

    async fn call(&self, method: &'static str, path: &str, body: Option<&Value>) -> Answer {
        self.app.send(request(method, path, body).bearer(&self.token)).await
    }

    /// A value of each field of the kind, in the documented shape.
    fn config(&self, kind: Kind) -> Value {
        let fields = kind.spec().fields.iter();
        Value::Object(fields.map(|field| (field.name.to_owned(), self.value(field))).collect())
    }

    fn value(&self, field: &FieldSpec) -> Value {
        match field.shape {
            FieldShape::Url => json!(self.receiver.https("127.0.0.1").expose()),
            FieldShape::Secret => json!(SECRET),
            FieldShape::Headers => json!({ "X-Token": SECRET }),
            FieldShape::Address => json!(format!("{}@acme.example", field.input)),
            FieldShape::Addresses => json!(["oncall@acme.example"]),
        }
    }

    /// The same as it is typed into the form.
    fn typed(&self, field: &FieldSpec) -> String {
        match self.value(field) {
            Value::String(text) => text,
            Value::Array(texts) => texts[0].as_str().unwrap().to_owned(),
            Value::Object(headers) => {
                let line = |(name, value): (&String, &Value)| format!("{name}: {}", value.as_str().unwrap());
                headers.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            other => panic!("{other} cannot be typed"),
        }
    }

    fn fill(&self, kind: Kind, mut form: Form) -> Form {
        for field in kind.spec().fields {
            form = form.with(field.input, self.typed(field));
        }
        form.with("name", kind.as_str()).with("events.run_failed", "on")
    }

    async fn create(&self, kind: Kind) -> String {
        let body = json!({ "kind": kind.as_str(), "name": kind.as_str(), "config": self.config(kind) });
        let created = self.call("POST", PROVIDERS, Some(&body)).await;
        created.has_status(201);
        format!("{PROVIDERS}/{}", created.json()["id"].as_str().unwrap())
    }

    /// One more message has arrived where this kind sends to, and nothing else anywhere.
    fn has_arrived(&mut self, kind: Kind) {
        self.arrived += 1;
        let sent = if kind.channel() == Channel::Email {
            self.mails.log().mails.pop().unwrap().message
        } else {
            let request = self.receiver.requests().pop().unwrap();
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert!(body.is_object(), "{kind:?} sent {body}");
            request.body
        };
        assert!(sent.contains("Shopify"), "{kind:?} sent something else: {sent}");
        let all = self.receiver.requests().len() + self.mails.log().mails.len();
        assert_eq!(all, self.arrived, "{kind:?}");
    }

    async fn end(self) {
        self.app.finish().await;
    }
}

/// What the field is read back as.
fn read_back(field: &FieldSpec, value: &Value) -> Value {
    match (field.shape, value) {
        (FieldShape::Headers, Value::Object(headers)) => {
            let hidden = headers.keys().map(|name| (name.clone(), json!(REDACTED)));
            Value::Object(hidden.collect())
        }
        (FieldShape::Url | FieldShape::Secret, _) => json!(REDACTED),
        (_, shown) => shown.clone(),
    }
}

#[tokio::test]
async fn every_kind_is_listed_under_its_name() {
    let walk = Walk::begin().await;
    let listed = walk.call("GET", PROVIDERS, None).await.json();
    let kind = |kind: &Kind| json!({ "kind": kind.as_str(), "displayName": kind.spec().display_name });
    assert_eq!(listed["kinds"], Kind::ALL.iter().map(kind).collect::<Value>());
    walk.end().await;
}

#[tokio::test]
async fn every_kind_is_read_back_redacted_and_a_patch_keeps_what_it_does_not_name() {
    let mut walk = Walk::begin().await;
    for &kind in Kind::ALL {
        let config = walk.config(kind);
        let one = walk.create(kind).await;
        let fields = kind.spec().fields.iter();
        let redacted: Map<String, Value> =
            fields.map(|field| (field.name.to_owned(), read_back(field, &config[field.name]))).collect();

        let read = walk.call("GET", &one, None).await;

        assert_eq!(read.json()["config"], json!(redacted));
        assert!(!read.body.contains(SECRET) && !read.body.contains("/hook"), "{}", read.body);
        // All of it sent back as it was read changes nothing but the name.
        let patch = json!({ "name": "renamed", "config": redacted });
        walk.call("PATCH", &one, Some(&patch)).await.has_status(200);
        assert_eq!(walk.call("GET", &one, None).await.json()["config"], json!(redacted));
        walk.call("POST", &format!("{one}/test"), None).await.has_status(200);
        walk.has_arrived(kind);
    }
    walk.end().await;
}

#[tokio::test]
async fn every_field_of_every_kind_is_checked_under_its_own_path() {
    let walk = Walk::begin().await;
    for &kind in Kind::ALL {
        for field in kind.spec().fields {
            for wrong in [json!(7), json!(null), json!(REDACTED)] {
                let mut config = walk.config(kind);
                config[field.name] = wrong.clone();
                let body = json!({ "kind": kind.as_str(), "name": "x", "config": config });
                let answer = walk.call("POST", PROVIDERS, Some(&body)).await;
                if wrong.is_null() && !field.required {
                    answer.has_status(201);
                    continue;
                }
                let error = answer.error(422, "VALIDATION_FAILED");
                let path = format!("config.{}", field.name);
                assert!(error["details"][&path].is_string(), "{kind:?} {path} {wrong}: {error}");
            }
        }
        let mut config = walk.config(kind);
        config["colour"] = json!("blue");
        let body = json!({ "kind": kind.as_str(), "name": "x", "config": config });
        let error = walk.call("POST", PROVIDERS, Some(&body)).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"]["config.colour"].is_string(), "{error}");
    }
    walk.end().await;
}

#[tokio::test]
async fn every_kind_can_be_chosen_and_its_form_asks_for_each_of_its_fields() {
    let mut walk = Walk::begin().await;
    let choice = walk.admin.get(&format!("{TAB}/new")).await;
    for &kind in Kind::ALL {
        choice.says(kind.spec().label).says(kind.spec().hint);

        let page = walk.admin.get(&format!("{TAB}/new?kind={}", kind.as_str())).await;

        page.says(&format!("Add destination: {}", kind.spec().label));
        for field in kind.spec().fields {
            page.says(&field.form_label()).says(field.hint);
            let input = Selector::parse(&format!("#{0}[name={0}][aria-describedby]", field.input)).unwrap();
            assert_eq!(page.html().select(&input).count(), 1, "{kind:?} {}", field.input);
        }
        let refused = walk.admin.submit(TAB, &Form::of(&page)).await;
        refused.has_status(422);
        for field in kind.spec().fields.iter().filter(|field| field.required) {
            let error = Selector::parse(&format!("#{}-error", field.input)).unwrap();
            assert_eq!(refused.html().select(&error).count(), 1, "{kind:?} {}", field.input);
        }
    }
    walk.end().await;
}

#[tokio::test]
async fn every_kind_is_tested_unsaved_then_saved_by_form_and_never_shows_its_secrets_again() {
    let mut walk = Walk::begin().await;
    for &kind in Kind::ALL {
        let form = walk.admin.form(&format!("{TAB}/new?kind={}", kind.as_str())).await;
        let form = walk.fill(kind, form);

        let tested = walk.admin.submit(&format!("{TAB}/test"), &form).await;
        tested.has_status(200).says("What you tested is not saved yet.");
        walk.has_arrived(kind);

        walk.admin.submit(TAB, &form).await.leads_to();
        let page = walk.admin.get(TAB).await;
        let last = page.body.split('"').rfind(|word| word.starts_with(TAB) && word.ends_with("/delete"));
        let path = last.unwrap().trim_end_matches("/delete");
        let page = walk.admin.get(path).await;
        assert!(!page.body.contains(SECRET) && !page.body.contains("/hook"), "{kind:?}");
        let saved = Form::of(&page);
        for field in kind.spec().fields {
            let expected = if field.shape.is_secret() { String::new() } else { walk.typed(field) };
            assert_eq!(saved.get(field.input), Some(expected.as_str()), "{kind:?} {}", field.input);
        }
        walk.admin.submit(&format!("{path}/test/unsaved"), &saved).await.has_status(200);
        walk.has_arrived(kind);
    }
    walk.end().await;
}

#[tokio::test]
async fn an_event_reaches_every_kind_that_subscribes() {
    let mut walk = Walk::begin().await;
    let ingest = walk.app.token(Some(100), Role::Ingest).await;
    for &kind in Kind::ALL {
        let form = walk.admin.form(&format!("{TAB}/new?kind={}", kind.as_str())).await;
        let form = walk.fill(kind, form);
        walk.admin.submit(TAB, &form).await.leads_to();
    }
    walk.app.post_event(&ingest, &sample("run_failed")).await.has_status(202);

    let log = walk.app.settled_log().await;

    assert!(log.iter().all(|row| row.state == State::Delivered), "{log:?}");
    for kind in Kind::ALL {
        let channel = kind.channel();
        let kinds = Kind::ALL.iter().filter(|other| other.channel() == kind.channel()).count();
        // The primary contact gets a mail too.
        let others = usize::from(kind.channel() == Channel::Email);
        assert_eq!(
            log.iter().filter(|row| row.target.channel() == channel).count(),
            kinds + others,
            "{kind:?}"
        );
    }
    walk.end().await;
}
