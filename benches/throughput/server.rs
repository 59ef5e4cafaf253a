//! The program that is measured, as a child process, set up through its commands and APIs.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::client::{Connection, request};
use crate::flags::Program;
use crate::machine::Usage;
use crate::storage::Storage;
use crate::{BenchError, Result};

/// No start takes this long, not even over a long log.
const LONGEST_START: Duration = Duration::from_mins(2);

/// A command of the program on some data. Settings of whoever runs the benchmark are none of its.
fn command(program: &Program, storage: &Storage, arguments: &[&str]) -> Command {
    let mut command = Command::new(&program.path);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RINGPOST_")) {
        command.env_remove(name);
    }
    command.env("RINGPOST_DRAIN", "0s");
    command.args(arguments).args(storage.options()).kill_on_drop(true);
    command
}

/// Runs a command to its end; what it printed.
pub async fn run(program: &Program, storage: &Storage, arguments: &[&str], input: &str) -> Result<String> {
    let mut command = command(program, storage, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that reads nothing may have ended already.
        stdin.write_all(input.as_bytes()).await.ok();
    }
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(BenchError::from(format!("ringpost {} failed: {said}", arguments.join(" "))));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Adds an account with a primary contact.
pub async fn add_account(program: &Program, storage: &Storage, id: i64) -> Result<()> {
    let (id, contact) = (id.to_string(), format!("contact-{id}@acme.example"));
    #[rustfmt::skip]
    let arguments = ["account", "add", "--id", &id, "--name", "Acme Corp", "--environment", "prod-acme",
        "--contact-name", "Dana Ito", "--contact-email", &contact];
    run(program, storage, &arguments, "").await.map(drop)
}

/// Makes a token that may do everything in every account.
pub async fn create_token(program: &Program, storage: &Storage) -> Result<String> {
    let arguments = ["token", "create", "--all-accounts", "--role", "admin", "--name", "bench"];
    Ok(run(program, storage, &arguments, "").await?.trim().to_owned())
}

/// A running server; it is killed when dropped.
pub struct Server {
    pub address: SocketAddr,
    /// From the start of the process until it said that it is ready.
    pub start: Duration,
    child: Child,
    pid: u32,
}

impl Server {
    /// With these options beside the usual ones.
    pub async fn start(
        program: &Program,
        storage: &Storage,
        mail: SocketAddr,
        options: &[&str],
    ) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
        let (listen, mail) = (address.to_string(), format!("smtp://{mail}"));
        #[rustfmt::skip]
        let usual = ["serve", "--listen", &listen, "--smtp-url", &mail,
            "--allow-network", "127.0.0.0/8", "--rate-limit", "off"];
        let arguments: Vec<&str> = usual.iter().chain(options).copied().collect();
        let log = File::options().create(true).append(true).open(storage.folder().join("server.log"))?;
        let mut command = command(program, storage, &arguments);
        // A closed loop outruns what can leave by far, and every event has to arrive: no lane may be full. An
        // older program does not know the limit, and is not told by an option that it would refuse.
        command.env("RINGPOST_MAX_PENDING_PER_LANE", "1000000");
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let began = Instant::now();
        let mut child = command.spawn()?;
        let pid = child.id().ok_or("the server ended at once")?;
        loop {
            if is_ready(address).await {
                return Ok(Self { address, start: began.elapsed(), child, pid });
            }
            if began.elapsed() > LONGEST_START || child.try_wait()?.is_some() {
                let said = std::fs::read_to_string(storage.folder().join("server.log"))?;
                return Err(BenchError::from(format!("{} did not start: {said}", program.name)));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.pid)
    }

    /// Ends it in order, so that what it has sent is known when it starts again: what a kill interrupts is a mail
    /// that is sent once more, and would count as doubled.
    pub async fn end(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        let status = self.child.wait().await?;
        if status.success() {
            Ok(())
        } else {
            Err(BenchError::from(format!("the server ended with {status}")))
        }
    }

    /// `kill -9`: how it ends is measured by nobody, and nothing may be lost by it.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let ask = async {
        let mut line = Connection::open(address).await?;
        let ask = request("GET", "/readyz", &[("Host", "ringpost.example")], "");
        line.post(&ask).await
    };
    ask.await.is_ok_and(|status| status == 200)
}
