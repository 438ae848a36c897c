//! What is to be predicted: classes, labels, numbers.

use super::columns::{Moments, some};
use crate::charts::histogram;
use crate::context::plural;
use crate::html::{Cell, Table, bar, beside, figure, heading, name, note, paragraph, short};
use relume_catalog::{count_text, counted};
use relume_datasets::{Dataset, Part, Targets};
use relume_inspection::{Histogram, figures::parts};

/// Classes and numbers to predict that are shown.
const CLASSES: usize = 30;
const NUMBERS: usize = 6;

pub(super) fn targets(data: &Dataset) -> String {
    match data.targets() {
        Targets::Classes { names, labels } => {
            let count = |part: &Part| {
                let mut counts = vec![0; names.len()];
                part.indices().iter().for_each(|&sample| counts[labels[sample]] += 1);
                counts
            };
            counted_names("Classes", "class", names, &parts_counted(data, count))
        }
        Targets::Places(places) => {
            let count = |part: &Part| places.counts(part.indices());
            let caption = format!("Classes at each of {} places", places.shape());
            counted_names(&caption, "class", &places.names, &parts_counted(data, count))
        }
        targets if targets.are_none() => paragraph("The data have no targets."),
        targets @ Targets::Values { names, values } if targets.are_several_labels() => {
            let width = names.len().max(1);
            let count = |part: &Part| {
                let of = |label: usize| {
                    let has = |&&sample: &&usize| values.data()[sample * width + label] == 1.0;
                    part.indices().iter().filter(has).count()
                };
                (0..names.len()).map(of).collect()
            };
            counted_names(
                "Labels, of which a sample may have several",
                "label",
                names,
                &parts_counted(data, count),
            )
        }
        Targets::Values { names, .. } => numbers(data, names),
        Targets::Sequences { names, .. } => paragraph(&format!(
            "Strings of labels are to be predicted{}.",
            match names.len() {
                0 => String::new(),
                count => format!(", of {}", counted(count, "label")),
            }
        )),
    }
}

fn parts_counted(
    data: &Dataset,
    count: impl Fn(&Part) -> Vec<usize>,
) -> Vec<(&'static str, Vec<usize>)> {
    parts(data).into_iter().map(|(own, part)| (own, count(&part))).collect()
}

/// How often names come in each part, the most frequent first.
fn counted_names(
    caption: &str,
    what: &str,
    names: &[String],
    parts: &[(&'static str, Vec<usize>)],
) -> String {
    let total = |at: usize| parts.iter().map(|(_, own)| own.get(at).copied().unwrap_or(0)).sum();
    let totals: Vec<usize> = (0..names.len()).map(total).collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    if names.len() > CLASSES {
        order.sort_by_key(|&at| std::cmp::Reverse(totals[at]));
    }
    let heads: Vec<&str> =
        [what].into_iter().chain(parts.iter().map(|(own, _)| *own)).chain([""]).collect();
    let most = totals.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut table = Table::new(caption, &heads);
    for &at in order.iter().take(CLASSES) {
        let counts = parts
            .iter()
            .map(|(_, own)| Cell::Number(count_text(own.get(at).copied().unwrap_or(0))));
        let bar = Cell::Markup(bar(totals[at] as f64 / most));
        table.row([Cell::Markup(name(&names[at]))].into_iter().chain(counts).chain([bar]));
    }
    let rest: Vec<usize> = order.iter().skip(CLASSES).map(|&at| totals[at]).collect();
    let more = match (rest.iter().max(), rest.iter().min()) {
        (Some(high), Some(low)) => note(&format!(
            "{} more have {} to {} samples each.",
            count_text(rest.len()),
            count_text(*low),
            count_text(*high)
        )),
        _ => String::new(),
    };
    table.html() + &more
}

/// The numbers to predict over the train part.
fn numbers(data: &Dataset, names: &[String]) -> String {
    let train = data.train();
    let Some(rows) = some(&train).and_then(|part| part.numbers()) else { return String::new() };
    let mut figures = String::new();
    for (at, own) in names.iter().enumerate().take(NUMBERS) {
        let values: Vec<f64> = rows.iter().filter_map(|row| row.get(at).copied()).collect();
        let moments = Moments::of(&values);
        let singles: Vec<f32> = values.iter().map(|&x| x as f32).collect();
        let histogram_of = Histogram::of_numbers(&singles, 40);
        let drawing = histogram(
            &histogram_of.counts,
            [moments.low as f32, moments.high as f32],
            [300.0, 90.0],
        );
        let caption = format!(
            "<b>{}</b> from {} to {}, mean {}, deviation {}",
            name(own),
            short(moments.low),
            short(moments.high),
            short(moments.mean),
            short(moments.deviation)
        );
        figures += &figure(&drawing, &caption);
    }
    let more = names.len().saturating_sub(NUMBERS);
    let more = if more > 0 {
        note(&format!("{more} more {} to predict.", plural(more, "number")))
    } else {
        String::new()
    };
    heading("To predict") + &beside(&figures) + &more
}
