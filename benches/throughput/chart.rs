//! docs/bench.svg, drawn from target/bench.json.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::figures::BARE;
use crate::flags::target;
use crate::report::short;
use crate::{BenchError, Result};

const WIDTH: f64 = 760.0;
const LABEL: f64 = 190.0;
const BAR: f64 = 400.0;
const ROW: f64 = 24.0;
/// What a figure beside its bar takes.
const ROOM: f64 = 60.0;
const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #1f2937 } .head { font-weight: 600 }
.small { font-size: 11px; fill: #4b5563 } .bar { fill: #93b4f5 } .spread { stroke: #1e3a8a; stroke-width: 2 }
.goal { stroke: #b45309; stroke-width: 1.5; stroke-dasharray: 3 2 }";

/// A group of bars that share a scale: figures' keys and their names.
struct Panel {
    title: &'static str,
    bars: &'static [(&'static str, &'static str)],
}

const PANELS: [Panel; 4] = [
    Panel {
        title: "Events accepted per second: the answer leaves when they are on disk",
        bars: &[
            ("accept.1", "1 connection"),
            ("accept.8", "8 connections"),
            ("accept.32", "32 connections"),
            ("accept.64", "64 connections"),
        ],
    },
    Panel {
        title: "Events delivered per second: a webhook and a mail each, logged",
        bars: &[
            ("deliver.1", "1 connection"),
            ("deliver.8", "8 connections"),
            ("deliver.32", "32 connections"),
            ("deliver.64", "64 connections"),
        ],
    },
    Panel {
        title: "From due to received, milliseconds",
        bars: &[
            ("e2e.50.p50", "50 per second, p50"),
            ("e2e.50.p99", "50 per second, p99"),
            ("e2e.400.p50", "400 per second, p50"),
            ("e2e.400.p99", "400 per second, p99"),
        ],
    },
    Panel {
        title: "CPU milliseconds per 1,000 events",
        bars: &[("cpu.1", "one at a time"), ("cpu.64", "at capacity")],
    },
];

/// What the chart reads of the report.
#[derive(Deserialize)]
struct Report {
    machine: String,
    build: String,
    database: String,
    programs: Vec<String>,
    repetitions: u8,
    figures: BTreeMap<String, BTreeMap<String, Bar>>,
}

#[derive(Deserialize)]
struct Bar {
    min: f64,
    median: f64,
    max: f64,
    goal: Option<BTreeMap<String, f64>>,
}

impl Bar {
    fn goal(&self) -> Option<f64> {
        self.goal.as_ref()?.values().next().copied()
    }
}

/// Draws the first program of the newest quick set.
pub fn draw() -> Result<()> {
    let from = target().join("bench.json");
    let text = std::fs::read_to_string(&from)
        .map_err(|error| BenchError::from(format!("{}: {error}: run `cargo bench` first", from.display())))?;
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bench.svg");
    std::fs::write(&to, svg(&serde_json::from_str(&text)?)?)?;
    println!("drawn to {}", to.display());
    Ok(())
}

fn svg(report: &Report) -> Result<String> {
    let program = report.programs.first().ok_or("the JSON names no program")?;
    let measured = report.figures.get(program).ok_or("the JSON has no figures of its first program")?;
    let mut body = String::new();
    let mut y = 30.0;
    for panel in &PANELS {
        y = draw_panel(&mut body, panel, measured, y)?;
    }
    let Report { machine, build, database, repetitions, .. } = report;
    text(&mut body, 16.0, y, "small", &format!("{machine}; {database}; {build}."))?;
    let mut how =
        format!("Median of {repetitions}, a line from the least to the most; the dashed line is the goal.");
    if let Some(bare) = report.figures.get(BARE).and_then(|bare| bare.get("bare.reqwest")) {
        write!(how, " A bare reqwest loop beside it: {} POST/s.", short(bare.median))?;
    }
    text(&mut body, 16.0, y + 16.0, "small", &how)?;
    let height = y + 32.0;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"How fast Ringpost is\">\n<style>{STYLE}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    ))
}

fn draw_panel(body: &mut String, panel: &Panel, measured: &BTreeMap<String, Bar>, mut y: f64) -> Result<f64> {
    let bars: Vec<(&str, &Bar)> =
        panel.bars.iter().filter_map(|(key, name)| Some((*name, measured.get(*key)?))).collect();
    let ends = bars.iter().flat_map(|(_, bar)| [Some(bar.max), bar.goal()]).flatten();
    let scale = BAR / ends.fold(f64::MIN_POSITIVE, f64::max);
    text(body, 16.0, y, "head", panel.title)?;
    for (name, bar) in bars {
        y += ROW;
        text(body, 32.0, y, "name", name)?;
        let (top, middle, width) = (y - 13.0, y - 5.0, bar.median * scale);
        let place = format!("x=\"{LABEL}\" y=\"{top}\" width=\"{width:.1}\" height=\"16\"");
        writeln!(body, "<rect class=\"bar\" {place} rx=\"2\"/>")?;
        let (least, most) = (LABEL + bar.min * scale, LABEL + bar.max * scale);
        line(body, "spread", [least, middle], [most, middle])?;
        let (mut label, mut end) = (short(bar.median), most);
        if let Some(goal) = bar.goal() {
            let x = LABEL + goal * scale;
            line(body, "goal", [x, top - 3.0], [x, top + 19.0])?;
            let words = format!("goal {}", short(goal));
            if x > end + ROOM {
                text(body, x + 6.0, y, "name", &words)?;
            } else {
                write!(label, " ({words})")?;
                end = end.max(x);
            }
        }
        text(body, end + 6.0, y, "name", &label)?;
    }
    Ok(y + ROW + 10.0)
}

fn line(body: &mut String, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> Result<()> {
    let ends = format!("x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"");
    Ok(writeln!(body, "<line class=\"{class}\" {ends}/>")?)
}

fn text(body: &mut String, x: f64, y: f64, class: &str, words: &str) -> Result<()> {
    let safe = words.replace('&', "&amp;").replace('<', "&lt;");
    Ok(writeln!(body, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{safe}</text>")?)
}
