//! Comparisons as text.

use crate::aligned;
use crate::lines::{WIDTH, cut, facts, folded};
use crate::show::number;
use relume_catalog::{counted, decimals};
use relume_training::{Comparison, MetricSpec, Summary, format_metric};
use unicode_width::UnicodeWidthStr;

/// The longest head of a key.
const KEY: usize = 16;
/// Values of so many columns are not numbered: their numbers are hardly shorter.
const SHORT: usize = 8;
/// The longest name of a setting in a note.
const SHORT_NAME: usize = 24;

/// What a table has, if all of it does not fit into a line.
#[derive(Default)]
struct Layout {
    /// The keys whose values are numbered, and listed below the table.
    numbered: Vec<usize>,
    /// Whether the loss is left out.
    without_loss: bool,
}

/// A table of the settings, the best first, and what is to be known of it. What does not fit beside the other columns
/// goes on below them.
pub(crate) fn table(comparison: &Comparison, times: bool) -> String {
    let mut layout = Layout::default();
    let (heads, rows) = loop {
        let (heads, rows) = cells(comparison, times, &layout);
        let texts: Vec<&str> = heads.iter().map(String::as_str).collect();
        let is_narrow = aligned::width(&texts, &rows) <= WIDTH;
        let left = (0..comparison.keys.len()).filter(|key| !layout.numbered.contains(key));
        let widths = left.map(|key| (longest(comparison, key), key));
        match widths.max().filter(|&(width, _)| width > SHORT) {
            _ if is_narrow => break (heads, rows),
            Some((_, key)) => layout.numbered.push(key),
            None if !layout.without_loss => layout.without_loss = true,
            None => break (heads, rows),
        }
    };
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let rows = aligned::keyed(&heads, &rows, comparison.keys.len());
    let legend: String = layout.numbered.iter().map(|&key| legend(comparison, key)).collect();
    let notes: String = notes(comparison).iter().map(|note| format!("{note}\n")).collect();
    rows + &legend + &notes
}

/// The width of the longest value of a key.
fn longest(comparison: &Comparison, key: usize) -> usize {
    let values = comparison.summary.iter().filter_map(|own| own.values.get(key));
    values.map(|value| value.width()).max().unwrap_or(0)
}

/// The different values of a key, in the order in which they were given.
fn distinct(comparison: &Comparison, key: usize) -> Vec<&str> {
    let mut given: Vec<&Summary> = comparison.summary.iter().collect();
    given.sort_by_key(|own| own.variant);
    let mut values: Vec<&str> = Vec::new();
    for value in given.iter().filter_map(|own| own.values.get(key)) {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    values
}

/// The values of a key after their numbers.
fn legend(comparison: &Comparison, key: usize) -> String {
    let values = distinct(comparison, key).into_iter().enumerate();
    let name = &comparison.keys[key];
    values.map(|(at, value)| folded(&format!("{name} #{}: ", at + 1), 4, value)).collect()
}

/// The heads and the cells of the table.
fn cells(comparison: &Comparison, times: bool, layout: &Layout) -> (Vec<String>, Vec<Vec<String>>) {
    let is_compared = comparison.is_paired && comparison.summary.len() > 1;
    let mut heads: Vec<String> = comparison.keys.iter().map(|key| cut(key, KEY)).collect();
    heads.push(comparison.metric.clone());
    if !layout.without_loss {
        heads.push("loss".to_string());
    }
    if is_compared {
        heads.extend(["difference".to_string(), "95 % interval".to_string()]);
    }
    let has_lengths = comparison.summary.iter().any(|own| own.epochs != first_epochs(comparison));
    if has_lengths {
        heads.push("epochs".to_string());
    }
    if let Some(target) = comparison.target {
        heads.push(format!("to {}", value(comparison, target)));
    }
    if times {
        heads.push("a step".to_string());
    }
    let row = |own: &Summary| {
        let mut cells = settings(comparison, own, layout);
        cells.push(figure(comparison, own));
        if !layout.without_loss {
            cells.push(own.loss.map_or_else(dash, |x| decimals(x, 4)));
        }
        if is_compared {
            cells.extend(difference(comparison, own));
        }
        if has_lengths {
            cells.push(own.epochs.to_string());
        }
        if comparison.target.is_some() {
            cells.push(own.epochs_to_target.map_or_else(dash, number));
        }
        if times {
            cells.push(own.step_seconds.map_or_else(dash, crate::progress::duration));
        }
        cells
    };
    (heads, comparison.summary.iter().map(row).collect())
}

/// The values of a setting, or their numbers.
fn settings(comparison: &Comparison, own: &Summary, layout: &Layout) -> Vec<String> {
    let cell = |(key, value): (usize, &String)| {
        let place = distinct(comparison, key).iter().position(|own| own == value);
        match place.filter(|_| layout.numbered.contains(&key)) {
            Some(place) => format!("#{}", place + 1),
            None => value.clone(),
        }
    };
    own.values.iter().enumerate().map(cell).collect()
}

fn first_epochs(comparison: &Comparison) -> usize {
    comparison.summary.first().map_or(0, |own| own.epochs)
}

fn dash() -> String {
    "-".to_string()
}

fn is_percentage(comparison: &Comparison) -> bool {
    let metric = MetricSpec::from_arguments(&comparison.metric, Vec::new(), Vec::new());
    metric.is_ok_and(|metric| metric.inner().is_percentage())
}

fn value(comparison: &Comparison, x: f64) -> String {
    match is_percentage(comparison) {
        true => format!("{} %", number((x * 1e4).round() / 100.0)),
        false => number(x),
    }
}

/// `97.30 ± 0.31 %`, `0.1234 ± 0.0031`.
fn figure(comparison: &Comparison, own: &Summary) -> String {
    let Some(mean) = own.mean else {
        return if own.diverged > 0 { "diverged".to_string() } else { dash() };
    };
    match (own.sd, is_percentage(comparison)) {
        (None, _) => format_metric(&comparison.metric, mean),
        (Some(sd), true) => format!("{:.2} ± {:.2} %", mean * 100.0, sd * 100.0),
        (Some(sd), false) => format!("{} ± {}", decimals(mean, 4), decimals(sd, 4)),
    }
}

/// The difference from the first setting, and its interval with a star where it is beyond chance.
fn difference(comparison: &Comparison, own: &Summary) -> [String; 2] {
    let (factor, digits, unit) = match is_percentage(comparison) {
        true => (100.0, 2, " %"),
        false => (1.0, 4, ""),
    };
    // A mean that rounds to nothing has no sign.
    let signed = |x: f64| {
        let text = format!("{:+.digits$}", x * factor);
        match text.trim_start_matches(['+', '-', '0', '.']).is_empty() {
            true => format!("{:.digits$}", 0.0),
            false => text,
        }
    };
    let star = if own.differs { " *" } else { "" };
    let shown = own.difference.map(|x| signed(x) + unit);
    let interval =
        own.interval.map(|[low, high]| format!("[{}, {}]{star}", signed(low), signed(high)));
    [shown.unwrap_or_default(), interval.unwrap_or_default()]
}

/// McNemar's test of each setting against the first one, with the last seed.
fn mcnemar(comparison: &Comparison) -> Option<String> {
    let first = comparison.summary.iter().find(|own| own.variant == 0)?.values.join(", ");
    let test = |own: &Summary| {
        let found = own.mcnemar?;
        let p =
            if found.p < 0.001 { "p < 0.001".to_string() } else { format!("p = {:.3}", found.p) };
        let which = cut(&own.values.join(", "), SHORT_NAME);
        Some(format!("{which} {} : {}, {p}", found.only_own, found.only_first))
    };
    let tests: Vec<String> = comparison.summary.iter().filter_map(test).collect();
    let told = format!(
        "right where {} is wrong, and the reverse (McNemar, last seed) · {}",
        cut(&first, SHORT_NAME),
        tests.join(" · ")
    );
    (!tests.is_empty()).then(|| facts(&told))
}

/// What is to be known of the figures.
fn notes(comparison: &Comparison) -> Vec<String> {
    let mut notes = Vec::new();
    // An interrupted comparison may have one more of some.
    let seeds =
        comparison.summary.iter().map(|own| own.runs - own.diverged).filter(|&runs| runs > 0);
    let seeds = seeds.min().unwrap_or(0);
    if comparison.is_paired && comparison.summary.len() > 1 {
        let first = comparison.summary.iter().find(|own| own.variant == 0);
        let first = first.map_or_else(String::new, |own| own.values.join(", "));
        notes.push(cut(&format!("differences are those from {first}, seed by seed"), WIDTH));
    }
    let has_tests = comparison.summary.iter().any(|own| own.p_holm.is_some());
    let tests = comparison.summary.len().saturating_sub(1);
    let holm = if tests > 1 { format!(", Holm for {tests}") } else { String::new() };
    let how = format!("5 %, Student's t, {seeds} paired seeds{holm}");
    match comparison.summary.iter().any(|own| own.differs) {
        true => notes.push(format!("* beyond chance ({how})")),
        false if has_tests => notes.push(format!("no difference is beyond chance ({how})")),
        false if comparison.is_paired && seeds == 1 && comparison.summary.len() > 1 => {
            notes.push("one seed says nothing about chance: seeds=5 does".to_string());
        }
        false => {}
    }
    notes.extend(mcnemar(comparison));
    if !comparison.initializers.is_empty() {
        let own = comparison
            .initializers
            .iter()
            .map(|[activation, own]| format!("{own} for {activation}"));
        let own = own.collect::<Vec<_>>().join(" · ");
        notes.push(facts(&format!("initial weights: {own} · init= sets others")));
    }
    let one = match is_percentage(comparison) && comparison.samples > 0 {
        true => format!(": one is {:.2} %", 100.0 / comparison.samples as f64),
        false => String::new(),
    };
    let (samples, data) = (counted(comparison.samples, "sample"), &comparison.data);
    notes.push(cut(&format!("judged by the {samples} of {data}{one}"), WIDTH));
    for own in comparison.summary.iter().filter(|own| own.diverged > 0) {
        let which = cut(&own.values.join(", "), 24);
        notes.push(match own.mean {
            Some(_) => format!(
                "{which}: {} of {} diverged; its figures are those of the others",
                own.diverged,
                counted(own.runs, "training")
            ),
            None => format!("{which}: all of its trainings diverged"),
        });
    }
    notes
}
