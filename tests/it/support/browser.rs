//! A browser, as far as a server can tell: it keeps cookies, says where forms come from, and posts the
//! fields that it was shown.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use scraper::{ElementRef, Selector};

use super::http::{Answer, Request};

pub struct Browser {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::new("GET", path)).await
    }

    /// Posts a form of our own pages.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let owned: Vec<_> = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.submit(path, &Form(owned)).await
    }

    pub async fn submit(&mut self, path: &str, form: &Form) -> Answer {
        let origin = format!("http://{}", self.address);
        self.send(Request::new("POST", path).header("Origin", origin).form(&form.0)).await
    }

    /// What it sends as `Cookie`.
    pub fn cookie_header(&self) -> String {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Sends a request with this browser's cookies, and keeps what the answer sets.
    pub async fn send(&mut self, request: Request) -> Answer {
        let cookie = self.cookie_header();
        let request = if cookie.is_empty() { request } else { request.header("Cookie", cookie) };
        let answer = request.send(self.address).await;
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login", &[("email", email), ("password", password)]).await
    }

    /// A cookie that it keeps.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Plants a cookie.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The session's id, to be compared or stolen.
    pub fn session(&self) -> Option<&str> {
        self.cookies.get("ringpost").map(String::as_str)
    }

    /// Another browser with a session id that was written down before.
    pub fn with_session(address: SocketAddr, id: &str) -> Self {
        Self { address, cookies: BTreeMap::from([("ringpost".to_owned(), id.to_owned())]) }
    }

    /// The form on a page whose fields would be posted.
    pub async fn form(&mut self, path: &str) -> Form {
        let page = self.get(path).await;
        page.has_status(200);
        Form::of(&page)
    }
}

/// The fields that a browser would post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// The main form of a page, without script: fields that are disabled or off are left out.
    pub fn of(page: &Answer) -> Self {
        let html = page.html();
        let fields = Selector::parse("main form [name]").unwrap();
        let field = |element: ElementRef| {
            let attribute = |name| element.value().attr(name);
            if element.value().name() == "button" {
                // It is posted only when it is pressed.
                return None;
            }
            let is_box = matches!(attribute("type"), Some("checkbox" | "radio"));
            if attribute("disabled").is_some() || (is_box && attribute("checked").is_none()) {
                return None;
            }
            let value = match element.value().name() {
                "textarea" => element.text().collect(),
                _ => attribute("value").unwrap_or_default().to_owned(),
            };
            Some((attribute("name")?.to_owned(), value))
        };
        Self(html.select(&fields).filter_map(field).collect())
    }

    /// The form with the Refresh button of a test pressed, and where it is posted or asked.
    pub fn refresh(page: &Answer) -> (String, Self) {
        let html = page.html();
        let button = Selector::parse("main form button[name=refresh]").unwrap();
        let button = html.select(&button).next().expect("a test that is under way");
        let form = button.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "form");
        let attribute = |element: ElementRef, name| element.value().attr(name).map(ToOwned::to_owned);
        let path = attribute(button, "formaction").or(attribute(form.unwrap(), "action")).unwrap();
        // Browsers keep the part behind the # to themselves.
        let path = path.split('#').next().unwrap().to_owned();
        (path, Self::of(page).with("refresh", attribute(button, "value").unwrap()))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Types into a field, or switches a toggle on.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Switches a toggle off.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(field, _)| field != name);
        self
    }
}
