//! A door between the app and its PostgreSQL that can be cut, silenced, and shut at the worst moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// Forwards to a server until it is told otherwise. Its tasks end with it.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<State>,
    generation: watch::Sender<usize>,
    accepting: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// Nothing is forwarded, and nothing is closed either.
    silent: AtomicBool,
    resumed: Notify,
    /// New connections are refused.
    closed: AtomicBool,
    /// How many commits are let through before their answer is lost; 0 is never.
    lose_answer_in: AtomicUsize,
    lost: AtomicUsize,
    lost_one: Notify,
}

impl Proxy {
    /// A proxy before the server at `target`.
    pub async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, (generation, watching)) = (Arc::<State>::default(), watch::channel(0));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if shared.closed.load(Ordering::SeqCst) {
                    continue;
                }
                tokio::spawn(forward(client, target, Arc::clone(&shared), watching.clone()));
            }
        });
        Self { address, state, generation, accepting }
    }

    /// Closes every connection; new ones are let through.
    pub fn cut(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Closes every connection and refuses new ones, as a server that restarts does.
    pub fn close(&self) {
        self.state.closed.store(true, Ordering::SeqCst);
        self.cut();
    }

    /// Lets new connections in again.
    pub fn open(&self) {
        self.state.closed.store(false, Ordering::SeqCst);
    }

    /// From now on bytes go nowhere, and nobody is told.
    pub fn silence(&self) {
        self.state.silent.store(true, Ordering::SeqCst);
    }

    /// What was held back goes on.
    pub fn resume(&self) {
        self.state.silent.store(false, Ordering::SeqCst);
        self.state.resumed.notify_waiters();
    }

    /// The `nth` commit from now reaches the server, which does it; its answer does not come back.
    pub fn lose_answer_of_commit(&self, nth: usize) {
        self.state.lose_answer_in.store(nth, Ordering::SeqCst);
    }

    /// Waits until a commit's answer has been lost.
    pub async fn answer_lost(&self) {
        self.answers_lost(1).await;
    }

    /// Waits until the answers of this many commits have been lost.
    pub async fn answers_lost(&self, commits: usize) {
        loop {
            let news = self.state.lost_one.notified();
            if self.state.lost.load(Ordering::SeqCst) >= commits {
                return;
            }
            news.await;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn forward(client: TcpStream, target: SocketAddr, state: Arc<State>, watching: watch::Receiver<usize>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let losing = Arc::new(AtomicBool::new(false));
    let up = pump(from_client, to_server, Arc::clone(&state), Some(Arc::clone(&losing)), None);
    let down = pump(from_server, to_client, state, None, Some(losing));
    let mut cut = watching;
    cut.mark_unchanged();
    tokio::select! {
        () = up => {}
        () = down => {}
        _ = cut.changed() => {}
    }
}

/// Forwards one direction. `marks` is told when a commit goes by whose answer is to be lost, `loses` is asked
/// before an answer is forwarded.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: Arc<State>,
    marks: Option<Arc<AtomicBool>>,
    loses: Option<Arc<AtomicBool>>,
) {
    let mut bytes = vec![0; 64 * 1_024];
    loop {
        let Ok(read @ 1..) = from.read(&mut bytes).await else { return };
        let chunk = &bytes[..read];
        while state.silent.load(Ordering::SeqCst) {
            let resumed = state.resumed.notified();
            if state.silent.load(Ordering::SeqCst) {
                resumed.await;
            }
        }
        if let Some(marks) = &marks
            // A message of its own. The name of a setting ends otherwise.
            && chunk.windows(7).any(|word| word.eq_ignore_ascii_case(b"commit\0"))
            && counts_down(&state.lose_answer_in)
        {
            marks.store(true, Ordering::SeqCst);
        }
        if loses.as_ref().is_some_and(|loses| loses.load(Ordering::SeqCst)) {
            state.lost.fetch_add(1, Ordering::SeqCst);
            state.lost_one.notify_waiters();
            return;
        }
        if to.write_all(chunk).await.is_err() {
            return;
        }
    }
}

/// Whether this one is the one that was counted down to.
fn counts_down(count: &AtomicUsize) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) == Ok(1)
}
