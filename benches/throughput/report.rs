//! The table, and the same as JSON.

use serde_json::{Map, Value, json};

use crate::Result;
use crate::figures::{BARE, Figures, Spread};
use crate::flags::{Flags, Program};
use crate::goals::{Goal, LINES, Line};
use crate::machine;

/// Prints the table and writes the JSON.
pub fn write(flags: &Flags, programs: &[Program], figures: &Figures) -> Result<()> {
    println!("\n{}; {} repetitions; {}", machine::description(), flags.repeat, build());
    if flags.postgres.is_some() {
        println!("on PostgreSQL; goals are those of SQLite, but for the lines that name PostgreSQL");
    }
    let names = programs.iter().map(|program| program.name.as_str());
    let subjects: Vec<&str> = std::iter::once(BARE).chain(names).collect();
    for subject in &subjects {
        print_table(subject, figures);
    }
    let faults = figures.faults;
    println!("\nlost {}, doubled {}", faults.lost, faults.doubled);
    let measured: Map<String, Value> =
        subjects.iter().map(|subject| ((*subject).to_owned(), lines_json(subject, figures))).collect();
    let report = json!({
        "machine": machine::description(),
        "build": build(),
        "database": if flags.postgres.is_some() { "PostgreSQL" } else { "SQLite" },
        "programs": programs.iter().map(|program| &program.name).collect::<Vec<_>>(),
        "repetitions": flags.repeat,
        "seconds": flags.seconds,
        "lost": faults.lost,
        "doubled": faults.doubled,
        "figures": measured,
        "pages": figures.pages,
        "plans": figures.plans,
    });
    let path = flags.json();
    std::fs::write(&path, format!("{report:#}\n"))?;
    println!("written to {}", path.display());
    Ok(())
}

fn build() -> &'static str {
    if cfg!(debug_assertions) { "benchmark itself not optimised: compare nothing" } else { "release build" }
}

fn print_table(subject: &str, figures: &Figures) {
    let lines: Vec<&Line> = LINES.iter().filter(|line| figures.spread(subject, line.key).is_some()).collect();
    if lines.is_empty() {
        return;
    }
    let head = ("min", "median", "max", "unit", "to bare", "goal");
    println!(
        "\n{subject:<54} {:>9} {:>9} {:>9} {:<7} {:>8}  {}",
        head.0, head.1, head.2, head.3, head.4, head.5
    );
    for line in lines {
        let Some(spread) = figures.spread(subject, line.key) else { continue };
        let [min, median, max] = [spread.min, spread.median, spread.max].map(short);
        let ratio = ratio(line, subject, figures).map_or_else(String::new, ratio_text);
        let goal = line.goal.map_or_else(String::new, |goal| goal_text(goal, spread.median));
        let row =
            format!("{:<54} {min:>9} {median:>9} {max:>9} {:<7} {ratio:>8}  {goal}", line.what, line.unit);
        println!("{}", row.trim_end());
    }
}

fn ratio(line: &Line, subject: &str, figures: &Figures) -> Option<f64> {
    let bare = figures.spread(BARE, line.bare?)?.median;
    (bare > 0.0).then(|| figures.spread(subject, line.key).map(|spread| spread.median / bare))?
}

fn ratio_text(ratio: f64) -> String {
    if ratio < 1.0 { format!("1/{:.1}", 1.0 / ratio) } else { format!("{ratio:.1}×") }
}

fn goal_text(goal: Goal, median: f64) -> String {
    let (sign, value) = match goal {
        Goal::AtLeast(value) => ('≥', value),
        Goal::AtMost(value) => ('≤', value),
    };
    let verdict = if goal.is_met(median) { "met" } else { "not met" };
    format!("{sign} {} {verdict}", short(value))
}

/// A figure as people read it: three digits that mean something.
pub fn short(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.1}k", value / 1_000.0),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

fn lines_json(subject: &str, figures: &Figures) -> Value {
    let line = |line: &Line| {
        let Spread { min, median, max } = figures.spread(subject, line.key)?;
        let goal = line.goal.map(|goal| match goal {
            Goal::AtLeast(value) => json!({ "at_least": value }),
            Goal::AtMost(value) => json!({ "at_most": value }),
        });
        let entry = json!({
            "what": line.what.trim_start(),
            "unit": line.unit,
            "min": min,
            "median": median,
            "max": max,
            "values": figures.of(subject, line.key),
            "to_bare": ratio(line, subject, figures),
            "goal": goal,
        });
        Some((line.key.to_owned(), entry))
    };
    Value::Object(LINES.iter().filter_map(line).collect())
}
