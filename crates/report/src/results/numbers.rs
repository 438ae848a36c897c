//! Numbers: predicted against true. Several labels: each by itself.

use crate::charts::scatter;
use crate::context::{plural, spread};
use crate::html::{Cell, Table, heading, name, note, percent, short, tables};
use relume_catalog::count_text;
use relume_tensor::Tensor;
use relume_training::task::NumberPredictions;
use relume_training::{MetricInput, MetricSpec};

/// Numbers with a drawing, and points of each.
const DRAWN: usize = 4;
const POINTS: usize = 400;
/// Numbers and labels that are listed.
const LISTED: usize = 24;

/// The values of one number: true and predicted, sample by sample.
fn pairs(found: &NumberPredictions, at: usize) -> Vec<(f64, f64)> {
    let truth = found.truth.iter().flatten();
    truth
        .zip(&found.samples)
        .filter_map(|(truth, own)| Some((*truth.get(at)?, *own.get(at)?)))
        .collect()
}

/// How many of the outputs are numbers that are known: others, such as variances, are for the loss.
fn known(found: &NumberPredictions) -> usize {
    let width = found.truth.as_ref().and_then(|rows| rows.first()).map_or(0, Vec::len);
    width.min(found.names.len())
}

/// Predicted against true numbers, with the errors of each.
pub(super) fn numbers(found: &NumberPredictions) -> String {
    let mut table = Table::new("Errors", &["", "mae", "rmse", "r2", "mean error"]);
    for at in 0..known(found).min(LISTED) {
        let pairs = pairs(found, at);
        let off =
            pairs.iter().map(|(truth, own)| own - truth).sum::<f64>() / pairs.len().max(1) as f64;
        let measured = |metric: &str| {
            Cell::Number(measured(metric, &pairs).map_or_else(|| "-".to_string(), short))
        };
        let own = Cell::Markup(name(&found.names[at]));
        table.row([
            own,
            measured("mae"),
            measured("rmse"),
            measured("r2"),
            Cell::Number(short(off)),
        ]);
    }
    let mut figures = String::new();
    for at in 0..known(found).min(DRAWN) {
        let all = pairs(found, at);
        let some: Vec<(f64, f64)> = spread(all.len(), POINTS).into_iter().map(|i| all[i]).collect();
        figures += &scatter(&found.names[at], &some).unwrap_or_default();
    }
    let more = known(found).saturating_sub(DRAWN);
    let more = match more {
        0 => String::new(),
        more => note(&format!("{more} more {} not drawn.", plural(more, "number"))),
    };
    heading("Predicted and true") + &tables(&(figures + &table.html())) + &more
}

/// A metric of numbers; `None` where it is not defined, such as r2 of numbers that are all the same.
fn measured(metric: &str, pairs: &[(f64, f64)]) -> Option<f64> {
    let metric = MetricSpec::from_arguments(metric, Vec::new(), Vec::new()).ok()?;
    // Far from 0 f32 takes digits: differences from the first number are what errors are about.
    let first = pairs.first()?.0;
    let column = |pick: fn(&(f64, f64)) -> f64| {
        let values = pairs.iter().map(|pair| (pick(pair) - first) as f32).collect();
        Tensor::new([pairs.len(), 1], values).ok()
    };
    let (predicted, targets) = (column(|pair| pair.1)?, column(|pair| pair.0)?);
    let input = MetricInput::Values { predicted, targets };
    metric.inner().measure(&input).ok()?.number()
}

/// Each of several labels: how often it is true and said, and how well.
pub(super) fn labels(found: &NumberPredictions) -> String {
    let caption = "Labels, said above a probability of 50 %";
    let mut table = Table::new(caption, &["label", "true", "said", "precision", "recall", "F1"]);
    for at in 0..known(found).min(LISTED) {
        let pairs: Vec<(bool, bool)> =
            pairs(found, at).into_iter().map(|(truth, own)| (truth >= 0.5, own >= 0.5)).collect();
        let count = |is: fn(&(bool, bool)) -> bool| pairs.iter().filter(|pair| is(pair)).count();
        let (truth, said, both) =
            (count(|own| own.0), count(|own| own.1), count(|own| own.0 && own.1));
        let ratio = |a: usize, b: usize| {
            Cell::Number(if b == 0 { "-".to_string() } else { percent(a as f64 / b as f64) })
        };
        table.row([
            Cell::Markup(name(&found.names[at])),
            Cell::Number(count_text(truth)),
            Cell::Number(count_text(said)),
            ratio(both, said),
            ratio(both, truth),
            ratio(2 * both, truth + said),
        ]);
    }
    let more = known(found).saturating_sub(LISTED);
    let more =
        if more > 0 { note(&format!("{} more labels.", count_text(more))) } else { String::new() };
    heading("Each label")
        + &table.html()
        + &more
        + &note("Samples have several labels, so that there is no confusion matrix of classes.")
}
