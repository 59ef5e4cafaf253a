//! The loops themselves, in a process of their own. Each ends when it is killed, or by itself in a while.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::mail_loop;
use crate::flags::Flags;
use crate::payload::EventBody;
use crate::{BenchError, Result};

/// Nobody measures for longer; a loop whose parent has died does not run on.
pub const LONGEST: Duration = Duration::from_secs(700);

/// Runs one, by its name.
pub async fn run(name: &str, flags: &Flags) -> Result<()> {
    if name == "axum" {
        return parse_json().await;
    }
    println!("{}", flags.address);
    if name == "mail" {
        return mail_loop::run(flags).await;
    }
    let client = client()?;
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    for task in 0..flags.in_flight {
        let (address, client) = (flags.address, client.clone());
        let sequences = sequences(task, flags.in_flight);
        match name {
            "hyper" => tasks.spawn(post_by_hyper(address, sequences)),
            "reqwest" => tasks.spawn(post_by_reqwest(client, address, sequences)),
            _ => return Err(BenchError::from(format!("there is no bare loop {name}"))),
        };
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// The numbers that one of the tasks posts: no two post the same.
fn sequences(task: u16, tasks: u16) -> impl Iterator<Item = u64> + Send {
    let began = Instant::now();
    (u64::from(task)..).step_by(tasks.into()).take_while(move |_| began.elapsed() < LONGEST)
}

async fn post_by_hyper(address: SocketAddr, sequences: impl Iterator<Item = u64> + Send) -> Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut body = EventBody::new();
    for sequence in sequences {
        let request = http::Request::post("/hook")
            .header("host", address.to_string())
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.of(sequence))))?;
        let answer = sender.send_request(request).await?;
        answer.into_body().collect().await?;
    }
    Ok(())
}

async fn post_by_reqwest(
    client: reqwest::Client,
    address: SocketAddr,
    sequences: impl Iterator<Item = u64> + Send,
) -> Result<()> {
    let url = format!("http://{address}/hook");
    let mut body = EventBody::new();
    for sequence in sequences {
        let request = client.post(&url).header("content-type", "application/json").body(body.of(sequence));
        request.send().await?.bytes().await?;
    }
    Ok(())
}

/// reqwest as it comes: this is what a guarded client is held against.
#[expect(clippy::disallowed_methods, reason = "it reaches a receiver of the benchmark and nothing else")]
pub fn client() -> Result<reqwest::Client> {
    // The provider of the first call stays.
    rustls::crypto::ring::default_provider().install_default().ok();
    Ok(reqwest::Client::builder().no_proxy().tcp_nodelay(true).build()?)
}

async fn parse_json() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let handler =
        async |Json(event): Json<Value>| event.get("run_id").map(Value::to_string).unwrap_or_default();
    let serving = axum::serve(listener, Router::new().route("/", post(handler)));
    tokio::time::timeout(LONGEST, serving.into_future()).await.unwrap_or(Ok(()))?;
    Ok(())
}
