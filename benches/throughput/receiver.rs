//! The customer's side: a receiver that is as small as can be and stamps what arrives, and receivers that
//! never answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Result;
use crate::client::Frame;
use crate::journal::Journal;
use crate::payload::sequence_in;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Starts a receiver that answers 200 after a time; it lives as long as the runtime.
pub async fn start(journal: Arc<Journal>, delay: Duration) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let journal = Arc::clone(&journal);
            // The sender breaks off when it ends; what it had sent before is in the journal.
            tokio::spawn(async move { serve(stream, &journal, delay).await.ok() });
        }
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream, journal: &Journal, delay: Duration) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1_024);
    loop {
        let frame = loop {
            if let Some(frame) = Frame::of(&buffer)
                && frame.is_whole(&buffer)
            {
                break frame;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        if let Some(sequence) = sequence_in(frame.body(&buffer)) {
            journal.arrive(sequence);
        }
        buffer.drain(..frame.length());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        stream.write_all(ANSWER).await?;
    }
}

/// Receivers that take a connection and never say anything, each at an address of its own, so that limits per
/// host and per authority see them apart. They are dead until this is dropped.
pub struct DeadReceivers(Vec<std::net::TcpListener>);

impl DeadReceivers {
    pub fn new(count: u16) -> Result<Self> {
        let bind = |number: u16| {
            let [high, low] = number.to_be_bytes();
            // The kernel completes connections and keeps what is sent; nobody ever reads it.
            std::net::TcpListener::bind((Ipv4Addr::new(127, 1, high, low), 0))
        };
        Ok(Self((1..=count).map(bind).collect::<std::io::Result<_>>()?))
    }

    pub fn addresses(&self) -> Result<Vec<SocketAddr>> {
        Ok(self.0.iter().map(std::net::TcpListener::local_addr).collect::<std::io::Result<_>>()?)
    }
}
