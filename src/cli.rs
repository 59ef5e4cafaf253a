//! The commands. Each works beside a running server; only a second `serve` on one SQLite file is refused.

mod account;
mod demo;
mod event;
mod serve;
mod table;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rustix::fs::Mode;

use crate::config::{Config, DEFAULT_LOG};
use crate::db::Db;
use crate::domain::clock::Clock;

use table::print_list;

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
}

/// Why a command failed, in words for its user.
type Outcome = Result<(), String>;

/// Runs one command. Exit codes: 0 done, 1 failed, 2 usage.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    // Whatever is written is its owner's alone: the database, its key, mails, and the folders that hold them.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    // What the demo prints is for a newcomer, who did not ask for a log.
    let quiet = matches!(cli.command, Some(Command::Demo(_))) && cli.config.log == DEFAULT_LOG;
    let filter = if quiet { "warn" } else { &cli.config.log };
    let done = crate::logs::init(filter, cli.config.log_format).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("the runtime cannot start: {error}"))?;
        runtime.block_on(dispatch(cli))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("ringpost: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Outcome {
    let config = cli.config;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config).await,
        Command::Demo(demo) => demo.run(config).await,
        Command::User(command) => command.run(&config).await,
        Command::Account(command) => command.run(&config).await,
        Command::Token(command) => command.run(&config).await,
        Command::Event(command) => command.run(config).await,
    }
}

/// What most commands need.
struct CommandContext {
    db: Db,
    clock: Clock,
}

impl CommandContext {
    async fn open(config: &Config) -> Result<Self, String> {
        let db = Db::open(&config.database_url()?).await.map_err(|error| error.to_string())?;
        Ok(Self { db, clock: Clock::system() })
    }
}

/// Turns an error of any layer into words for the terminal.
fn error_text(error: impl Into<crate::error::Error>) -> String {
    match error.into() {
        crate::error::Error::Internal(cause) => cause.to_string(),
        other => other.message().to_owned(),
    }
}
