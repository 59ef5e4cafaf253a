//! Ringpost: a platform's *Notifications & Webhooks* page and the dispatcher behind it.
//!
//! The guided tour goes through the house from the ground up; each room knows only the floors below its own.
//! To follow one event instead, start at `POST /api/v1/events` in [`api`], go down to the action that accepts
//! it ([`actions`]), see it written as one row per recipient ([`db`]), and meet it again where [`dispatch`]
//! takes those rows and [`send`] lets them leave.

/// What is true, without any input or output: accounts, events, who hears about which, what a delivery's states
/// mean, how long to wait before a retry. Text comes in and is parsed once, into types that cannot be wrong;
/// decisions go out as values. No database, network or clock of its own, so all of it is tested by calling it.
pub mod domain;
/// Secrets at rest. A secret and the name of the cell that will hold it come in, ciphertext that opens nowhere
/// else goes out. The keys live in a file beside the data and never leave this room.
pub mod vault;

/// The one error that a request or command ends in, sorted by what the caller can do about it. What the rooms
/// below report comes in; status, code, sentence and the fields that are wrong go out, for each door to show.
pub mod error;
/// What is said while the program runs, as text for people or JSON for machines. A request's id comes in here
/// and goes out in its log lines, its answer and its error body.
pub mod logs;
/// What is counted while the program runs. Numbers come in from wherever things happen; one page goes out, for
/// Prometheus. The table of figures says what each means.
pub mod metrics;

/// What is kept: one SQL text, run natively on SQLite or PostgreSQL. Typed values come in, typed rows go out,
/// one small function per question; nobody else writes SQL. What was answered is on disk.
pub mod db;
/// How a message leaves: over HTTP through the one client that refuses internal addresses, or as a mail. A
/// target and its content come in; whatever the network says goes out as an outcome, never as an error.
pub mod send;

/// Who is asking, and whether they may. Passwords, tokens and sessions' owners come in; a proof of what the
/// caller may do in which account goes out, and without one no action runs.
pub mod access;
/// The settings of a running server. Flags and environment variables come in, checked once; typed values go
/// out. Its fields' documentation is what `--help` prints.
pub mod config;
/// The dispatcher. Accepted events come in and become rows of the outbox, those of this process in memory too; each
/// is handed to [`send`] when its turn comes, between two transactions, and how it ended is kept until it is
/// stored. After a crash it picks up what was left.
pub mod dispatch;

/// Everything that can be asked of Ringpost, once: who may, what happens, what is answered. A caller and a
/// parsed input come in, a result goes out; the handles that a running server shares ([`actions::App`]) live
/// here too. Pages, APIs and commands are three doors to it.
pub mod actions;

/// The style sheet, the script and the favicon, compiled in. The name of a file goes out with its content's
/// hash, so that browsers may keep it for ever.
pub mod assets;
/// Who is signed in. A cookie comes in, a person goes out; kept in the database, so that a restart signs
/// nobody out and a new password signs everybody out.
pub mod session;

/// What programs ask for. JSON comes in and is parsed into an action's input; the result goes out as JSON, a
/// refusal as the one envelope. The OpenAPI document is made from the same types.
pub mod api;
/// What people see and press. A form comes in and is parsed into an action's input; a page goes out, or the
/// same page with what to change beside each field. `templates/` mirrors this room.
pub mod web;

/// The server around both. Connections come in and get a time limit, a size limit and an id; every answer goes
/// out with the same security headers and one log line, and a stop lets what is in flight end.
pub mod server;

/// The commands. Arguments come in, text or JSON goes out, and the exit code says whether it worked. Each works
/// beside a running server; `serve`, the default, is one of them.
pub mod cli;
