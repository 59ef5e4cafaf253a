//! docs/bench.svg, drawn from target/bench.json.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::figures::{BARE, number};
use crate::flags::target;
use crate::report::short;
use crate::{BenchError, Result};

const WIDTH: f64 = 760.0;
const LABEL: f64 = 300.0;
const BAR: f64 = 360.0;
const ROW: f64 = 24.0;

/// A group of bars that share a scale. Rates grow from the left; the bare loops have a scale of their own, for
/// beside them nothing else could be seen.
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

/// Draws the first program of the newest quick set.
pub fn draw() -> Result<()> {
    let from = target().join("bench.json");
    let text = std::fs::read_to_string(&from)
        .map_err(|error| BenchError::from(format!("{}: {error}: run `cargo bench` first", from.display())))?;
    let report: Value = serde_json::from_str(&text)?;
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bench.svg");
    std::fs::write(&to, svg(&report)?)?;
    println!("drawn to {}", to.display());
    Ok(())
}

fn svg(report: &Value) -> Result<String> {
    let all = report["figures"].as_object().ok_or("the JSON has no figures")?;
    let (_, measured) = all.iter().find(|(name, _)| *name != BARE).ok_or("the JSON measured no program")?;
    let mut body = String::new();
    let mut y = 34.0;
    for panel in &PANELS {
        y = draw_panel(&mut body, panel, measured, y)?;
    }
    let bare = &all.get(BARE).map_or(&Value::Null, |bare| &bare["bare.reqwest"]["median"]);
    let footer = format!(
        "{}. {}. Median of {}, whiskers from the least to the most. A bare reqwest loop here: {} POST/s.",
        report["machine"].as_str().unwrap_or_default(),
        report["database"].as_str().unwrap_or_default(),
        report["repetitions"],
        short(bare.as_f64().unwrap_or_default()),
    );
    text(&mut body, 16.0, y, "small", &footer)?;
    let height = y + 18.0;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"How fast Ringpost is\">\n<style>text {{ font: 13px system-ui, sans-serif; fill: #1f2937 }} \
         .head {{ font-weight: 600 }} .small {{ font-size: 11px; fill: #4b5563 }} .bar {{ fill: #2563eb }} \
         .goal, .whisker {{ stroke: #111827; stroke-width: 1.5 }} .goal {{ stroke: #b45309; \
         stroke-dasharray: 3 2 }}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    ))
}

fn draw_panel(body: &mut String, panel: &Panel, measured: &Value, mut y: f64) -> Result<f64> {
    let bars: Vec<(&str, &Value)> = panel
        .bars
        .iter()
        .map(|(key, name)| (*name, &measured[*key]))
        .filter(|(_, bar)| bar.is_object())
        .collect();
    let goal = |bar: &Value| bar["goal"]["at_least"].as_f64().or_else(|| bar["goal"]["at_most"].as_f64());
    let longest = bars.iter().flat_map(|(_, bar)| [bar["max"].as_f64(), goal(bar)]).flatten();
    let scale = BAR / longest.fold(f64::MIN_POSITIVE, f64::max);
    text(body, 16.0, y, "head", panel.title)?;
    for (name, bar) in bars {
        y += ROW;
        let [min, median, max] =
            ["min", "median", "max"].map(|name| bar[name].as_f64().unwrap_or_default() * scale);
        text(body, 32.0, y, "name", name)?;
        let (top, middle) = (y - 13.0, y - 5.0);
        writeln!(
            body,
            "<rect class=\"bar\" x=\"{LABEL}\" y=\"{top}\" width=\"{median:.1}\" height=\"16\" rx=\"2\"/>"
        )?;
        let (from, to) = (LABEL + min, LABEL + max);
        writeln!(
            body,
            "<line class=\"whisker\" x1=\"{from:.1}\" y1=\"{middle}\" x2=\"{to:.1}\" y2=\"{middle}\"/>"
        )?;
        let mut label = short(bar["median"].as_f64().unwrap_or_default());
        let mut end = LABEL + median.max(max);
        if let Some(goal) = goal(bar) {
            let x = LABEL + goal * scale;
            let (above, below) = (top - 3.0, top + 19.0);
            writeln!(
                body,
                "<line class=\"goal\" x1=\"{x:.1}\" y1=\"{above}\" x2=\"{x:.1}\" y2=\"{below}\"/>"
            )?;
            write!(label, " (goal {})", short(goal))?;
            end = end.max(x);
        }
        text(body, (end + 6.0).min(WIDTH - 110.0), y, "name", &label)?;
    }
    Ok(y + ROW + number(panel.bars.len()).min(1.0) * 10.0)
}

fn text(body: &mut String, x: f64, y: f64, class: &str, words: &str) -> Result<()> {
    let safe = words.replace('&', "&amp;").replace('<', "&lt;");
    Ok(writeln!(body, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{safe}</text>")?)
}
