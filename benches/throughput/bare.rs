//! The bare loops: what the libraries below Ringpost can do on this machine when nothing is kept. Each is a
//! child process like Ringpost itself, so that its CPU is measured in the same way.

mod loops;
mod mail_loop;

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::figures::{BARE, Figures, number};
use crate::flags::Flags;
use crate::journal::{Journal, quantile};
use crate::load::{self, Target};
use crate::machine::{self, Usage};
use crate::mail_sink::{self, Mailbox};
use crate::payload::{EventBody, EventRequest};
use crate::timetable::timetable;
use crate::{Result, receiver};

pub use loops::run;

/// They are as fast in a short time as in a long one, and the journal has room for so much.
const LONGEST: Duration = Duration::from_secs(5);

/// Measures all of them once.
pub async fn measure(flags: &Flags, figures: &mut Figures) -> Result<()> {
    quiet(flags, figures).await?;
    let length = flags.length().min(LONGEST);
    posts("hyper", 32, length, figures, ("bare.hyper", Some("bare.hyper.cpu"))).await?;
    posts("reqwest", 32, length, figures, ("bare.reqwest", Some("bare.reqwest.cpu"))).await?;
    posts("reqwest", 1, length, figures, ("bare.reqwest.1", None)).await?;
    at_a_rate(length, figures).await?;
    parses(length, figures).await
}

async fn quiet(flags: &Flags, figures: &mut Figures) -> Result<()> {
    let busy = machine::quiet(Duration::from_secs(flags.quiet_wait.into())).await?;
    println!("bare loops: {busy}");
    figures.add(BARE, "busy", busy.percent);
    Ok(())
}

/// Measures mails once.
pub async fn measure_mails(flags: &Flags, figures: &mut Figures) -> Result<()> {
    quiet(flags, figures).await?;
    let mailbox = Arc::new(Mailbox::default());
    let address = mail_sink::start(Arc::clone(&mailbox)).await?;
    let rate = ("bare.mail", Some("bare.mail.cpu"));
    let length = flags.length().min(LONGEST);
    watch("mail", 16, address, length, figures, rate, || mailbox.count()).await
}

/// A loop in a child posts to a receiver here.
async fn posts(
    name: &str,
    in_flight: u16,
    length: Duration,
    figures: &mut Figures,
    keys: (&'static str, Option<&'static str>),
) -> Result<()> {
    let journal = Arc::new(Journal::new());
    let address = receiver::start(Arc::clone(&journal), Duration::ZERO).await?;
    let arrivals = || usize::try_from(journal.arrivals()).unwrap_or(usize::MAX);
    watch(name, in_flight, address, length, figures, keys, arrivals).await
}

/// How much arrives of a loop in a child within a time, and the loop's CPU for it.
async fn watch(
    name: &str,
    in_flight: u16,
    address: SocketAddr,
    length: Duration,
    figures: &mut Figures,
    (rate, cpu): (&'static str, Option<&'static str>),
    arrivals: impl Fn() -> usize,
) -> Result<()> {
    let (mut child, _) = child(name, address, in_flight).await?;
    let pid = child.id().ok_or("the bare loop ended at once")?;
    let (before, used, began) = (arrivals(), Usage::of(pid)?.cpu_ms, Instant::now());
    tokio::time::sleep(length).await;
    let arrived = number(arrivals() - before);
    let (took, spent) = (began.elapsed(), Usage::of(pid)?.cpu_ms - used);
    child.kill().await?;
    figures.add(BARE, rate, arrived / took.as_secs_f64());
    if let Some(cpu) = cpu {
        figures.add(BARE, cpu, spent * 1_000.0 / arrived.max(1.0));
    }
    Ok(())
}

/// reqwest posts 50 events a second to a receiver, both here.
async fn at_a_rate(length: Duration, figures: &mut Figures) -> Result<()> {
    let journal = Arc::new(Journal::new());
    let address = receiver::start(Arc::clone(&journal), Duration::ZERO).await?;
    let client = loops::client()?;
    let (mut due, mut posts, mut events) = (timetable(50.0, length), JoinSet::new(), Vec::new());
    let mut body = EventBody::new();
    while let Some(at) = due.recv().await {
        let sequence = journal.post(at)?;
        events.push(sequence);
        posts.spawn(client.post(format!("http://{address}/hook")).body(body.of(sequence)).send());
    }
    while let Some(post) = posts.join_next().await {
        post??;
    }
    let waits = journal.waits(&events);
    figures.add_some(BARE, "bare.reqwest.p50", quantile(&waits, 0.5));
    figures.add_some(BARE, "bare.reqwest.p99", quantile(&waits, 0.99));
    Ok(())
}

/// The load generator here posts to an axum handler in a child.
async fn parses(length: Duration, figures: &mut Figures) -> Result<()> {
    let (mut child, address) = child("axum", "127.0.0.1:0".parse()?, 1).await?;
    let pid = child.id().ok_or("the bare handler ended at once")?;
    let target = Target { address, request: EventRequest::new("/", "none", 100) };
    let journal = Arc::new(Journal::new());
    let load = load::closed(&[target], &journal, 64, length, u64::MAX).await?;
    let spent = Usage::of(pid)?.cpu_ms;
    child.kill().await?;
    figures.add(BARE, "bare.axum", load.rate());
    figures.add(BARE, "bare.axum.cpu", spent * 1_000.0 / number(load.accepted.len()).max(1.0));
    Ok(())
}

/// Starts this program again as a bare loop; it says an address once it runs.
async fn child(name: &str, address: SocketAddr, in_flight: u16) -> Result<(Child, SocketAddr)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--bare", name, "--address", &address.to_string(), "--in-flight", &in_flight.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut said = String::new();
    let stdout = child.stdout.take().ok_or("the bare loop has no output")?;
    BufReader::new(stdout).read_line(&mut said).await?;
    Ok((child, said.trim().parse()?))
}
