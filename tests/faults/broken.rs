//! Builds that break an invariant on purpose, which the check has to catch.

use std::time::Instant;

use super::check::Invariant;
use super::options::Options;
use super::run;

/// Each fault of a build with `--features fault-injection`, and what it breaks.
const FAULTS: [(&str, &[Invariant]); 3] = [
    ("answer-before-commit", &[Invariant::NothingLost]),
    ("mark-after-send", &[Invariant::AtMostOnce]),
    ("outcome-dropped", &[Invariant::OneFinalState, Invariant::NoFalseSuccess]),
];

/// Answers how many were caught, and how many were not.
pub async fn all_are_caught(options: &Options, seed: u64) -> (u32, u32) {
    if !cfg!(feature = "fault-injection") {
        println!("--broken needs a build with --features fault-injection");
        return (0, 3);
    }
    let (mut passed, mut failed) = (0, 0);
    for (fault, breaks) in FAULTS {
        let began = Instant::now();
        let report = run::run(options, seed, Some(fault)).await;
        println!("{report}");
        let caught = report.findings.iter().filter(|finding| breaks.contains(&finding.invariant));
        let (count, first) = (caught.clone().count(), caught.clone().next());
        println!("{fault}: caught {count} times in {:.1} s", began.elapsed().as_secs_f64());
        match first {
            Some(finding) => {
                println!("  round {}: {}", finding.round, finding.what);
                passed += 1;
            }
            None => failed += 1,
        }
    }
    (passed, failed)
}
