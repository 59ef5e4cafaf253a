//! Every line of the table: what is measured, which bare loop it is held against, and its goal.

/// A line of the table, in the table's order.
pub struct Line {
    pub key: &'static str,
    pub what: &'static str,
    pub unit: &'static str,
    /// The bare loop's figure that a ratio is taken to.
    pub bare: Option<&'static str>,
    pub goal: Option<Goal>,
}

/// What the figure should be. It is printed; nothing fails by it.
#[derive(Clone, Copy)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
        }
    }
}

use Goal::{AtLeast, AtMost};

const fn line(key: &'static str, what: &'static str, unit: &'static str) -> Line {
    Line { key, what, unit, bare: None, goal: None }
}

impl Line {
    const fn beside(self, bare: &'static str) -> Self {
        Self { bare: Some(bare), ..self }
    }

    const fn goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }
}

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    line("busy", "how busy the machine was before each part", "%"),
    line("bare.hyper", "hyper loop, 32 in flight", "POST/s"),
    line("bare.hyper.cpu", "  its CPU per 1,000", "ms"),
    line("bare.reqwest", "reqwest loop, 32 in flight", "POST/s"),
    line("bare.reqwest.cpu", "  its CPU per 1,000", "ms"),
    line("bare.reqwest.1", "reqwest loop, one at a time", "POST/s"),
    line("bare.reqwest.p50", "reqwest, 50/s, p50", "ms"),
    line("bare.reqwest.p99", "reqwest, 50/s, p99", "ms"),
    line("bare.axum", "axum parses the JSON, 64 connections", "req/s"),
    line("bare.axum.cpu", "  its CPU per 1,000", "ms"),
    line("bare.mail", "lettre loop, 16 connections", "mails/s"),
    line("bare.mail.cpu", "  its CPU per 1,000", "ms"),

    line("accept.1", "events accepted, 1 connection", "/s").beside("bare.axum"),
    line("accept.8", "events accepted, 8 connections", "/s").beside("bare.axum"),
    line("accept.32", "events accepted, 32 connections", "/s").beside("bare.axum"),
    line("accept.64", "events accepted, 64 connections", "/s").beside("bare.axum").goal(AtLeast(20_000.0)),
    line("deliver.1", "events delivered (webhook and mail), 1 connection", "/s").beside("bare.reqwest.1"),
    line("deliver.8", "events delivered, 8 connections", "/s").beside("bare.reqwest"),
    line("deliver.32", "events delivered, 32 connections", "/s").beside("bare.reqwest"),
    line("deliver.64", "events delivered, 64 connections", "/s").beside("bare.reqwest").goal(AtLeast(6_000.0)),
    line("deliver.share", "  of the bare reqwest loop", "%").goal(AtLeast(100.0 / 12.0)),
    line("cpu.1", "CPU per 1,000 events, one at a time", "ms").beside("bare.reqwest.cpu").goal(AtMost(600.0)),
    line("cpu.64", "CPU per 1,000 events, at capacity", "ms").beside("bare.reqwest.cpu").goal(AtMost(200.0)),
    line("postgres.commits", "PostgreSQL commits per 100 events, at capacity", "").goal(AtMost(3.0)),
    line("postgres.sqlite", "events delivered on SQLite, 64 connections", "/s"),
    line("postgres.share", "  PostgreSQL’s of that", "%").goal(AtLeast(50.0)),
    line("e2e.50.p50", "end to end at 50/s, p50", "ms").beside("bare.reqwest.p50").goal(AtMost(1.8)),
    line("e2e.50.p99", "end to end at 50/s, p99", "ms").beside("bare.reqwest.p99").goal(AtMost(5.0)),
    line("e2e.400.p50", "end to end at 400/s, p50", "ms").beside("bare.reqwest.p50").goal(AtMost(2.0)),
    line("e2e.400.p99", "end to end at 400/s, p99", "ms").beside("bare.reqwest.p99").goal(AtMost(10.0)),
    line("start", "start to ready, empty", "ms").goal(AtMost(60.0)),
    line("memory.idle", "memory at the start", "MB").goal(AtMost(25.0)),
    line("memory.signed-in", "memory after a sign-in", "MB").goal(AtMost(25.0)),
    line("memory.after", "memory after the load", "MB"),
    line("memory.peak", "memory at the peak", "MB").goal(AtMost(150.0)),

    line("dead.idle.p50", "good account alone at 50/s, p50", "ms"),
    line("dead.idle.p99", "good account alone at 50/s, p99", "ms"),
    line("dead.p50", "the same beside dead receivers, p50", "ms"),
    line("dead.p99", "the same beside dead receivers, p99", "ms"),
    line("dead.ratio", "  p99 beside dead receivers to p99 alone", "times").goal(AtMost(2.0)),
    line("dead.memory", "memory beside dead receivers", "MB"),

    line("slow.cold", "receiver of 200 ms, the first 300 events", "/s"),
    line("slow.grown", "receiver of 200 ms, 300 events once its lane has grown", "/s").goal(AtLeast(250.0)),

    line("flood.capacity", "capacity before the flood", "/s"),
    line("flood.accepted", "the flood’s accepted events", "/s"),
    line("flood.share", "  of the capacity", "times"),
    line("flood.oldest", "longest wait in the flood", "s"),
    line("flood.behind", "  of the time until all had arrived", "times"),
    line("flood.overtaken", "an event was overtaken by at most", "events"),
    line("trickle.p50", "trickle of another account, p50", "ms"),
    line("trickle.p99", "trickle of another account, p99", "ms").goal(AtMost(50.0)),

    line("mails", "mails, 20 per event", "/s").beside("bare.mail").goal(AtLeast(6_000.0)),
    line("mails.cpu", "  CPU per 1,000 mails", "ms").beside("bare.mail.cpu").goal(AtMost(150.0)),

    line("accounts.one", "CPU per 1,000 events with a mail, one account", "ms"),
    line("accounts.many", "CPU per 1,000 events with a mail, many accounts", "ms"),
    line("accounts.growth", "  many accounts to one", "times").goal(AtMost(1.1)),
    line("accounts.memory", "memory with them", "MB"),

    line("log.start", "start to ready over the long log", "ms").goal(AtMost(300.0)),
    line("log.settings", "settings page while events flow, p50", "ms").goal(AtMost(1.0)),
    line("log.page", "log’s first page, slowest filter’s p50", "ms").goal(AtMost(10.0)),
    line("log.search", "slowest search, p50", "ms").goal(AtMost(50.0)),
    line("log.detail", "slowest delivery or event, p50", "ms").goal(AtMost(10.0)),
    line("log.api", "slowest list for programs, p50", "ms").goal(AtMost(10.0)),
    line("log.recover", "slowest count before a recovery, p50", "ms"),
    line("log.slow", "pages slower than their limit", "").goal(AtMost(0.0)),
    line("log.scans", "statements that read the log from end to end", "").goal(AtMost(0.0)),
    line("log.cpu.empty", "CPU per 1,000 events, empty log", "ms"),
    line("log.cpu", "CPU per 1,000 events, long log", "ms"),
    line("log.growth", "  long log to empty", "times").goal(AtMost(1.1)),
    line("log.pending", "deliveries pending behind a dead receiver", ""),
    line("log.pending.memory", "memory with them", "MB").goal(AtMost(150.0)),
    line("log.pending.start", "start to ready with them", "ms").goal(AtMost(300.0)),
    line("log.pending.started", "memory after that start", "MB").goal(AtMost(150.0)),
];
