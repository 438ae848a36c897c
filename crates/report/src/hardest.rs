//! The section of the samples with the greatest losses.

use crate::context::{Context, Written, because};
use crate::html::{Cell as Own, NAME, Table, cut, name, note, short};
use crate::samples::{gallery, shown};
use relume_training::hardest as find;
use relume_training::task::{Cell, Columns};

/// Samples that are shown.
const COUNT: usize = 10;
/// Columns of what is said of them.
const COLUMNS: usize = 6;

/// The section.
pub(crate) fn hardest(context: &Context<'_>) -> Written {
    if !context.is_trained() {
        return because("The network has not been trained yet: all samples are hard.");
    }
    let loss = context.model.loss_for(&context.data);
    let found = find(&context.model, &context.held_out, &loss, COUNT, &|_| true)?;
    let columns = found.predictions.columns(false);
    let places: Vec<usize> = found.hardest.iter().map(|own| own.index).collect();
    let mut out = note(&format!(
        "The greatest losses of {}; their mean is {}. They are labelled wrongly, or the network could still learn from \
         them. The number of a sample is its place in the part.",
        context.samples_text(),
        short(found.mean)
    ));
    if let Some(samples) = shown(&context.raw(&places)?)? {
        let captions: Vec<String> = (0..samples.len())
            .map(|at| {
                let place = context.positions[places[at]];
                caption(place, at, &columns)
            })
            .collect();
        out += &gallery(&samples, &captions);
    }
    Ok(out + &table(context, &found, &columns))
}

fn table(context: &Context<'_>, found: &relume_training::Hardest, columns: &Columns) -> String {
    let heads: Vec<&str> = ["sample"]
        .into_iter()
        .chain(columns.names.iter().take(COLUMNS).map(String::as_str))
        .chain(["loss"])
        .collect();
    let mut table = Table::new("Hardest first", &heads);
    for (own, cells) in found.hardest.iter().zip(&columns.rows) {
        let middle = cells.iter().zip(&columns.names).take(COLUMNS);
        let middle = middle.map(|(cell, column)| match text(cell, column) {
            (text, true) => Own::Number(text),
            (text, false) => Own::Text(text),
        });
        let place = Own::Number(context.positions[own.index].to_string());
        let loss = Own::Number(short(own.loss.into()));
        table.row([place].into_iter().chain(middle).chain([loss]));
    }
    table.html()
}

/// A cell of predictions as text, and whether it is a number.
pub(crate) fn text(cell: &Cell, column: &str) -> (String, bool) {
    match cell {
        Cell::Text(text) => (cut(text, NAME), false),
        Cell::Number(x) if column == "probability" => (crate::html::percent(*x), true),
        Cell::Number(x) => (short(*x), true),
        Cell::Score(x) => (short(f64::from(*x)), true),
        Cell::Share(x) => (crate::html::percent(f64::from(*x)), true),
    }
}

/// What stands with a sample, as HTML: `17: 8, not 3`.
pub(crate) fn caption(place: usize, at: usize, columns: &Columns) -> String {
    let cell = |wanted: &str| {
        let column = columns.names.iter().position(|own| own == wanted)?;
        Some(text(columns.rows.get(at)?.get(column)?, wanted).0)
    };
    let is_number = |wanted: &str| {
        let column = columns.names.iter().position(|own| own == wanted);
        column
            .and_then(|own| columns.rows.get(at)?.get(own))
            .is_some_and(|own| !matches!(own, Cell::Text(_)))
    };
    match (cell("truth"), cell("prediction")) {
        (Some(truth), Some(said)) if is_number("truth") => {
            format!("<b>{place}</b> true {}, said {}", name(&truth), name(&said))
        }
        (Some(truth), Some(said)) if truth == said => format!("<b>{place}</b> {}", name(&truth)),
        (Some(truth), Some(said)) => {
            format!("<b>{place}</b> {}, not {}", name(&truth), name(&said))
        }
        _ => format!("<b>{place}</b>"),
    }
}
