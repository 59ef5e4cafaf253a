//! One client's idle connections are not the whole server.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::http::Request;

/// So many connections that say nothing.
async fn idle(app: &TestApp, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::with_capacity(count);
    for _ in 0..count {
        held.push(TcpStream::connect(app.address).await.unwrap());
    }
    held
}

#[tokio::test]
async fn the_257th_connection_of_an_address_is_closed_and_served_again_when_others_end() {
    let app = spawn_app().await;
    let mut held = idle(&app, 257).await;
    // What is closed reads as the end; the others have nothing to say.
    let mut last = held.pop().unwrap();
    assert_eq!(last.read(&mut [0]).await.unwrap_or(0), 0);
    drop(held);
    loop {
        // The server has to see that they have ended.
        let mut probe = TcpStream::connect(app.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(
            &mut probe,
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await
        .unwrap();
        let mut answer = String::new();
        if probe.read_to_string(&mut answer).await.is_ok() && answer.starts_with("HTTP/1.1 200") {
            break;
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_trusted_proxy_has_more() {
    let app = start().with("--trusted-proxy", "127.0.0.1").spawn().await;
    let held = idle(&app, 300).await;
    app.send(Request::new("GET", "/healthz")).await.has_status(200);
    drop(held);
    app.finish().await;
}
