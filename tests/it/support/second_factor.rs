//! An authenticator app, and somebody who turns a second factor on with it.

use std::time::Duration;

use totp_rs::{Builder, Secret, Totp};

use super::app::TestApp;
use super::browser::Browser;
use super::http::Answer;
use super::people::PASSWORD;

pub const PAGE: &str = "/profile/second-factor";

/// An app that was told the key on the page.
pub struct Phone {
    codes: Totp,
    /// As it is shown, in groups of four.
    pub key: String,
    /// The code that turned it on.
    pub first: String,
}

impl Phone {
    pub fn of(page: &Answer) -> Self {
        let key = page.body.split("id=\"key\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        let secret = Secret::try_from_base32(key.replace(' ', "")).unwrap();
        let codes = Builder::new().with_secret(secret).with_account_name("somebody").build().unwrap();
        Self { codes, key: key.to_owned(), first: String::new() }
    }

    pub fn code(&self, now_ms: i64) -> String {
        self.codes.generate(u64::try_from(now_ms / 1_000).unwrap()).to_string()
    }

    /// The next one: each works once.
    pub fn next(&self, app: &TestApp) -> String {
        app.time.advance(Duration::from_secs(30));
        self.code(app.clock.now_ms())
    }
}

/// The recovery codes on a page.
pub fn recovery_codes(page: &Answer) -> Vec<String> {
    let codes: Vec<String> =
        page.body.split("<li><code>").skip(1).map(|rest| rest[..11].to_owned()).collect();
    assert_eq!(codes.len(), 10);
    codes
}

/// Turns it on for who is signed in; answers the phone and the recovery codes.
pub async fn turn_on(app: &TestApp, browser: &mut Browser) -> (Phone, Vec<String>) {
    let phone = Phone::of(&browser.get(PAGE).await);
    let code = phone.code(app.clock.now_ms());
    let phone = Phone { first: code.clone(), ..phone };
    let done = browser.post(PAGE, &[("code", &code), ("current_password", PASSWORD)]).await;
    assert_eq!(done.leads_to(), "/profile/recovery-codes");
    let codes = recovery_codes(&browser.get("/profile/recovery-codes").await);
    browser.get("/profile/recovery-codes").await.says("no longer available");
    (phone, codes)
}
