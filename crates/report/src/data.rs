//! The section of the data: parts, targets, columns, some samples, and what `lint` finds.

mod columns;
mod targets;

use crate::context::{Context, Written, of_each_class};
use crate::findings::findings;
use crate::html::{Cell, Table, bar, heading, name, paragraph, percent, short, tables};
use crate::samples::{gallery, shown};
use columns::columns;
use relume_catalog::count_text;
use relume_datasets::Dataset;
use relume_inspection::{figures, lint};
use relume_training::TrainError;
use targets::targets;

/// Samples that are shown: pictures, and others.
const PICTURES: usize = 12;
const LISTED: usize = 6;

/// The section.
pub(crate) fn data(context: &Context<'_>) -> Written {
    let data = context.report.data;
    let mut out = paragraph(&format!("{data}."));
    out += &tables(&(parts(data) + &targets(data)));
    out += &columns(data)?;
    out += &samples(data)?;
    out += &heading("What lint finds");
    let (rules, found) = lint(&context.model, &context.data, &context.plan, &context.options())?;
    Ok(out + &findings(&found, rules))
}

/// The parts with how many samples they have.
fn parts(data: &Dataset) -> String {
    let mut table = Table::new("Parts", &["part", "samples", "share", ""]);
    let all = data.len().max(1) as f64;
    for (own, part) in figures::parts(data) {
        let share = part.len() as f64 / all;
        table.row([
            Cell::Text(own.to_string()),
            Cell::Number(count_text(part.len())),
            Cell::Number(percent(share)),
            Cell::Markup(bar(share)),
        ]);
    }
    table.html()
}

/// Some samples of the train part.
fn samples(data: &Dataset) -> Result<String, TrainError> {
    let train = data.train();
    let few = train.at(of_each_class(&train, PICTURES))?;
    let Some(mut all) = shown(&few)? else { return Ok(String::new()) };
    if !all.first().is_some_and(|own| own.starts_with("<img")) {
        all.truncate(LISTED);
    }
    let targets = few.numbers();
    let caption = |at: usize| {
        if let Some((_, class)) = few.class_of(at) {
            return name(class);
        }
        let row = targets.as_ref().and_then(|rows| rows.get(at));
        row.filter(|row| row.len() == 1).map_or_else(String::new, |row| short(row[0]))
    };
    let captions: Vec<String> = (0..all.len()).map(caption).collect();
    Ok(heading("Some train samples") + &gallery(&all, &captions))
}
