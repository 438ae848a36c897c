//! The section of the results: figures on samples that were held out, by the kind of task.

mod classes;
mod numbers;

use crate::context::{Context, Written, because};
use crate::html::{Cell, NAME, Table, cut, metric_text, note, short};
use relume_training::task::{Decoded, TranscriptPredictions};
use relume_training::{Evaluation, Predictions, TrainError, predict_part};

/// Transcripts that are shown.
const TRANSCRIPTS: usize = 8;

/// The section.
pub(crate) fn results(context: &Context<'_>) -> Written {
    if !context.is_trained() {
        return because("The network has not been trained yet: its answers say nothing.");
    }
    let evaluation = match &context.evaluation {
        Some(Ok(evaluation)) => evaluation,
        Some(Err(error)) => return because(format!("The network cannot be evaluated: {error}.")),
        None => return because("The network was not evaluated."),
    };
    let mut out = note(&format!("Measured on {}.", context.samples_text()));
    out += &figures(evaluation);
    let decoded = predictions(context)?.decoded;
    match decoded {
        Decoded::Classes(found) => {
            out += &classes::confusion(evaluation);
            out += &classes::calibration(&found);
        }
        Decoded::Places(_) => {
            out += &classes::confusion(evaluation);
            out += &note(
                "Classes are those of places, each of which is counted; probabilities are not compared.",
            );
        }
        Decoded::Numbers(found) if context.data.targets().are_several_labels() => {
            out += &numbers::labels(&found);
        }
        Decoded::Numbers(found) => out += &numbers::numbers(&found),
        Decoded::Transcripts(found) => out += &transcripts(&found),
        Decoded::Outputs => {
            out += &classes::confusion(evaluation);
            out += &note(
                "The network was not trained here, so that its outputs are not compared one by one.",
            );
        }
    }
    Ok(out)
}

/// The predictions for the samples that were held out.
pub(crate) fn predictions(context: &Context<'_>) -> Result<Predictions, TrainError> {
    predict_part(&context.model, &context.held_out)
}

/// Loss and metric, beside what a constant reaches.
fn figures(evaluation: &Evaluation) -> String {
    let metric = evaluation.metric;
    let mut table = Table::new("Figures", &["", "loss", &metric.replace('_', " ")]);
    table.row([
        Cell::Text("the network".to_string()),
        Cell::Number(short(f64::from(evaluation.loss))),
        Cell::Number(metric_text(metric, evaluation.metric_value.into())),
    ]);
    if let Some(constant) = &evaluation.constant {
        table.row([
            Cell::Text("the best constant".to_string()),
            Cell::Number(short(constant.loss)),
            Cell::Number(metric_text(metric, constant.metric)),
        ]);
    }
    table.html()
}

fn transcripts(found: &TranscriptPredictions) -> String {
    let Some(truth) = &found.truth else { return String::new() };
    let mut table = Table::new("Some transcripts", &["true", "predicted"]);
    for (truth, own) in truth.iter().zip(&found.samples).take(TRANSCRIPTS) {
        let text = |text: &str| Cell::Text(cut(text, 3 * NAME));
        table.row([text(truth), text(own)]);
    }
    table.html() + &note("Strings of labels have neither a confusion matrix nor a calibration.")
}
