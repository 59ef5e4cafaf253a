//! Webhook receivers: each request is journalled before it is answered, in one of several moods.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::http::{header, read_head, skip_body};
use super::journal::{Entry, Journal, Mood};

/// How long the program is told to wait for an answer.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// How late an answer is that comes after all.
const LATE: Duration = Duration::from_secs(4);

/// Starts a receiver whose good answers take up to `slowest_ms`.
pub async fn start(journal: Arc<Journal>, seed: u64, slowest_ms: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dice = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let _ = socket.set_nodelay(true);
            tokio::spawn(serve(socket, Arc::clone(&journal), Arc::clone(&dice), slowest_ms));
        }
    });
    address
}

async fn serve(mut wire: TcpStream, journal: Arc<Journal>, dice: Arc<Mutex<StdRng>>, slowest_ms: u64) {
    let mut bytes = Vec::new();
    while let Some(head) = read_head(&mut wire, &mut bytes).await {
        // A delivery without its id is a name that no row has.
        let delivery = header(&head, "x-ringpost-delivery").unwrap_or("nameless").to_owned();
        journal.write(Entry::Arrived { delivery: delivery.clone() });
        if skip_body(&mut wire, &mut bytes, &head).await.is_none() {
            return;
        }
        let (mood, wait_ms) = {
            let mut dice = dice.lock().unwrap();
            (mood(&mut dice), dice.random_range(0..=slowest_ms))
        };
        if matches!(mood, Mood::Status(_)) {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
        journal.write(Entry::Answering { delivery, mood });
        let status = match mood {
            Mood::Status(status) => status,
            Mood::TooLate => {
                tokio::time::sleep(LATE).await;
                200
            }
            // Until the sender has lost its patience, or its life.
            Mood::Hang => {
                let _ = wire.read(&mut [0]).await;
                return;
            }
            Mood::Reset => {
                let _ = wire.set_zero_linger();
                return;
            }
        };
        let answer = format!("HTTP/1.1 {status} Said\r\nContent-Length: 2\r\n\r\nok");
        if wire.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn mood(dice: &mut StdRng) -> Mood {
    match dice.random_range(0..200) {
        0 => Mood::Hang,
        1 => Mood::TooLate,
        2..=9 => Mood::Reset,
        10..=29 => Mood::Status(500),
        30..=33 => Mood::Status(204),
        _ => Mood::Status(200),
    }
}
