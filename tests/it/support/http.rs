//! Requests and answers as bytes on a socket: nothing is followed, repaired or hidden.

use std::io::Read as _;
use std::net::SocketAddr;

use flate2::read::GzDecoder;
use http::StatusCode;
use scraper::Html;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request about to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self.header("Content-Type", kind) }
    }

    pub fn form(self, fields: &[(String, String)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// Sends it on a connection of its own.
    pub async fn send(self, to: SocketAddr) -> Answer {
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if self.method != "GET" {
            head.extend(["Content-Length: ", &self.body.len().to_string(), "\r\n"]);
        }
        let mut socket = TcpStream::connect(to).await.unwrap();
        // A server that refuses early may close before it has read everything.
        let _ = socket.write_all(&[head.as_bytes(), b"\r\n", &self.body].concat()).await;
        let mut bytes = Vec::new();
        while socket.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {}
        Answer::parse(&bytes)
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with a head");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let headers: Vec<(String, String)> = lines.map(header).collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked { unchunked(&bytes[end + 4..]) } else { bytes[end + 4..].to_vec() };
        let packed = headers.iter().any(|(name, value)| name == "content-encoding" && value == "gzip");
        let body = if packed && !body.is_empty() { unpacked(&body) } else { body };
        Self { status, headers, body: String::from_utf8(body).unwrap() }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    /// The error envelope, after a look at its fixed parts.
    pub fn error(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        let body = self.json();
        assert_eq!(body["success"], false);
        let error = body["error"].clone();
        assert_eq!((&error["code"], &error["status"]), (&code.into(), &status.into()), "{error}");
        let kind = if status < 500 { "client_error" } else { "server_error" };
        assert_eq!(error["type"], kind);
        assert_eq!(error["trace_id"].as_str(), self.header("x-request-id"));
        assert!(error["timestamp"].as_str().unwrap().ends_with('Z'));
        error
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The words of the page, without its markup and with single spaces.
    pub fn text(&self) -> String {
        let page = self.html();
        page.root_element().text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// Fails unless the page says this, with the page in the message.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(words), "“{words}” is not in: {} {text}", self.status);
        self
    }

    #[track_caller]
    pub fn has_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{:?} {}", self.headers, self.text());
        self
    }

    /// Where a redirect leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        self.has_status(303);
        self.header("location").unwrap()
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut body).unwrap();
    body
}

/// A transfer that breaks off has no last chunk, and ends the test.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}
