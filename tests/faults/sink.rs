//! A mail server that journals each mail before it says whether it takes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::journal::{Entry, Journal, Reply};

/// Starts it; it stops with the program.
pub async fn start(journal: Arc<Journal>, seed: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dice = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let _ = socket.set_nodelay(true);
            let session = Session {
                wire: BufReader::new(socket),
                journal: Arc::clone(&journal),
                dice: Arc::clone(&dice),
                recipient: String::new(),
            };
            tokio::spawn(session.run());
        }
    });
    address
}

struct Session {
    wire: BufReader<TcpStream>,
    journal: Arc<Journal>,
    dice: Arc<Mutex<StdRng>>,
    recipient: String,
}

impl Session {
    /// `None` when either side has hung up.
    async fn run(mut self) -> Option<()> {
        self.say("220 sink.test ESMTP").await?;
        loop {
            let line = self.read_line().await?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.say("250-sink.test\r\n250 SIZE 1000000").await?,
                "RCPT" => {
                    let (_, rest) = line.split_once('<')?;
                    rest.split_once('>')?.0.clone_into(&mut self.recipient);
                    self.say("250 2.1.5 ok").await?;
                }
                "DATA" => self.data().await?,
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 ok").await?,
            }
        }
    }

    async fn data(&mut self) -> Option<()> {
        self.say("354 go ahead").await?;
        let mut message_id = String::new();
        let mut in_head = true;
        loop {
            let line = self.read_line().await?;
            match line.as_str() {
                "." => break,
                "" => in_head = false,
                _ => {}
            }
            if let Some((name, value)) = line.split_once(": ")
                && in_head
                && name.eq_ignore_ascii_case("message-id")
            {
                value.clone_into(&mut message_id);
            }
        }
        let reply = reply(&mut self.dice.lock().unwrap());
        self.journal.write(Entry::Mail { message_id, recipient: self.recipient.clone(), reply });
        match reply {
            Reply::Taken => self.say("250 2.0.0 queued").await,
            Reply::NotNow => self.say("451 4.3.0 not now").await,
            Reply::Never => self.say("550 5.7.1 never").await,
            Reply::Silence => None,
        }
    }

    async fn say(&mut self, words: &str) -> Option<()> {
        self.wire.get_mut().write_all(format!("{words}\r\n").as_bytes()).await.ok()
    }

    async fn read_line(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let read = self.wire.read_until(b'\n', &mut bytes).await.ok()?;
        (read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn reply(dice: &mut StdRng) -> Reply {
    match dice.random_range(0..100) {
        0 | 1 => Reply::NotNow,
        2 | 3 => Reply::Never,
        4 => Reply::Silence,
        _ => Reply::Taken,
    }
}
