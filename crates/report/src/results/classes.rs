//! Classes: how often each was predicted as each, and whether probabilities can be believed.

use crate::charts::reliability;
use crate::html::{Cell, Table, escaped, figure, heading, name, note, percent, tables};
use crate::picture::Picture;
use relume_catalog::{count_text, counted};
use relume_inspection::figures::{Binning, CalibrationCurve};
use relume_training::Evaluation;
use relume_training::task::ClassPredictions;
use std::fmt::Write;

/// Classes of a matrix that is written in numbers, and of one that is drawn.
const WRITTEN: usize = 16;
const DRAWN: usize = 400;
/// Pairs and classes that are listed.
const PAIRS: usize = 15;
const LISTED: usize = 20;
/// Bins of one width between 0 and 1.
const BINS: usize = 10;

/// The confusion matrix with what follows from it; nothing without one.
pub(super) fn confusion(evaluation: &Evaluation) -> String {
    let (matrix, names) = (&evaluation.confusion, &evaluation.classes);
    let all: usize = matrix.iter().flatten().sum();
    if matrix.is_empty() || all == 0 {
        return String::new();
    }
    let own = match matrix.len() {
        classes if classes <= WRITTEN => written(matrix, names),
        classes if classes <= DRAWN => drawn(matrix) + &pairs(matrix, names),
        _ => pairs(matrix, names),
    };
    heading("Confusion") + &tables(&(own + &each_class(matrix, names)))
}

/// The share of a row that a cell has.
fn share(row: &[usize], at: usize) -> f64 {
    row[at] as f64 / row.iter().sum::<usize>().max(1) as f64
}

/// The matrix as a table, whose cells are as dark as their share of the row.
fn written(matrix: &[Vec<usize>], names: &[String]) -> String {
    let caption = "How often each class (row) was predicted as each (column)";
    let mut out = format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table class=\"matrix\">\
         <caption>{caption}</caption><thead><tr><th scope=\"col\">true \\ predicted</th>"
    );
    // Writing into a String cannot fail.
    for own in names {
        let _ =
            write!(out, "<th scope=\"col\" class=\"n\">{}</th>", name(&crate::html::cut(own, 16)));
    }
    out += "</tr></thead><tbody>\n";
    for (truth, row) in matrix.iter().enumerate() {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", name(&names[truth]));
        for (said, &count) in row.iter().enumerate() {
            let share = share(row, said);
            let side = if truth == said { "right" } else { "wrong" };
            let hint = format!(
                "true {}, predicted {}: {} ({})",
                names[truth],
                names[said],
                count_text(count),
                percent(share)
            );
            let shown = if count == 0 { "·".to_string() } else { count_text(count) };
            let dark = (share.sqrt() * 100.0).round();
            let _ = write!(
                out,
                "<td class=\"{side}\" style=\"--v:{dark}%\" data-t=\"{}\">{shown}</td>",
                escaped(&hint)
            );
        }
        out += "</tr>\n";
    }
    out + "</tbody></table></div>\n"
}

/// The matrix as a picture.
fn drawn(matrix: &[Vec<usize>]) -> String {
    let shares: Vec<f32> =
        matrix.iter().flat_map(|row| (0..row.len()).map(|at| share(row, at) as f32)).collect();
    let words = format!("The confusion matrix of {} classes", matrix.len());
    let picture = Picture::shares(&shares, matrix.len()).html("heat coarse", &words);
    let caption = "Rows are true classes, columns predicted ones; a darker pixel is a larger share of the row.";
    figure(&picture, caption)
}

/// The pairs that are mixed up most.
fn pairs(matrix: &[Vec<usize>], names: &[String]) -> String {
    let cells = matrix.iter().enumerate().flat_map(|(truth, row)| {
        row.iter().enumerate().map(move |(said, &count)| (count, truth, said))
    });
    let mut wrong: Vec<(usize, usize, usize)> =
        cells.filter(|(count, truth, said)| truth != said && *count > 0).collect();
    // The most frequent first, of equal ones in the order of the classes.
    wrong.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    if wrong.is_empty() {
        return note("No two classes were mixed up.");
    }
    let mut table = Table::new("Mixed up most", &["true", "predicted", "samples", "of the class"]);
    for &(count, truth, said) in wrong.iter().take(PAIRS) {
        table.row([
            Cell::Markup(name(&names[truth])),
            Cell::Markup(name(&names[said])),
            Cell::Number(count_text(count)),
            Cell::Number(percent(share(&matrix[truth], said))),
        ]);
    }
    table.html()
}

/// Precision, recall, F1 and overlap of each class; of many, of those with the lowest F1.
fn each_class(matrix: &[Vec<usize>], names: &[String]) -> String {
    let predicted: Vec<usize> =
        (0..matrix.len()).map(|said| matrix.iter().map(|row| row[said]).sum()).collect();
    let ratio = |a: usize, b: usize| if b == 0 { f64::NAN } else { a as f64 / b as f64 };
    let figures = |class: usize| {
        let (right, truth) = (matrix[class][class], matrix[class].iter().sum::<usize>());
        let f1 = ratio(2 * right, truth + predicted[class]);
        (truth, ratio(right, predicted[class]), ratio(right, truth), f1)
    };
    let mut order: Vec<usize> = (0..matrix.len()).collect();
    let is_cut = order.len() > LISTED;
    if is_cut {
        let rank = |class: usize| Some(figures(class).3).filter(|f1| f1.is_finite()).unwrap_or(2.0);
        order.sort_by(|&a, &b| rank(a).total_cmp(&rank(b)).then(a.cmp(&b)));
    }
    let caption = match is_cut {
        true => format!(
            "The {LISTED} of {} with the lowest F1",
            counted(order.len(), "class").replace("classs", "classes")
        ),
        false => "Each class".to_string(),
    };
    let mut table = Table::new(caption, &["class", "true", "precision", "recall", "F1"]);
    for class in order.into_iter().take(LISTED) {
        let (truth, precision, recall, f1) = figures(class);
        table.row([
            Cell::Markup(name(&names[class])),
            Cell::Number(count_text(truth)),
            Cell::Number(percent(precision)),
            Cell::Number(percent(recall)),
            Cell::Number(percent(f1)),
        ]);
    }
    table.html()
}

/// Whether the probabilities of predicted classes are as often right as they say.
pub(super) fn calibration(found: &ClassPredictions) -> String {
    let Some(curve) = curve(found) else {
        return note("The outputs are no probabilities, so that there is no calibration.");
    };
    let error = percent(curve.expected_calibration_error);
    let caption =
        format!("<b>Calibration</b> share that is right; expected calibration error {error}");
    let label = format!("Calibration: expected calibration error {error}");
    let mut table = Table::new(
        "How often probabilities are right",
        &["probability", "samples", "said", "right"],
    );
    let mut bars = Vec::new();
    for ((&said, &right), &count) in curve.predicted.iter().zip(&curve.observed).zip(&curve.counts)
    {
        let at = bin(said);
        let hint = format!(
            "said {}, right {} of {}",
            percent(said),
            percent(right),
            counted(count, "sample")
        );
        bars.push(((at as f64 + 0.5) / BINS as f64, right, hint));
        table.row([
            Cell::Text(format!("{} to {} %", at * 10, at * 10 + 10)),
            Cell::Number(count_text(count)),
            Cell::Number(percent(said)),
            Cell::Number(percent(right)),
        ]);
    }
    heading("Calibration") + &tables(&(reliability(&bars, &caption, &label) + &table.html()))
}

/// How often predicted classes are right beside their probability, of samples whose class is known; `None` if scores
/// are no probabilities.
fn curve(predictions: &ClassPredictions) -> Option<CalibrationCurve> {
    let truth = predictions.truth.as_ref().filter(|_| predictions.are_probabilities)?;
    let pairs = predictions.samples.iter().zip(truth).filter_map(|(own, truth)| {
        let probability = f64::from(*own.scores.get(own.class)?);
        probability.is_finite().then_some((probability, own.class == *truth))
    });
    let (said, are_right): (Vec<f64>, Vec<bool>) = pairs.unzip();
    (!said.is_empty()).then(|| of_predicted(&said, &are_right))
}

fn of_predicted(said: &[f64], are_right: &[bool]) -> CalibrationCurve {
    CalibrationCurve::of("the predicted class", said, are_right, BINS, Binning::Uniform)
}

/// The bin that a mean probability lies in; each holds its upper end, which rounding does not pass.
fn bin(said: f64) -> usize {
    ((said * BINS as f64 - 1e-9).ceil() as usize).clamp(1, BINS) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy, over the bins from `low` to `high` of linspace(0, 1, 11), with m = (p > low) & (p <= high):
    /// error += abs(p[m].mean() - right[m].mean()) * m.mean()
    #[test]
    fn the_error_is_that_of_the_paper() {
        let all = [
            (0.95, true),
            (0.9, true),
            (0.91, false),
            (0.55, true),
            (0.6, false),
            (0.51, false),
            (0.72, true),
            (0.79, true),
            (1.0, true),
            (0.34, false),
        ];
        let (said, are_right): (Vec<f64>, Vec<bool>) = all.into_iter().unzip();
        let found = of_predicted(&said, &are_right);
        let error = found.expected_calibration_error;
        assert!((error - 0.245).abs() < 1e-9, "{error}");
        let mut counts = [0; BINS];
        for (&said, &count) in found.predicted.iter().zip(&found.counts) {
            counts[bin(said)] += count;
        }
        assert_eq!(counts, [0, 0, 0, 1, 0, 3, 0, 2, 1, 3]);
    }

    #[test]
    fn a_mean_on_an_edge_is_in_the_bin_that_ends_there() {
        assert_eq!([0.0, 0.1, 0.1 + 0.2, 0.31, 1.0].map(bin), [0, 0, 2, 3, 9]);
    }
}
