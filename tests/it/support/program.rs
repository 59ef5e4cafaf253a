//! The program itself, as a process.

use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use super::place::Place;

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// What it printed, if it did what it was told.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    #[track_caller]
    pub fn refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(words), "“{words}” is not in: {}", self.stderr);
    }
}

/// The program with its arguments, about to be started.
pub fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = clean(env!("CARGO_BIN_EXE_ringpost"));
    command.args(place.flags()).args(arguments);
    command
}

/// The same, started by another program that is given its command line: a shell, `nsenter`.
pub fn command_by(program: &str, first: &[&str], place: &Place, arguments: &[&str]) -> Command {
    let mut command = clean(program);
    command.args(first).arg(env!("CARGO_BIN_EXE_ringpost")).args(place.flags()).args(arguments);
    command
}

fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    // Settings of whoever runs the tests are none of theirs.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RINGPOST_")) {
        command.env_remove(name);
    }
    // Nobody balances between the servers of these tests; those about it say how long.
    command.env("RINGPOST_DRAIN", "0s");
    command.kill_on_drop(true).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end.
pub async fn ringpost(place: &Place, arguments: &[&str], stdin: &str) -> Ended {
    run(command(place, arguments), stdin).await
}

/// Runs a command as somebody whom file permissions bind: they do not bind root.
pub async fn as_nobody(place: &Place, arguments: &[&str]) -> Ended {
    let mut command = command(place, arguments);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    run(command, "").await
}

/// Makes [`as_nobody`]'s user the owner of a folder and its files.
pub fn give_to_nobody(folder: &Path) {
    if is_root() {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for path in files.chain([folder.to_owned()]) {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
}

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Runs what [`command`] made to its end.
pub async fn run(mut command: Command, stdin: &str) -> Ended {
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A command that reads nothing may have ended already.
    let _ = input.write_all(stdin.as_bytes()).await;
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A running `ringpost serve`; it is killed when dropped.
pub struct Serving {
    pub address: SocketAddr,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts the server and waits until it says that it is ready.
    pub async fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::start_within(place, arguments, &[]).await
    }

    /// The same with environment variables.
    pub async fn start_within(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = command(place, arguments);
        command.envs(environment.iter().copied());
        Self::start_as(command).await
    }

    /// Starts what [`command`] has made.
    pub async fn start_as(mut command: Command) -> Self {
        let address = free_address().await;
        let mut child = command
            .args(["--listen", &address.to_string(), "--log-format", "json", "serve"])
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(String::new()));
        loop {
            let line = lines.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("the server did not start: {}", said.lock().unwrap()));
            said.lock().unwrap().push_str(&line);
            if line.contains("\"message\":\"ready\"") {
                break;
            }
        }
        // A full pipe would stop the server.
        let log = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.lock().unwrap().push_str(&line);
            }
        });
        Self { address, child, said }
    }

    /// Everything that it has logged so far.
    pub fn said(&self) -> Arc<Mutex<String>> {
        Arc::clone(&self.said)
    }

    /// The next line that it prints for whoever started it.
    pub async fn printed_line(&mut self) -> String {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        lines.next_line().await.unwrap().unwrap()
    }

    /// `kill -9`: nothing is put in order.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; answers the exit code.
    pub async fn terminate(mut self) -> Option<i32> {
        self.signal("TERM").await;
        self.child.wait().await.unwrap().code()
    }

    pub async fn signal(&self, name: &str) {
        signal(&self.child, name).await;
    }

    /// Waits until it ends by itself; answers the exit code.
    pub async fn ended(mut self, within: Duration) -> Option<i32> {
        let ended = tokio::time::timeout(within, self.child.wait()).await;
        let said = || format!("it did not end within {within:?}: {}", self.said.lock().unwrap());
        ended.unwrap_or_else(|_| panic!("{}", said())).unwrap().code()
    }

    /// Waits until it has logged something like this.
    pub async fn logs(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let looked = async {
            while !wanted(&self.said.lock().unwrap()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(30), looked).await;
        assert!(found.is_ok(), "{what} is not in the log: {}", self.said.lock().unwrap());
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }
}

/// Sends a process a signal by its name.
pub async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    Command::new("kill").args(["-s", name, &id]).status().await.unwrap();
}

/// A port that nobody listens on at the moment.
pub async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}
