//! What an activation function is like, as text.

use crate::lines::folded;
use crate::show;
use relume_activations::ActivationSpec;
use relume_catalog::rounded;
use relume_inspection::plot::Chart;
use relume_inspection::{Direction, Examination, Extreme, FunctionShape, TrainedActivation};
use relume_tensor::Tensor;
use std::borrow::Cow;

/// The size of each drawing, of the function and of its derivative beside it.
const COLUMNS: usize = 30;
const ROWS: usize = 9;

/// The function, what was found, and its curve.
pub fn text(function: &TrainedActivation, found: &Examination, chart: &Chart) -> String {
    let heading = heading(&function.activation);
    format!("{heading}\n{}{}\n{}", values(function), facts(found), drawings(chart))
}

/// The values of trained parameters, a line for each, where the heading does not have them.
fn values(function: &TrainedActivation) -> String {
    if function.parameters.is_none() || matches!(function.activation, ActivationSpec::Formula(_)) {
        return String::new();
    }
    let line = |(name, value): (Cow<'static, str>, Tensor)| {
        let numbers: Vec<String> = value.data().iter().map(|&x| short(f64::from(x))).collect();
        format!("{name:<10} {}\n", numbers.join(", "))
    };
    function.values().into_iter().map(line).collect()
}

/// The function as it was defined.
fn heading(activation: &ActivationSpec) -> String {
    match activation {
        ActivationSpec::Formula(formula) => formula.text(),
        other => other.to_string(),
    }
}

/// What was found, a line for each.
fn facts(found: &Examination) -> String {
    let Examination { shape, normal, depth, .. } = found;
    let pytorch = match found.pytorch_gain {
        Some(gain) => format!(" (PyTorch's calculate_gain: {})", short(gain)),
        None => String::new(),
    };
    let [least, most] = shape.slopes.map(short);
    let mut rows = vec![
        ("range", format!("{} to {}", extreme(&shape.low), extreme(&shape.high))),
        ("slope", format!("{least} to {most}")),
        ("direction", direction(found)),
        ("zeros", known(shape, stretches(&shape.zeros))),
        ("flat", known(shape, stretches(&shape.flat))),
        ("bends", smoothness(found)),
        ("outputs", format!("mean {}, variance {}", short(normal.mean), short(normal.variance))),
        ("gain", format!("{}{pytorch}", short(normal.gain))),
        ("gradient", format!("{} in each layer with that gain", factor(normal.gradient))),
        (
            "depth",
            format!(
                "{} layers of {} units: signal {}, gradient {}",
                depth.layers,
                depth.units,
                factor(depth.signal),
                factor(depth.gradient)
            ),
        ),
    ];
    if !shape.undefined.is_empty() {
        rows.insert(1, ("undefined", stretches(&shape.undefined)));
    }
    rows.iter().map(|(name, text)| folded(&format!("{name:<10} "), 11, text)).collect()
}

/// A factor on a signal or on a gradient.
fn factor(x: f64) -> String {
    match x {
        f64::INFINITY => "overflows".to_string(),
        x if x.is_nan() => "undefined".to_string(),
        x => format!("x {}", short(x)),
    }
}

fn extreme(Extreme { value, at }: &Extreme) -> String {
    match at {
        Some(at) => format!("{} (at {})", short(*value), short(*at)),
        None => short(*value),
    }
}

fn direction(found: &Examination) -> String {
    let turns = listed(&found.shape.turns);
    match found.shape.direction {
        Direction::Rises => "rises, falls nowhere".to_string(),
        Direction::Falls => "falls, rises nowhere".to_string(),
        Direction::Flat => "flat everywhere".to_string(),
        Direction::Both if turns.is_empty() => "rises and falls".to_string(),
        Direction::Both => format!("turns at {turns}"),
    }
}

fn smoothness(found: &Examination) -> String {
    let shape = &found.shape;
    if let Some(step) = shape.too_fast_for {
        return format!("changes faster than points {} apart can show", short(step));
    }
    let kinds = [
        ("", &shape.bends),
        ("slope without bound ", &shape.cusps),
        ("jumps ", &shape.jumps),
        ("poles ", &shape.poles),
    ];
    let kinds = kinds.into_iter().filter(|(_, places)| !places.is_empty());
    let words: Vec<String> =
        kinds.map(|(kind, places)| format!("{kind}at {}", listed(places))).collect();
    match words.is_empty() {
        true => "none: smooth".to_string(),
        false => words.join("; "),
    }
}

/// What was found, unless the points could not show it.
fn known(shape: &FunctionShape, found: String) -> String {
    if shape.too_fast_for.is_some() { "not known".to_string() } else { found }
}

/// The most places of a line.
const MOST: usize = 6;

fn listed(places: &[f64]) -> String {
    let mut words: Vec<String> = places.iter().take(MOST).map(|&x| short(x)).collect();
    if places.len() > MOST {
        words.push(format!("{} more", places.len() - MOST));
    }
    words.join(", ")
}

/// Stretches and points of the input.
fn stretches(stretches: &[[f64; 2]]) -> String {
    let word = |&[low, high]: &[f64; 2]| match (low, high) {
        _ if low == f64::NEG_INFINITY && high == f64::INFINITY => "everywhere".to_string(),
        _ if low == high => format!("at {}", short(low)),
        _ if low == f64::NEG_INFINITY => format!("up to {}", short(high)),
        _ if high == f64::INFINITY => format!("from {}", short(low)),
        _ => format!("{} to {}", short(low), short(high)),
    };
    let mut words: Vec<String> = stretches.iter().take(MOST).map(word).collect();
    if stretches.len() > MOST {
        words.push(format!("{} more", stretches.len() - MOST));
    }
    match words.is_empty() {
        true => "nowhere".to_string(),
        false => words.join(", "),
    }
}

/// Three significant digits.
fn short(x: f64) -> String {
    match x {
        f64::INFINITY => "∞".to_string(),
        f64::NEG_INFINITY => "-∞".to_string(),
        0.0 => "0".to_string(),
        x if x.is_nan() => "undefined".to_string(),
        x => show::number(rounded(x, 3)),
    }
}

/// The function, and its derivative beside it.
fn drawings(chart: &Chart) -> String {
    use unicode_width::UnicodeWidthStr;
    let panels: Vec<String> = chart
        .series
        .iter()
        .map(|line| {
            let own = Chart::new(&line.name, "x").with(line.clone()).with_origin();
            own.terminal(COLUMNS, ROWS)
        })
        .collect();
    let [left, right] = &panels[..] else { return panels.concat() };
    let width = left.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
    let rows = left.lines().zip(right.lines()).map(|(left, right)| {
        let gap = " ".repeat(width - left.width() + 3);
        format!("{left}{gap}{right}").trim_end().to_string() + "\n"
    });
    rows.collect()
}
