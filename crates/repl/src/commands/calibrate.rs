//! `calibrate`.

use super::scored::{choosing_part, scored};
use super::{Command, Expression, Given};
use crate::aligned::table;
use crate::json::exact;
use crate::show::number;
use crate::{Failure, Session};
use relume_catalog::{Spec, counted};
use relume_inspection::figures::{Temperature, TemperatureError};
use serde_json::json;

/// Makes the probabilities of a classifier come true as often as they say: temperature scaling.
///
/// One number, the temperature, is found by which the logits are divided so that the validation part is most likely,
/// and the weight and the bias of the last dense layer are divided by it. So it is saved and exported with the network;
/// what is predicted stays, only its probabilities change. Above 1 the network was too sure. `undo` takes it back, and
/// calibrating again finds a temperature of 1. With apply=false the figures are shown alone. The test part is refused:
/// plot net on d kind="calibration" judges the result by it. Guo, Pleiss, Sun and Weinberger, "On calibration of modern
/// neural networks", 2017.
///
/// ```relume
/// mlp = dense(64) -> relu -> dense(10)
/// train mlp on digits epochs=5
/// calibrate mlp on digits.train[0..200] apply=false
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Calibrate {
    /// The network; it must have a name, and is changed.
    pub network: Expression,
    /// A data set (its validation part), or other samples than those of a test part.
    pub on: Expression,
    /// Whether the network is changed.
    #[spec(default = true)]
    pub apply: bool,
}

impl Command for Calibrate {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Calibrate = given.checked(session)?;
        let (name, mut model) = match words.apply {
            true => {
                given.named_network(session, "network").map(|(name, model)| (Some(name), model))?
            }
            false => given.network(session, "network")?,
        };
        let part = choosing_part(session, given, &model)?;
        let (network, on) = (given.required("network")?.span, given.required("on")?.span);
        let scores = scored(session, &model, &part, on)?;
        let failed = |error: TemperatureError| match error {
            TemperatureError::Train(error) => {
                Failure::training(&error, network, Some(model.spec()))
            }
            TemperatureError::NoLogits(_) => Failure::at(network, error.to_string())
                .help("apply=false shows the temperature and leaves the network"),
            TemperatureError::NoProbabilities => Failure::at(network, error.to_string())
                .help("one that is trained with cross_entropy gives them"),
            TemperatureError::NothingSaid => Failure::at(network, error.to_string())
                .help("train it first, on data with the same classes"),
            TemperatureError::AllRight => Failure::at(on, error.to_string())
                .help("choose by samples that it was not trained on"),
        };
        let found = Temperature::of(&scores).map_err(failed)?;
        if let Some(name) = name.filter(|_| words.apply) {
            let mut changed = model.clone();
            found.apply(&mut changed).map_err(failed)?;
            model = changed;
            session.update_network(&name, model);
        }
        let shown = exact(&found);
        session.output.result(&text(&found, words.apply), || {
            json!({ "type": "calibrate", "schema": 1, "applied": words.apply, "calibrate": shown })
        });
        Ok(())
    }
}

fn text(found: &Temperature, is_applied: bool) -> String {
    let row = |name: &str, before: f64, after: f64| {
        vec![name.to_string(), format!("{before:.4}"), format!("{after:.4}")]
    };
    let (before, after) = (&found.before, &found.after);
    let rows = [
        row("log-likelihood loss", before.negative_log_likelihood, after.negative_log_likelihood),
        row(
            "expected calibration error",
            before.expected_calibration_error,
            after.expected_calibration_error,
        ),
        row("Brier score", before.brier_score, after.brier_score),
    ];
    let temperature: f64 = format!("{:.4}", found.temperature).parse().unwrap_or(found.temperature);
    let sense = match temperature {
        t if t > 1.005 => "it was too sure",
        t if t < 0.995 => "it was not sure enough",
        _ => "its probabilities are right",
    };
    let done = match is_applied {
        true => "the last dense layer is divided by it; undo takes it back",
        false => "the network is unchanged",
    };
    table(&["", "before", "after"], rows.into_iter())
        + &format!(
            "temperature {} by {} of {}: {sense}\n{done}\n",
            number(temperature),
            counted(found.samples, "sample"),
            found.data
        )
}
