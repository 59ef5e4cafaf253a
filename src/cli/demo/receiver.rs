//! A receiver for the demo: shows what arrives, and answers as it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::ORIGIN;
use http::{HeaderMap, StatusCode, Uri};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::assets;
use crate::domain::text::quoted;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::session::is_cross_site;

use super::doors;

/// Longer than anybody scrolls.
const KEPT: usize = 50;
const SLOW: Duration = Duration::from_secs(3);
/// Longer than any webhook may take.
const HANG: Duration = Duration::from_mins(2);

/// The path that refuses whatever comes.
const REFUSING: &str = "/crm";

/// What the receiver answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Answer {
    #[default]
    Ok,
    Error,
    Busy,
    Slow,
    Hang,
    /// Whatever is chosen, on [`REFUSING`].
    Refused,
}

impl Answer {
    /// Those that can be chosen.
    const ALL: [Self; 5] = [Self::Ok, Self::Error, Self::Busy, Self::Slow, Self::Hang];

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Busy => "busy",
            Self::Slow => "slow",
            Self::Hang => "hang",
            Self::Refused => "refused",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::Error => "500 Internal Server Error",
            Self::Busy => "429 Too Many Requests",
            Self::Slow => "200 OK after three seconds",
            Self::Hang => "nothing at all",
            Self::Refused => "401 Unauthorized",
        }
    }

    async fn give(self) -> Response {
        match self {
            Self::Ok => "received".into_response(),
            Self::Error => (StatusCode::INTERNAL_SERVER_ERROR, "the demo was told to fail").into_response(),
            Self::Busy => (StatusCode::TOO_MANY_REQUESTS, "the demo was told to be busy").into_response(),
            Self::Slow => {
                tokio::time::sleep(SLOW).await;
                "received, slowly".into_response()
            }
            Self::Hang => {
                tokio::time::sleep(HANG).await;
                "too late".into_response()
            }
            Self::Refused => (StatusCode::UNAUTHORIZED, "this token has ended").into_response(),
        }
    }
}

/// One POST as it arrived.
#[derive(Clone)]
struct ReceivedRequest {
    path: String,
    head: String,
    body: String,
    answer: Answer,
}

/// A body, or why it cannot be read.
type Sent = Result<Bytes, BytesRejection>;

#[derive(Clone, Default)]
struct Receiver {
    state: Arc<Mutex<(Answer, VecDeque<ReceivedRequest>)>>,
}

impl Receiver {
    fn state(&self) -> MutexGuard<'_, (Answer, VecDeque<ReceivedRequest>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the receiver and answers where it listens, at `wanted` or on a free port beside it, and the certificate that
/// it shows.
pub(super) async fn start(
    wanted: SocketAddr,
    now: Timestamp,
) -> Result<(SocketAddr, CertificateDer<'static>)> {
    let listener = match TcpListener::bind(wanted).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((wanted.ip(), 0)).await.map_err(|error| {
            Error::startup(format!("the receiver cannot listen on {wanted}: {}", trouble(&error)))
        })?,
    };
    let address = listener.local_addr().map_err(|error| Error::startup(trouble(&error)))?;
    let router = Router::new()
        .route("/", get(show))
        .route("/answer", post(choose))
        .route("/{path}", post(receive))
        .merge(assets::routes())
        .with_state(Receiver::default());
    let (certificate, tls) = doors::certificate(address, now)?;
    tokio::spawn(doors::serve(listener, tls, router));
    Ok((address, certificate))
}

#[derive(Template)]
#[template(path = "receiver/receiver.html")]
struct ReceiverPage {
    choices: Vec<AnswerChoice>,
    received: Vec<ReceivedRequest>,
}

struct AnswerChoice {
    word: &'static str,
    label: &'static str,
    chosen: bool,
}

async fn show(State(receiver): State<Receiver>) -> Response {
    let (current, requests) = {
        let state = receiver.state();
        (state.0, state.1.iter().rev().cloned().collect())
    };
    let choice = |choice: Answer| AnswerChoice {
        word: choice.word(),
        label: choice.label(),
        chosen: choice == current,
    };
    let page = ReceiverPage { choices: Answer::ALL.map(choice).into(), received: requests };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A page of somebody else's may not choose; a shell, which says nothing of a page, may.
async fn choose(State(receiver): State<Receiver>, headers: HeaderMap, body: Sent) -> Response {
    let is_of_a_page = headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site");
    if is_of_a_page && is_cross_site(&headers) {
        return refusal(
            StatusCode::FORBIDDEN,
            "Another site asked for this: choose on the receiver’s own page.",
        );
    }
    let body = body.unwrap_or_default();
    let word = form_urlencoded::parse(&body).find(|(name, _)| name == "answer").map(|(_, word)| word);
    let word = word.unwrap_or_default();
    match Answer::ALL.into_iter().find(|answer| answer.word() == word) {
        Some(answer) => {
            receiver.state().0 = answer;
            Redirect::to("/").into_response()
        }
        None => {
            let words = Answer::ALL.map(Answer::word).join(", ");
            let why = format!("There is no answer “{}”: choose one of {words}.", quoted(&word));
            refusal(StatusCode::UNPROCESSABLE_ENTITY, &why)
        }
    }
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}

async fn receive(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Sent) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return refusal(error.status(), "This receiver reads at most 2 MiB.");
        }
        Err(error) => return refusal(error.status(), "The body ended before it was complete."),
    };
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let answer = {
        let mut state = receiver.state();
        let answer = if uri.path() == REFUSING { Answer::Refused } else { state.0 };
        let head = format!("POST {uri} HTTP/1.1\n{}", lines.join("\n"));
        let path = uri.path().to_owned();
        state.1.push_back(ReceivedRequest { path, head, body: pretty(&body), answer });
        if state.1.len() > KEPT {
            state.1.pop_front();
        }
        answer
    };
    answer.give().await
}

fn pretty(body: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned())
}
