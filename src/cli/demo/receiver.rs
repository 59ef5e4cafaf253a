//! A receiver for the demo: shows what arrives, and answers as it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Form, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, Uri};
use rustls::pki_types::CertificateDer;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::assets;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};

use super::doors;

/// Longer than anybody scrolls.
const KEPT: usize = 50;
const SLOW: Duration = Duration::from_secs(3);
/// Longer than any webhook may take.
const HANG: Duration = Duration::from_mins(2);

/// The path that refuses whatever comes.
const REFUSING: &str = "/crm";

/// What the receiver answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Answer {
    #[default]
    Ok,
    Error,
    Busy,
    Slow,
    Hang,
    /// Whatever is chosen, on [`REFUSING`].
    #[serde(skip)]
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
pub(super) async fn start(wanted: SocketAddr) -> Result<(SocketAddr, CertificateDer<'static>)> {
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
    let (certificate, tls) = doors::certificate(address)?;
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

#[derive(Deserialize)]
struct AnswerForm {
    answer: Answer,
}

async fn choose(State(receiver): State<Receiver>, Form(form): Form<AnswerForm>) -> Redirect {
    receiver.state().0 = form.answer;
    Redirect::to("/")
}

async fn receive(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
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
