//! The program under test, as a process that can be killed.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use super::options::Options;
use super::place::Place;

/// How long a start may take that has to set much to rest, on a busy machine.
const START: Duration = Duration::from_mins(1);
/// How long an end in order may take: 20 s for what is in flight, and some more.
const END: Duration = Duration::from_secs(40);

/// One instance: always at the same address, with the same settings.
pub struct Server {
    pub address: SocketAddr,
    program: PathBuf,
    arguments: Vec<String>,
    /// The fault to switch on in a build that has any.
    fault: Option<&'static str>,
    log: PathBuf,
    child: Option<Child>,
}

impl Server {
    pub async fn new(
        options: &Options,
        place: &Place,
        number: usize,
        settings: &[&str],
        fault: Option<&'static str>,
    ) -> Self {
        // Nobody listens there at the moment.
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let mut arguments = place.flags();
        arguments.extend(["--listen", &address.to_string(), "--log-format", "json"].map(str::to_owned));
        arguments.extend(settings.iter().map(|&setting| setting.to_owned()));
        arguments.push("serve".to_owned());
        let log = place.file(&format!("server-{number}.log"));
        Self { address, program: options.program.clone(), arguments, fault, log, child: None }
    }

    /// Starts it and waits until it says that it is ready; the error says why it does not.
    pub async fn start(&mut self) -> Result<(), String> {
        let mut command = command(&self.program);
        if let Some(fault) = self.fault {
            command.env("RINGPOST_FAULT", fault);
        }
        let mut child = command.args(&self.arguments).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        writeln!(log, "---").unwrap();
        let ready = async {
            let mut said = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                writeln!(log, "{line}").unwrap();
                if line.contains("\"message\":\"ready\"") {
                    return Ok(());
                }
                said += &line;
            }
            Err(said)
        };
        tokio::time::timeout(START, ready)
            .await
            .unwrap_or_else(|_| Err(format!("not ready within {START:?}")))?;
        // A full pipe would stop the server.
        tokio::spawn(follow(lines, log));
        self.child = Some(child);
        Ok(())
    }

    /// `kill -9`; answers when it is dead. The error says how it had ended by itself before.
    pub async fn kill(&mut self) -> Result<(), String> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        if let Some(status) = child.try_wait().unwrap() {
            return Err(format!("it had ended by itself: {status}"));
        }
        child.kill().await.unwrap();
        Ok(())
    }

    /// SIGTERM; the error says how it ended, if not with 0.
    pub async fn terminate(&mut self) -> Result<(), String> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let Some(id) = child.id() else { return Err("it had ended by itself".to_owned()) };
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await.unwrap();
        match tokio::time::timeout(END, child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(()),
            Ok(status) => Err(format!("it ended with {status:?}")),
            Err(_) => Err(format!("it did not end within {END:?} of SIGTERM")),
        }
    }
}

async fn follow(mut lines: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>, mut log: File) {
    while let Ok(Some(line)) = lines.next_line().await {
        let _ = writeln!(log, "{line}");
    }
}

/// Runs a command of the program to its end, and answers what it printed.
pub async fn run(options: &Options, place: &Place, arguments: &[&str]) -> String {
    let output = command(&options.program).args(place.flags()).args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn command(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    // Settings of whoever runs the tests are none of theirs.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RINGPOST_")) {
        command.env_remove(name);
    }
    // Nobody balances between these servers.
    command.env("RINGPOST_DRAIN", "0s");
    command.kill_on_drop(true).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}
