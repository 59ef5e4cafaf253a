//! A mail server that can go wrong at every step, and keeps what it was given.

mod session;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::support::receiver::Gate;

/// Where in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the message's last line.
    Message,
    Quit,
}

/// What is done there instead of saying yes.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Say this line, or these.
    Say(&'static str),
    /// Say this line, which need not be UTF-8.
    SayBytes(&'static [u8]),
    /// Say it and hang up.
    SayAndClose(&'static str),
    /// Hang up without a word.
    Close,
    /// Say nothing more, for ever.
    Hang,
    /// Say yes, but late.
    Late(Duration),
    /// Say yes once the gate is open.
    Behind(Gate),
}

/// How TLS is offered.
#[derive(Clone, Default)]
pub enum Tls {
    #[default]
    Never,
    FromTheStart(TlsAcceptor),
    OnDemand(TlsAcceptor),
}

/// How the server behaves.
#[derive(Clone, Default)]
pub struct Script {
    tls: Tls,
    password: Option<(&'static str, &'static str)>,
    faults: Vec<(Step, usize, Fault)>,
    refused: Vec<(&'static str, &'static str)>,
}

impl Script {
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls, ..self }
    }

    /// Demands this user and password.
    pub fn password(self, user: &'static str, password: &'static str) -> Self {
        Self { password: Some((user, password)), ..self }
    }

    /// Goes wrong at a step, every time.
    pub fn always(self, step: Step, fault: Fault) -> Self {
        self.times(usize::MAX, step, fault)
    }

    /// Goes wrong at a step, the first time only.
    pub fn once(self, step: Step, fault: Fault) -> Self {
        self.times(1, step, fault)
    }

    fn times(mut self, times: usize, step: Step, fault: Fault) -> Self {
        self.faults.push((step, times, fault));
        self
    }

    /// Refuses one recipient with this reply.
    pub fn refuse(mut self, address: &'static str, reply: &'static str) -> Self {
        self.refused.push((address, reply));
        self
    }
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The number of the connection, from 1.
    pub connection: usize,
    pub from: String,
    pub to: Vec<String>,
    /// As it came, dots unstuffed.
    pub message: String,
    /// Whether it came through TLS.
    pub secure: bool,
    pub user: Option<String>,
}

impl Taken {
    /// The value of a header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.message.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }
}

/// What reached the server.
#[derive(Clone, Default)]
pub struct Log {
    pub connections: usize,
    /// Commands with their connection, and whether they came through TLS.
    pub commands: Vec<(usize, bool, String)>,
    pub mails: Vec<Taken>,
}

/// A running server; it stops when dropped.
pub struct SmtpServer {
    pub address: SocketAddr,
    log: watch::Receiver<Log>,
    task: AbortHandle,
}

/// What the sessions share.
struct Shared {
    script: Mutex<Script>,
    log: watch::Sender<Log>,
}

impl SmtpServer {
    /// Takes every mail.
    pub async fn friendly() -> Self {
        Self::start(Script::default()).await
    }

    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (log, seen) = watch::channel(Log::default());
        let shared = Arc::new(Shared { script: Mutex::new(script), log });
        let task = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                let mut number = 0;
                shared.log.send_modify(|log| {
                    log.connections += 1;
                    number = log.connections;
                });
                tokio::spawn(session::serve(Arc::clone(&shared), socket, number));
            }
        });
        Self { address, log: seen, task: task.abort_handle() }
    }

    /// `scheme://[user:password@]127.0.0.1:port[?tls=…]`
    pub fn url(&self, scheme: &str, login: &str, query: &str) -> String {
        format!("{scheme}://{login}{}{query}", self.address)
    }

    pub fn log(&self) -> Log {
        self.log.borrow().clone()
    }

    /// Waits until this many mails were taken.
    pub async fn wait_for(&self, mails: usize) -> Vec<Taken> {
        self.wait_until(|log| log.mails.len() >= mails).await.mails
    }

    /// Waits until the log looks like this.
    pub async fn wait_until(&self, wanted: impl FnMut(&Log) -> bool) -> Log {
        let mut log = self.log.clone();
        let found = tokio::time::timeout(Duration::from_secs(10), log.wait_for(wanted)).await;
        found.expect("it did not come").unwrap().clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
