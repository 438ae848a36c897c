//! Comparisons as text.

use crate::show::{number, table as aligned};
use relume_training::{Comparison, MetricSpec, Summary, format_metric};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// The width of a line, and what is left of the text of a setting at least.
const COLUMNS: usize = 80;
const LEAST: usize = 8;
/// What is left of a key at least.
const KEY: usize = 12;

/// A table of the settings, the best first, and what is to be known of it.
pub(crate) fn table(comparison: &Comparison, times: bool) -> String {
    let mut width = COLUMNS;
    let rows = loop {
        let rows = rows(comparison, times, width);
        let widest = rows.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        if widest <= COLUMNS || width <= LEAST {
            break rows;
        }
        let text = comparison.summary.iter().flat_map(|own| &own.values);
        let longest = text.map(|value| value.width()).max().unwrap_or(0).min(width);
        width = longest.saturating_sub(1).max(LEAST);
    };
    let notes: String = notes(comparison).iter().map(|note| format!("{note}\n")).collect();
    rows + &notes
}

fn rows(comparison: &Comparison, times: bool, width: usize) -> String {
    let is_compared = comparison.is_paired && comparison.summary.len() > 1;
    let mut heads: Vec<String> =
        comparison.keys.iter().map(|key| cut(key, width.max(KEY))).collect();
    heads.extend([comparison.metric.clone(), "loss".to_string()]);
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
    let labels = labels(comparison, width);
    let row = |(at, own): (usize, &Summary)| {
        let mut cells: Vec<String> = labels.iter().map(|column| column[at].clone()).collect();
        cells.extend([figure(comparison, own), own.loss.map_or_else(dash, |x| format!("{x:.4}"))]);
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
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    aligned(&heads, comparison.summary.iter().enumerate().map(row))
}

/// The texts of the settings, key by key, with at most so many columns.
fn labels(comparison: &Comparison, width: usize) -> Vec<Vec<String>> {
    let column = |key: usize| {
        let texts = comparison.summary.iter().map(|own| own.values.get(key));
        let texts: Vec<&str> = texts.map(|text| text.map_or("", String::as_str)).collect();
        cut_apart(&texts, width)
    };
    (0..comparison.keys.len()).map(column).collect()
}

fn first_epochs(comparison: &Comparison) -> usize {
    comparison.summary.first().map_or(0, |own| own.epochs)
}

fn dash() -> String {
    "-".to_string()
}

/// A text with at most so many columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if short.width() + 3 >= width {
            break;
        }
        short.push(letter);
    }
    short + "..."
}

/// The beginning of a text, with at most so many columns.
fn beginning(text: &str, width: usize) -> String {
    let mut own = String::new();
    for letter in text.chars() {
        own.push(letter);
        if own.width() > width {
            own.pop();
            break;
        }
    }
    own
}

/// A text with at most so many columns, without its middle where it is longer.
fn cut_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let kept = width.saturating_sub(3);
    let turned: String = text.chars().rev().collect();
    let end: String = beginning(&turned, kept.div_ceil(2)).chars().rev().collect();
    format!("{}...{end}", beginning(text, kept / 2))
}

/// A text with at most so many columns: all of it, or what begins with a letter.
fn cut_before(text: &str, letter: usize, width: usize) -> String {
    // A text with which another one begins is told by its end.
    let start = letter.min(text.chars().count().saturating_sub(1));
    if text.width() <= width || start == 0 {
        return cut(text, width);
    }
    let rest: String = text.chars().skip(start).collect();
    cut(&format!("...{rest}"), width)
}

/// Texts with at most so many columns each: without their middles, or where that makes two of them look alike, from the
/// first letter on by which each differs from the one that is most like it.
fn cut_apart(texts: &[&str], width: usize) -> Vec<String> {
    let short: Vec<String> = texts.iter().map(|text| cut_middle(text, width)).collect();
    let different: BTreeSet<&str> = texts.iter().copied().collect();
    if short.iter().collect::<BTreeSet<_>>().len() == different.len() {
        return short;
    }
    let sorted: Vec<&str> = different.into_iter().collect();
    let common = |one: &str, other: &str| {
        one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
    };
    let place = |text: &str| {
        let at = sorted.partition_point(|own| *own < text);
        let before = at.checked_sub(1).and_then(|at| sorted.get(at));
        let beside = [before, sorted.get(at + 1)].into_iter().flatten();
        beside.map(|other| common(text, other)).max().unwrap_or(0)
    };
    texts.iter().map(|text| cut_before(text, place(text), width)).collect()
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
        (Some(sd), false) => format!("{mean:.4} ± {sd:.4}"),
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
        notes.push(cut(&format!("differences are those from {first}, seed by seed"), COLUMNS));
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
    let one = match is_percentage(comparison) && comparison.samples > 0 {
        true => format!(": one is {:.2} %", 100.0 / comparison.samples as f64),
        false => String::new(),
    };
    let (samples, data) = (comparison.samples, &comparison.data);
    let samples = if samples == 1 { "1 sample".to_string() } else { format!("{samples} samples") };
    notes.push(cut(&format!("judged by the {samples} of {data}{one}"), COLUMNS));
    for own in comparison.summary.iter().filter(|own| own.diverged > 0) {
        let which = cut_middle(&own.values.join(", "), 24);
        notes.push(match own.mean {
            Some(_) => format!(
                "{which}: {} of {} trainings diverged; its figures are those of the others",
                own.diverged, own.runs
            ),
            None => format!("{which}: all of its trainings diverged"),
        });
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_cut_do_not_look_alike() {
        let rates = ["sgd(lr=0.1, momentum=0.9)", "sgd(lr=0.01, momentum=0.9)", "adam"];
        let shown = cut_apart(&rates, 12);
        assert_eq!(shown, ["...1, mom...", "...01, mo...", "adam"]);
        let ends = ["dense(64) -> relu -> dense(10)", "dense(64) -> relu -> dense(20)"];
        assert_eq!(cut_apart(&ends, 9), ["den...10)", "den...20)"]);
        for width in 8..40 {
            for texts in [&rates[..], &ends[..]] {
                let shown = cut_apart(texts, width);
                let different: BTreeSet<&String> = shown.iter().collect();
                assert_eq!(different.len(), texts.len(), "{shown:?}");
                assert!(shown.iter().all(|own| own.width() <= width), "{shown:?}");
            }
        }
    }
}
