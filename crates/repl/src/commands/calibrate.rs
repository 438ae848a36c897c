//! `calibrate`.

use super::scored::{choosing_part, scored};
use super::{Command, Expression, Given};
use crate::aligned::table;
use crate::json::exact;
use crate::show::number;
use crate::syntax::{ExprKind, Span, Word};
use crate::{Failure, Session};
use relume_catalog::{Spec, counted};
use relume_inspection::figures::{Temperature, TemperatureError};
use relume_layers::NetworkSpec;
use serde_json::json;

/// Makes the probabilities of a classifier come true as often as they say: temperature scaling.
///
/// One number, the temperature, is found by which the logits are divided so that the validation part is most likely,
/// and the weight and the bias of the last dense layer are divided by it. So it is saved and exported with the network;
/// what is predicted stays, only its probabilities change. Above 1 the network was too sure. `calibrate mlp off`
/// multiplies the layer by it again, also after it was saved and loaded, as long as its numbers are the same;
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
        if let [Word::Positional(_), Word::Positional(expr)] = given.words
            && matches!(&expr.kind, ExprKind::Name(name) if name == "off")
        {
            return take_back(session, given);
        }
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
        let spec = model.spec().clone();
        let failed = |error: TemperatureError| failure(&error, &spec, [network, on]);
        let found = Temperature::of(&scores).map_err(failed)?;
        if let Some(name) = &name {
            found.apply(&mut model).map_err(failed)?;
            session.update_network(name, model);
        }
        let shown = exact(&found);
        session.output.result(&text(&found, name.as_deref()), || {
            json!({ "type": "calibrate", "schema": 1, "applied": words.apply, "calibrate": shown })
        });
        Ok(())
    }
}

/// `calibrate net off`.
fn take_back(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
    let (name, mut model) = given.named_network(session, "network")?;
    let span = given.required("network")?.span;
    let spec = model.spec().clone();
    let found = Temperature::take_back(&mut model);
    let temperature = found.map_err(|error| failure(&error, &spec, [span, given.span]))?;
    session.update_network(&name, model);
    let text = format!(
        "the last dense layer is multiplied by the temperature {} again\n",
        number(rounded(temperature))
    );
    session.output.result(
        &text,
        || json!({ "type": "calibrate", "schema": 1, "applied": false, "taken_back": temperature }),
    );
    Ok(())
}

/// What is wrong with a network or with samples.
fn failure(error: &TemperatureError, spec: &NetworkSpec, [network, on]: [Span; 2]) -> Failure {
    match error {
        TemperatureError::Train(error) => Failure::training(error, network, Some(spec)),
        TemperatureError::NoLogits(_) => Failure::at(network, error.to_string())
            .help("apply=false shows the temperature and leaves the network"),
        TemperatureError::NoProbabilities => Failure::at(network, error.to_string())
            .help("one that is trained with cross_entropy gives them"),
        TemperatureError::NothingSaid => Failure::at(network, error.to_string())
            .help("train it first, on data with the same classes"),
        TemperatureError::AllRight => {
            Failure::at(on, error.to_string()).help("choose by samples that it was not trained on")
        }
        TemperatureError::NotCalibrated => Failure::at(network, error.to_string())
            .help("calibrate net on d divides its last dense layer by a temperature"),
        TemperatureError::ChangedSince => Failure::at(network, error.to_string()).help(
            "such numbers were never divided by the temperature: there is nothing to take back",
        ),
    }
}

/// A temperature with four digits after the point.
fn rounded(temperature: f64) -> f64 {
    format!("{temperature:.4}").parse().unwrap_or(temperature)
}

/// The figures; `network` is the one that is changed.
fn text(found: &Temperature, network: Option<&str>) -> String {
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
    let temperature = rounded(found.temperature);
    let sense = match temperature {
        t if t > 1.005 => "it was too sure",
        t if t < 0.995 => "it was not sure enough",
        _ => "its probabilities are right",
    };
    let done = match network {
        Some(name) => {
            format!("the last dense layer is divided by it; calibrate {name} off takes it back")
        }
        None => "the network is unchanged".to_string(),
    };
    table(&["", "before", "after"], rows.into_iter())
        + &format!(
            "temperature {} by {} of {}: {sense}\n{done}\n",
            number(temperature),
            counted(found.samples, "sample"),
            found.data
        )
}
