//! What lets people in: each of it is shown to whom it is for, once, and is found nowhere afterwards.

use ringpost::domain::clock::Clock;

use crate::support::browser::Browser;
use crate::support::http::Answer;
use crate::support::place::Place;
use crate::support::program::{Serving, ringpost};
use crate::support::second_factor::{PAGE, Phone, recovery_codes};
use crate::support::smtp::SmtpServer;

const DANA: &str = "canary-password-of-dana-51c2";
const LEE: &str = "canary-password-of-lee-8d07";
const SAM: &str = "canary-password-of-sam-e3f4";
const CODES: &str = "/profile/recovery-codes";

/// Something secret: what it is, its text, and who may have it in a mail.
struct Secret {
    what: &'static str,
    text: String,
    mailed_to: Option<&'static str>,
}

#[derive(Default)]
struct Secrets(Vec<Secret>);

impl Secrets {
    fn add(&mut self, what: &'static str, text: impl Into<String>) {
        self.0.push(Secret { what, text: text.into(), mailed_to: None });
    }

    fn add_mailed(&mut self, what: &'static str, text: impl Into<String>, mailed_to: &'static str) {
        self.0.push(Secret { what, text: text.into(), mailed_to: Some(mailed_to) });
    }

    /// What is found in a text, each with what stands before it there.
    fn found_in(&self, text: &str) -> Vec<(&'static str, String)> {
        let before = |secret: &Secret| {
            let place = text.find(&secret.text)?;
            let before: String = text[..place].chars().rev().take(300).collect();
            Some((secret.what, before.chars().rev().collect()))
        };
        self.0.iter().filter_map(before).collect()
    }
}

/// The letters and digits that follow `before` in a text.
fn after(text: &str, before: &str) -> String {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn invitation_in(page: &Answer) -> String {
    after(&page.body, "/invitations/")
}

/// Dana has set the server up and asked Lee and Kim in; Lee has followed the link.
async fn come_in(server: &mut Serving, secrets: &mut Secrets) -> (Browser, Browser) {
    let setup_code = server.printed_line().await.rsplit(' ').next().unwrap().to_owned();
    let mut dana = Browser::new(server.address);
    let fields = [
        ("code", setup_code.as_str()),
        ("name", "Dana Ito"),
        ("email", "dana@acme.example"),
        ("password", DANA),
        ("account_id", "300"),
        ("account_name", "Initech"),
        ("environment", "prod-initech"),
    ];
    dana.post("/setup", &fields).await.leads_to();
    let mut links = Vec::new();
    for email in ["lee@acme.example", "kim@acme.example"] {
        let fields = [("email", email), ("role", "viewer")];
        let shown = dana.post("/accounts/300/users", &fields).await.leads_to().to_owned();
        links.push(invitation_in(&dana.get(&shown).await));
    }
    let mut lee = Browser::new(server.address);
    let page = format!("/invitations/{}", links[0]);
    lee.get(&page).await.has_status(200);
    lee.post(&page, &[("name", "Lee Park"), ("password", LEE)]).await.leads_to();

    secrets.add("the setup code", &setup_code);
    secrets.add("the setup code without dashes", setup_code.replace('-', ""));
    secrets.add_mailed("the invitation that was followed", &links[0], "lee@acme.example");
    secrets.add_mailed("the invitation that waits", &links[1], "kim@acme.example");
    (dana, lee)
}

/// Lee turns a second factor on, makes new codes, and comes in with an app's code and with a recovery code.
async fn use_a_second_factor(lee: &mut Browser, secrets: &mut Secrets) {
    let phone = Phone::of(&lee.get(PAGE).await);
    let now = Clock::system().now_ms();
    lee.post(PAGE, &[("code", &phone.code(now)), ("current_password", LEE)]).await.leads_to();
    let first = recovery_codes(&lee.get(CODES).await);
    let renew = [("current_password", LEE), ("recovery", first[0].as_str())];
    lee.post("/profile/recovery-codes/new", &renew).await.leads_to();
    let second = recovery_codes(&lee.get(CODES).await);
    // The code of this half minute is used up; the next one is good already.
    for fields in [("code", phone.code(now + 30_000)), ("recovery", second[3].clone())] {
        assert_eq!(lee.sign_in("lee@acme.example", LEE).await.leads_to(), "/login/code");
        lee.post("/login/code", &[("recovery", "wrong-wrong")]).await.has_status(422);
        lee.post("/login/code", &[(fields.0, &fields.1)]).await.leads_to();
    }
    // Typed into the wrong field.
    lee.post("/login", &[("email", &second[4]), ("password", &phone.key)]).await.has_status(422);
    assert_eq!(lee.sign_in("lee@acme.example", LEE).await.leads_to(), "/login/code");
    lee.post("/login/code", &[("recovery", &second[5])]).await.leads_to();

    secrets.add("the authenticator's key", &phone.key);
    secrets.add("the authenticator's key as it is kept", phone.key.replace(' ', ""));
    for code in first.iter().chain(&second) {
        secrets.add("a recovery code", code);
        secrets.add("a recovery code without its dash", code.replace('-', ""));
    }
}

/// Lee has forgotten the password; Sam is helped by the operator, on the page and from a shell.
async fn be_helped(
    place: &Place,
    server: &Serving,
    dana: &mut Browser,
    mails: &SmtpServer,
    secrets: &mut Secrets,
) {
    let mut stranger = Browser::new(server.address);
    stranger.post("/login/forgotten", &[("email", "lee@acme.example")]).await.has_status(200);
    let log =
        mails.wait_until(|log| log.mails.iter().any(|mail| mail.message.contains("/login/link/"))).await;
    let mail = log.mails.iter().find(|mail| mail.message.contains("/login/link/")).unwrap();
    let mailed = after(&mail.message.replace("=\r\n", ""), "/login/link/");
    stranger.get(&format!("/login/link/{mailed}")).await.has_status(200);
    stranger.post(&format!("/login/link/{mailed}"), &[]).await.leads_to();

    let sam = ["user", "add", "sam@acme.example", "--name", "Sam", "--account", "300", "--role", "viewer"];
    ringpost(place, &[&sam[..], &["--password-stdin"]].concat(), SAM).await.done();
    let printed = ringpost(place, &["user", "sign-in-link", "sam@acme.example"], "").await.done();
    let people = dana.get("/people").await;
    let sam = people.body.split("/people/").find(|link| link.contains(">sam@acme.example<")).unwrap();
    let id = sam.split('"').next().unwrap();
    let shown = dana.post(&format!("/people/{id}/reset-password"), &[]).await.leads_to().to_owned();
    let page = dana.get(&shown).await;
    let is_one = |word: &&str| word.len() == 23 && word.matches('-').count() == 3;
    let once = page.body.split('"').find(is_one).unwrap().to_owned();
    let mut sam = Browser::new(server.address);
    assert_eq!(sam.sign_in("sam@acme.example", &once).await.leads_to(), "/");

    secrets.add_mailed("a link that was mailed and used", mailed, "lee@acme.example");
    secrets.add("a link that was printed and waits", after(&printed, "/login/link/"));
    secrets.add("a one-time password", once);
    secrets.add("sam's session", sam.session().unwrap());
}

/// Every page that tells of people, and the exports.
async fn pages(browser: &mut Browser, paths: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut wanted: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    while let Some(path) = wanted.pop() {
        let page = browser.get(&path).await;
        page.has_status(200);
        if path == "/people" || path == "/accounts/300/users" {
            let links = page.body.split('"').filter(|word| word.starts_with(&format!("{path}/")));
            wanted.extend(links.filter(|link| !link.ends_with("/new")).map(ToOwned::to_owned));
        }
        found.push((path, page.body));
    }
    found
}

#[tokio::test]
async fn what_lets_people_in_is_shown_once_and_found_nowhere_else() {
    let (place, mails) = (Place::fresh().await, SmtpServer::friendly().await);
    let arguments = ["--log", "trace", "--rate-limit", "off", "--smtp-url", &mails.url("smtp", "", "")];
    let mut server = Serving::start(&place, &arguments).await;
    let mut secrets = Secrets::default();
    let (mut dana, mut lee) = come_in(&mut server, &mut secrets).await;
    use_a_second_factor(&mut lee, &mut secrets).await;
    be_helped(&place, &server, &mut dana, &mails, &mut secrets).await;
    for password in [DANA, LEE, SAM] {
        secrets.add("a password", password);
    }
    for browser in [&dana, &lee] {
        secrets.add("a session", browser.session().unwrap());
        secrets.add("a known browser", browser.cookie("ringpost-device").unwrap());
    }

    let of_operators = [
        "/people",
        "/people/password",
        "/accounts/300/users",
        "/accounts/300/users/invited",
        "/accounts/300/deliveries",
        "/profile",
        "/profile/recovery-codes",
        "/security-log",
        "/security-log/export?format=csv",
        "/security-log/export?format=json",
    ];
    let mut shown = pages(&mut dana, &of_operators).await;
    shown.extend(pages(&mut lee, &["/profile", CODES, "/accounts/300/company"]).await);
    assert!(shown.iter().any(|(_, page)| page.contains("recovery_codes_made")), "the log tells of it");
    for mail in mails.log().mails {
        let text = mail.message.replace("=\r\n", "");
        for found in secrets.0.iter().filter(|secret| text.contains(&secret.text)) {
            assert_eq!(
                found.mailed_to.map(|to| vec![to.to_owned()]),
                Some(mail.to.clone()),
                "{}",
                found.what
            );
        }
    }

    let said = server.said();
    assert_eq!(server.terminate().await, Some(0));
    shown.push(("the log".to_owned(), said.lock().unwrap().clone()));
    assert!(said.lock().unwrap().contains("\"level\":\"TRACE\""), "the log holds everything that there is");
    let kept = place.everything().await;
    assert!(kept.iter().any(|(_, text)| text.contains("sam@acme.example")), "what is kept can be read");
    shown.extend(kept);
    assert!(secrets.0.len() > 50);
    for (name, text) in &shown {
        assert_eq!(secrets.found_in(text), [], "in {name}");
    }
    place.clear().await;
}
