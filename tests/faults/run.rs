//! One run: prepare, kill and start again, come to rest, check.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::watch;

use super::check::{self, Finding, Invariant, Report, Rest};
use super::client::{ACCOUNTS, Load, Phase, rules};
use super::http::Call;
use super::journal::Journal;
use super::killer;
use super::log::Log;
use super::options::Options;
use super::place::Place;
use super::receiver::{self, PATIENCE};
use super::server::{self, Server};
use super::sink;

/// How long a good answer takes, by account.
const SLOWEST_MS: [u64; 3] = [2, 40, 250];
/// How often the database is asked whether everything has come to rest.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// More deliveries than this may not wait when a round begins: a debug build takes events faster than it sends.
const BACKLOG: i64 = 300;
/// How much of a long list of findings is printed.
const SHOWN: usize = 12;

/// Runs, prints what was found, and answers how many rounds passed and failed.
pub async fn and_tell(options: &Options, seed: u64) -> (u32, u32) {
    let began = Instant::now();
    let report = run(options, seed, None).await;
    println!("{report}");
    for invariant in Invariant::ALL {
        let found: Vec<&Finding> =
            report.findings.iter().filter(|found| found.invariant == *invariant).collect();
        println!(
            "{invariant}: {}",
            if found.is_empty() { "held".into() } else { format!("BROKEN {} times", found.len()) }
        );
        for finding in found.iter().take(SHOWN) {
            println!("  round {}: {}", finding.round, finding.what);
        }
    }
    println!("took {:.1} s, --seed {seed}", began.elapsed().as_secs_f64());
    let failed = report.failed_rounds();
    (options.rounds - failed, failed)
}

/// One run, with a fault switched on in a build that has any.
pub async fn run(options: &Options, seed: u64, fault: Option<&'static str>) -> Report {
    let place = Place::fresh().await;
    let journal = Arc::new(Journal::default());
    let mut receivers = Vec::new();
    for (number, slowest_ms) in (1..).zip(SLOWEST_MS) {
        receivers.push(receiver::start(Arc::clone(&journal), seed.wrapping_add(number), slowest_ms).await);
    }
    let mail = format!("smtp://{}", sink::start(Arc::clone(&journal), seed.wrapping_add(9)).await);
    let patience = format!("{}s", PATIENCE.as_secs());
    let settings = [
        "--smtp-url",
        &mail,
        "--webhook-timeout",
        &patience,
        "--allow-network",
        "127.0.0.0/8",
        "--rate-limit",
        "off",
    ];
    let tokens = accounts(options, &place).await;
    let mut servers = Vec::new();
    for number in 1..=options.instances() {
        let mut server = Server::new(options, &place, number, &settings, fault).await;
        server.start().await.unwrap();
        servers.push(server);
    }
    save_rules(servers[0].address, &tokens.admin, &receivers).await;

    let (up, is_up) = watch::channel(addresses(&servers, &[]));
    let (phase, in_phase) = watch::channel(Phase::new(1, false, 1));
    let load = Arc::new(Load {
        journal: Arc::clone(&journal),
        token: tokens.ingest,
        servers: is_up,
        seed,
        phase: in_phase,
        next_number: AtomicU64::new(1),
    });
    let programs = load.start();
    let log = Log::open(&place).await;
    let mut findings = Vec::new();
    let mut dice = StdRng::seed_from_u64(seed);
    for round in 1..=options.rounds {
        catch_up(&log, options.settle_within()).await;
        phase.send_replace(Phase::new(round, false, load.next_number.load(Ordering::Relaxed)));
        let trouble = kill_and_start(round, &mut dice, &mut servers, &journal, &up).await;
        let finding = |what| Finding { invariant: Invariant::Process, round, what };
        findings.extend(trouble.into_iter().map(finding));
    }
    phase.send_replace(Phase::new(options.rounds, true, load.next_number.load(Ordering::Relaxed)));
    programs.join_all().await;

    let rest = come_to_rest(&log, options.settle_within()).await;
    let no_ones = Finding::of_owners(options.rounds, &log.orphans().await);
    // From here on nothing changes: a mail's next try may have been due at any moment.
    for server in &mut servers {
        if let Err(why) = server.terminate().await {
            findings.push(Finding { invariant: Invariant::Process, round: options.rounds, what: why });
        }
    }
    findings.extend(no_ones);
    findings.extend(Finding::of_ended_owners(options.rounds, log.instances().await, &log.owned().await));
    let report = check::check(&journal.entries(), &log.events().await, &log.deliveries().await, &rest);
    log.close().await;
    if options.keep {
        println!("kept: {}", place.folder.display());
    } else {
        place.forget().await;
    }
    report.and(findings)
}

struct Tokens {
    ingest: String,
    admin: String,
}

async fn accounts(options: &Options, place: &Place) -> Tokens {
    for account in ACCOUNTS.map(|account| account.to_string()) {
        let (environment, contact) = (format!("prod-{account}"), format!("contact@{account}.example"));
        let add = [
            "account",
            "add",
            "--id",
            &account,
            "--name",
            "Acme Corp",
            "--environment",
            &environment,
            "--contact-name",
            "Dana Ito",
            "--contact-email",
            &contact,
        ];
        server::run(options, place, &add).await;
    }
    let token = async |role| {
        let create = ["token", "create", "--all-accounts", "--role", role, "--name", "kill loop"];
        server::run(options, place, &create).await
    };
    Tokens { ingest: token("ingest").await, admin: token("admin").await }
}

async fn save_rules(server: SocketAddr, token: &str, receivers: &[SocketAddr]) {
    for (account, receiver) in ACCOUNTS.into_iter().zip(receivers) {
        let path = format!("/v1/organizations/org_{account}/knowledge/connectors/notifications");
        let body = rules(account, *receiver).to_string();
        let call = Call { method: "PUT", path: &path, token, idempotency_key: "", body };
        let answer = call.send(server).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// One round. Answers what went wrong beside the invariants.
async fn kill_and_start(
    round: u32,
    dice: &mut StdRng,
    servers: &mut [Server],
    journal: &Journal,
    up: &watch::Sender<Vec<SocketAddr>>,
) -> Vec<String> {
    let mut trouble = Vec::new();
    let moment = killer::wait(journal, dice).await.unwrap_or_else(|why| {
        trouble.push(why.clone());
        why
    });
    let chosen = killer::choose(servers, dice);
    trouble.extend(killer::kill(servers, &chosen, journal).await);
    up.send_replace(addresses(servers, &chosen));
    let began = Instant::now();
    for &number in &chosen {
        if let Err(why) = servers[number].start().await {
            trouble.push(format!("server {} did not start again: {why}", number + 1));
        }
    }
    up.send_replace(addresses(servers, &[]));
    let seconds = began.elapsed().as_secs_f64();
    println!("round {round}: killed {chosen:?} after {moment}, up again in {seconds:.2} s");
    trouble
}

/// Waits until not too much is waiting, or until the time is up.
async fn catch_up(log: &Log, within: Duration) {
    let began = Instant::now();
    while log.waiting().await > BACKLOG && began.elapsed() < within {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn addresses(servers: &[Server], dead: &[usize]) -> Vec<SocketAddr> {
    let up = servers.iter().enumerate().filter(|(number, _)| !dead.contains(number));
    up.map(|(_, server)| server.address).collect()
}

/// Waits until nothing is being sent and nothing is due, or until the time is up: the check then says so.
async fn come_to_rest(log: &Log, within: Duration) -> Rest {
    let began = Instant::now();
    let mut rest = Rest { at: log.now().await, stuck: log.unsettled().await };
    while !rest.stuck.is_empty() && began.elapsed() < within {
        tokio::time::sleep(LOOK_EVERY).await;
        rest = Rest { at: log.now().await, stuck: log.unsettled().await };
    }
    println!("came to rest in {:.1} s, {} left", began.elapsed().as_secs_f64(), rest.stuck.len());
    rest
}
