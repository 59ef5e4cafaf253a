//! A mail server that takes everything and remembers each Message-ID.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Result;

const END: &[u8] = b"\r\n.\r\n";

/// What has arrived; the sink writes it, the drain reads it.
#[derive(Default)]
pub struct Mailbox(Mutex<Received>);

#[derive(Default)]
struct Received {
    ids: HashSet<Vec<u8>>,
    doubled: u64,
    latest: Option<Instant>,
}

impl Mailbox {
    /// Mails, each counted once.
    pub fn count(&self) -> usize {
        self.with(|received| received.ids.len())
    }

    /// Mails whose Message-ID had been there before.
    pub fn doubled(&self) -> u64 {
        self.with(|received| received.doubled)
    }

    /// When the last one was taken.
    pub fn latest(&self) -> Option<Instant> {
        self.with(|received| received.latest)
    }

    fn take(&self, mail: &[u8]) {
        let id = message_id(mail).unwrap_or_default().to_ascii_lowercase();
        self.with(|received| {
            received.latest = Some(Instant::now());
            if !received.ids.insert(id) {
                received.doubled += 1;
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Received) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn message_id(mail: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"message-id:";
    let mut lines = mail.split(|byte| *byte == b'\n').take_while(|line| line.len() > 1);
    lines.find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))
}

/// Starts a mail server; it lives as long as the runtime.
pub async fn start(mailbox: Arc<Mailbox>) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mailbox = Arc::clone(&mailbox);
            // The sender breaks off when it ends; what was taken before is in the mailbox.
            tokio::spawn(async move { serve(stream, &mailbox).await.ok() });
        }
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream, mailbox: &Mailbox) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 sink.example ready\r\n").await?;
    let mut buffer = Vec::with_capacity(64 * 1_024);
    let mut in_data = false;
    while stream.read_buf(&mut buffer).await? > 0 {
        // A client waits for the answer to each command and to the end of a mail: what has come ends with it.
        if in_data {
            if buffer.ends_with(END) {
                mailbox.take(&buffer);
                buffer.clear();
                in_data = false;
                stream.write_all(b"250 taken\r\n").await?;
            }
            continue;
        }
        if !buffer.ends_with(b"\r\n") {
            continue;
        }
        for line in buffer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let verb: Vec<u8> = line.iter().take(4).map(u8::to_ascii_uppercase).collect();
            let answer: &[u8] = match verb.as_slice() {
                b"EHLO" => b"250-sink.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
                b"DATA" => b"354 go on\r\n",
                b"QUIT" => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            };
            in_data = verb == b"DATA";
            stream.write_all(answer).await?;
        }
        buffer.clear();
    }
    Ok(())
}
