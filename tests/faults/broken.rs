//! Builds that break an invariant on purpose, which the check has to catch.

use std::time::Instant;

use super::check::{Finding, Invariant};
use super::options::Options;
use super::run;

/// A fault of a build with `--features fault-injection`.
struct Fault {
    name: &'static str,
    /// Whether this shows it.
    shown_by: fn(&Finding) -> bool,
}

const FAULTS: [Fault; 3] = [
    Fault {
        name: "answer-before-commit",
        shown_by: |found| {
            found.invariant == Invariant::NothingLost && found.what.contains("answered 202 and is not stored")
        },
    },
    Fault { name: "mark-after-send", shown_by: |found| found.invariant == Invariant::AtMostOnce },
    Fault {
        name: "outcome-dropped",
        shown_by: |found| matches!(found.invariant, Invariant::OneFinalState | Invariant::NoFalseSuccess),
    },
];

/// Answers how many were caught, and how many were not.
pub async fn all_are_caught(options: &Options, seed: u64) -> (u32, u32) {
    if !cfg!(feature = "fault-injection") {
        println!("--broken needs a build with --features fault-injection");
        return (0, 3);
    }
    let (mut passed, mut failed) = (0, 0);
    for Fault { name, shown_by } in FAULTS {
        let began = Instant::now();
        let report = run::run(options, seed, Some(name)).await;
        println!("{report}");
        let caught: Vec<_> = report.findings.iter().filter(|finding| shown_by(finding)).collect();
        println!("{name}: caught {} times in {:.1} s", caught.len(), began.elapsed().as_secs_f64());
        match caught.first() {
            Some(finding) => {
                println!("  round {}: {}", finding.round, finding.what);
                passed += 1;
            }
            None => failed += 1,
        }
    }
    (passed, failed)
}
