//! The search for a learning rate as text.

use crate::commands::short_rate as short;
use relume_inspection::plot::{Chart, Series};
use relume_training::RateCurve;

/// The size of the chart.
const COLUMNS: usize = 62;
const ROWS: usize = 8;
/// How much larger than the smallest loss those are that are drawn.
const MOST: f64 = 2.0;

/// The curve with a logarithmic axis, the rates that it suggests, and the statement that takes one.
pub(crate) fn curve(found: &RateCurve, statement: Option<&str>) -> String {
    let points = mean_losses(found);
    let chart =
        Chart::new("smoothed loss over the learning rate", "").with(Series::new("loss", points));
    let drawn = chart.terminal(COLUMNS, ROWS);
    // The last line has the ends of the axis, which are logarithms.
    let kept: Vec<&str> = drawn.lines().collect();
    let lines = kept.len().saturating_sub(1);
    let mut text: String = kept[..lines].iter().map(|line| format!("{line}\n")).collect();
    let margin = kept.get(lines.saturating_sub(1)).map_or(0, |line| line.chars().count());
    text += &axis(found, margin.saturating_sub(COLUMNS));
    text += &summary(found);
    match statement {
        Some(statement) => text += &format!("{statement}\n"),
        None => text += "no rate is suggested: the loss does not fall\n",
    }
    text
}

/// The mean losses over the seeds at the logarithms of the rates, as far as all have one; what is far above the best is
/// left out, since the rest would be flat beside it.
fn mean_losses(found: &RateCurve) -> Vec<(f64, f64)> {
    let steps = found.losses.iter().map(Vec::len).min().unwrap_or(0);
    let seeds = found.losses.len() as f64;
    let mean = |step: usize| found.losses.iter().map(|own| own[step]).sum::<f64>() / seeds;
    let all: Vec<(f64, f64)> =
        (0..steps).map(|step| (found.rates[step].log10(), mean(step))).collect();
    let first = all.first().map_or(f64::INFINITY, |&(_, loss)| loss);
    let best = all.iter().map(|&(_, loss)| loss).fold(f64::INFINITY, f64::min);
    let limit = (MOST * best).max(first + 0.25 * (first - best));
    all.into_iter().filter(|&(_, loss)| loss <= limit).collect()
}

/// The labels below the axis: whole powers of ten, as many as there is place for.
fn axis(found: &RateCurve, margin: usize) -> String {
    let points = mean_losses(found);
    let (Some(&(low, _)), Some(&(high, _))) = (points.first(), points.last()) else {
        return String::new();
    };
    let mut line = vec![' '; COLUMNS + 8];
    let place = |power: f64| ((power - low) / (high - low) * (COLUMNS - 1) as f64).round();
    let mut end = 0;
    for power in (low - 1e-9).ceil() as i64..=(high + 1e-9).floor() as i64 {
        let label = format!("1e{power}");
        let at = place(power as f64).max(0.0) as usize;
        if at >= end && at + label.len() <= line.len() {
            line.splice(at..at + label.len(), label.chars());
            end = at + label.len() + 2;
        }
    }
    let line: String = line.into_iter().collect();
    format!("{:margin$}{}\n", "", line.trim_end())
}

fn summary(found: &RateCurve) -> String {
    let mut parts = Vec::new();
    parts.extend(found.steepest.map(|rate| format!("steepest {}", short(rate))));
    if let (Some(valley), Some([low, high])) = (found.valley, found.range) {
        let seeds = found.losses.len();
        let range = match seeds {
            1 => String::new(),
            _ => format!(" ({} to {} over {seeds} seeds)", short(low), short(high)),
        };
        parts.push(format!("valley {}{range}", short(valley)));
    }
    let last = found.rates.last().copied().unwrap_or(0.0);
    parts.push(match found.diverges {
        Some(rate) => format!("diverges at {}", short(rate)),
        None => format!("did not diverge up to {}", short(last)),
    });
    parts.join(" · ") + "\n"
}
