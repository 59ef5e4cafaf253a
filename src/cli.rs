//! The commands. Each works beside a running server; only a second `serve` on one SQLite file is refused.

mod account;
mod backup;
mod deliveries;
mod demo;
mod doctor;
mod event;
mod healthcheck;
mod key;
mod output;
mod serve;
mod settings;
mod shell;
mod supervisor;
mod table;
mod token;
mod usage;
mod user;
mod vacuum;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use rustix::fs::Mode;

use crate::access::{
    Caller, Gate, MayAdminister, OperatorPermit, Passwords, Permit, authorize, authorize_operator,
};
use crate::actions::Records;
use crate::config::{Config, DEFAULT_LOG};
use crate::db::{self, Db};
use crate::domain::clock::Clock;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::logs;

use output::say;
use table::print_list;

pub use usage::read;

/// Notifications & Webhooks for a platform: the settings page and the dispatcher behind it.
#[derive(Parser)]
#[command(name = "ringpost", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve,
    /// Show everything in a minute: temporary data, a receiver, an admin login, one event of each type
    ///
    /// The demo keeps its data in a temporary folder, so --database-url, --data-dir and --secret-key-file are
    /// not used. Mails are written to files there, or sent through --smtp-url; the demo's addresses end in
    /// .example, which nobody can own. Without --log, only warnings are logged.
    Demo(demo::Demo),
    /// People who may sign in
    #[command(subcommand)]
    User(user::UserCommand),
    /// Accounts: the organizations on the platform
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// API tokens
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Events
    #[command(subcommand)]
    Event(event::EventCommand),
    /// The log: what became of events, and sending it again
    #[command(subcommand)]
    Deliveries(deliveries::DeliveriesCommand),
    /// An account's settings as a file
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    /// Look at everything that a server needs, and say what is wrong: exit code 0 if nothing is, 1 if something is
    Doctor(doctor::Doctor),
    /// Copy the SQLite database into a file while the server runs, and look through the copy
    Backup(backup::Backup),
    /// Go on from a backup: put it in place, and set to rest what was under way when it was made
    Restore(backup::Restore),
    /// Give back the room in the SQLite file that deleted rows have left; with the server stopped
    Vacuum,
    /// The keys that seal secrets at rest
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Ask the server at --listen whether it can do its work: exit code 0 if so, 1 if not
    Healthcheck,
    /// Print a shell's completions
    Completions(shell::Completions),
    /// Print the manual page, or write those of all commands
    Man(shell::Manual),
}

/// A command waits so long for a database that hangs, or that another one is bringing up to date.
const OPENS_WITHIN: Duration = Duration::from_mins(2);

/// Runs one command. Exit codes: 0 done, 1 failed, 2 usage.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    // Whatever is written is its owner's alone: the database, its key, mails, and the folders that hold them.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    // What the demo prints is for a newcomer, who did not ask for a log.
    let quiet = matches!(cli.command, Some(Command::Demo(_))) && cli.config.log == DEFAULT_LOG;
    let filter = if quiet { "warn" } else { &cli.config.log };
    let serves = matches!(cli.command, None | Some(Command::Serve));
    let done = logs::init(filter, serves, cli.config.log_format).map_err(Error::startup).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::startup(format!("the runtime cannot start: {}", trouble(&error))))?;
        runtime.block_on(dispatch(cli))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringpost: {}", terminal_text(&error));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<()> {
    let config = cli.config;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config).await,
        Command::Demo(demo) => demo.run(config).await,
        Command::User(command) => command.run(config).await,
        Command::Account(command) => command.run(&config).await,
        Command::Token(command) => command.run(&config).await,
        Command::Event(command) => command.run(config).await,
        Command::Deliveries(command) => command.run(config).await,
        Command::Settings(command) => command.run(config).await,
        Command::Doctor(doctor) => doctor.run(&config).await,
        Command::Backup(backup) => backup.run(&config).await,
        Command::Restore(restore) => restore.run(&config).await,
        Command::Vacuum => vacuum::run(&config).await,
        Command::Key(command) => command.run(&config).await,
        Command::Healthcheck => healthcheck::run(&config).await,
        Command::Completions(completions) => completions.run(),
        Command::Man(manual) => manual.run(),
    }
}

/// What most commands need: the database, and the proof that whoever can open it is an operator.
struct CommandContext {
    records: Records,
    operator: OperatorPermit,
}

impl CommandContext {
    /// The database; a command that `creates` something may make it, any other needs one to be there.
    async fn open(config: &Config, creates: bool) -> Result<Self> {
        let opened = async {
            let url = database(config, creates).await?;
            Db::open(&url).await.map_err(Error::startup)
        };
        let Ok(opened) = tokio::time::timeout(OPENS_WITHIN, opened).await else {
            return Err(Error::startup(format!(
                "the database has not answered within {} seconds: `ringpost doctor` looks at it",
                OPENS_WITHIN.as_secs()
            )));
        };
        let db = opened?;
        let records = Records { db, clock: Clock::system(), passwords: Passwords::default() };
        Ok(Self { records, operator: authorize_operator(&Caller::CommandLine)? })
    }

    async fn account(&self, id: i64) -> Result<Permit<MayAdminister>> {
        account(&self.records, id).await
    }
}

/// The URL of a database that a command may open: one that is there, unless it `creates` something, and on which no
/// server of another version runs.
async fn database(config: &Config, creates: bool) -> Result<String> {
    let url = config.database_url().map_err(Error::startup)?;
    if let Some(missing) = db::missing_file(&url).filter(|_| !creates) {
        return Err(Error::startup(format!(
            "there is no database at {}: check --data-dir and --database-url, or start `ringpost serve` first",
            missing.display()
        )));
    }
    db::check_beside_server(&url).await.map_err(Error::startup)?;
    Ok(url)
}

/// The permit for an account that a command names.
async fn account<G: Gate>(records: &Records, id: i64) -> Result<Permit<G>> {
    let found = authorize(&records.db, &Caller::CommandLine, id).await;
    found.map_err(or_missing(|| format!("there is no account {id}: `ringpost account list` shows them")))
}

/// Says what is missing in the command's words, and where to look.
fn or_missing(words: impl FnOnce() -> String) -> impl FnOnce(Error) -> Error {
    |error| if matches!(error, Error::NotFound(_)) { Error::NotFound(words()) } else { error }
}

/// An error as the terminal shows it, after the program's name: each wrong field on a line of its own.
fn terminal_text(error: &Error) -> String {
    match error.fields().filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            let lines: Vec<String> = fields.iter().map(|field| after_a_name(&field.sentence())).collect();
            lines.join("\n          ")
        }
        None => after_a_name(&error.to_string()),
    }
}

/// `PostgreSQL`, `SQLite`: more than the first letter is large.
fn is_proper_name(sentence: &str) -> bool {
    let word = sentence.split(' ').next().unwrap_or_default();
    word.chars().filter(|letter| letter.is_uppercase()).count() > 1
}

/// A sentence that goes on behind the program's name: `ringpost: there is …`. An abbreviation keeps its size.
fn after_a_name(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() && !is_proper_name(sentence) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}
