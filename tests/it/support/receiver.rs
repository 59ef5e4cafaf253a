//! A webhook receiver that answers in every way in which a real one can fail, and counts what reached it.

mod answer;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ringpost::domain::values::{Schemes, WebhookUrl};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

pub use answer::{Answer, Release, Then};

/// What happens before the first request of a connection.
#[derive(Clone)]
pub enum Door {
    /// Plain TCP.
    Plain,
    /// TLS with this certificate.
    Tls(TlsAcceptor),
    /// Accepts the connection and never reads or writes.
    Mute,
    /// Speaks first, like SSH or SMTP.
    Greets(&'static str),
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The number of the connection, from 1.
    pub connection: usize,
    /// Request line and headers.
    pub head: String,
    pub body: String,
    /// What TLS agreed on.
    pub alpn: Option<String>,
}

impl Seen {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

#[derive(Clone, Default)]
struct Log {
    connections: usize,
    requests: Vec<Seen>,
}

/// A running receiver; it stops when dropped.
pub struct Receiver {
    pub address: SocketAddr,
    log: watch::Receiver<Log>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Answers every request with 200.
    pub async fn ok() -> Self {
        Self::answering(Answer::status(200, "ok")).await
    }

    /// Answers every request the same way.
    pub async fn answering(answer: Answer) -> Self {
        Self::start(Door::Plain, vec![answer]).await
    }

    /// Answers over TLS.
    pub async fn tls(acceptor: TlsAcceptor) -> Self {
        Self::start(Door::Tls(acceptor), vec![Answer::status(200, "ok")]).await
    }

    /// Answers the first request with the first answer, and so on; the last one is repeated.
    pub async fn start(door: Door, answers: Vec<Answer>) -> Self {
        Self::start_at(0, door, answers).await
    }

    /// The same on a port that somebody has written down.
    pub async fn start_at(port: u16, door: Door, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (log, seen) = watch::channel(Log::default());
        let shared = Arc::new(Shared { door, answers, log });
        let task = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let mut connection = 0;
                shared.log.send_modify(|log| {
                    log.connections += 1;
                    connection = log.connections;
                });
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { shared.serve(socket, connection).await });
            }
        });
        Self { address, log: seen, task }
    }

    /// Gives the port back, for whoever comes next.
    pub async fn stop(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// `http://127.0.0.1:…` with this path.
    pub fn url(&self, path: &str) -> WebhookUrl {
        url(&format!("http://{}{path}", self.address))
    }

    /// The same over TLS, by this host name.
    pub fn https(&self, host: &str) -> WebhookUrl {
        url(&format!("https://{host}:{}/hook", self.address.port()))
    }

    pub fn connections(&self) -> usize {
        self.log.borrow().connections
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.log.borrow().requests.clone()
    }

    /// Waits until there have been this many requests.
    pub async fn wait_for(&self, requests: usize) -> Vec<Seen> {
        let mut log = self.log.clone();
        let waiting = log.wait_for(|log| log.requests.len() >= requests);
        let found = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        found.expect("the requests did not come").unwrap().requests.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub fn url(text: &str) -> WebhookUrl {
    WebhookUrl::parse(text, Schemes::HttpOrHttps).unwrap()
}

struct Shared {
    door: Door,
    answers: Vec<Answer>,
    log: watch::Sender<Log>,
}

type Wire = Either<TcpStream, TlsStream<TcpStream>>;

impl Shared {
    async fn serve(&self, socket: TcpStream, connection: usize) {
        let mut wire: Wire = match &self.door {
            Door::Plain => Either::Left(socket),
            Door::Mute => return hold(socket).await,
            Door::Tls(acceptor) => match acceptor.accept(socket).await {
                Ok(stream) => Either::Right(stream),
                // The client did not like the certificate.
                Err(_) => return,
            },
            Door::Greets(words) => {
                let mut wire = Either::Left(socket);
                let _ = wire.write_all(words.as_bytes()).await;
                wire
            }
        };
        while let Some(request) = read_request(&mut wire, connection).await {
            let mut number = 0;
            self.log.send_modify(|log| {
                number = log.requests.len();
                log.requests.push(request);
            });
            let answer = self.answers.get(number).or(self.answers.last()).unwrap();
            answer.is_due().await;
            if wire.write_all(&answer.bytes).await.is_err() || wire.flush().await.is_err() {
                return;
            }
            match &answer.then {
                Then::KeepAlive => {}
                Then::Close => {
                    let _ = wire.shutdown().await;
                    return;
                }
                Then::Reset => return socket_of(&wire).set_zero_linger().unwrap(),
                Then::Hold => return hold(wire).await,
                Then::Flood(bytes) => while wire.write_all(bytes).await.is_ok() {},
            }
        }
    }
}

fn socket_of(wire: &Wire) -> &TcpStream {
    match wire {
        Either::Left(socket) => socket,
        Either::Right(stream) => stream.get_ref().0,
    }
}

async fn hold(wire: impl Send) {
    std::future::pending::<()>().await;
    drop(wire);
}

/// Reads one request whole; `None` when the client has gone.
async fn read_request(wire: &mut Wire, connection: usize) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if wire.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let alpn = match wire {
        Either::Left(_) => None,
        Either::Right(stream) => {
            stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8_lossy(name).into())
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).trim_end().replace("\r\n", "\n");
    let mut seen = Seen { connection, head, body: String::new(), alpn };
    let length: usize = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + length {
        if wire.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    seen.body = String::from_utf8_lossy(&bytes[end..]).into_owned();
    Some(seen)
}
