//! `summary` and `inspect`.

use super::{Command, Expression, Given};
use crate::json::exact;
use crate::{Failure, Session, Value, show};
use relume_catalog::Spec;
use relume_datasets::{Batches, Part};
use relume_inspection::{Health, Severity, findings, inspect, summarise};
use relume_layers::Workspace;
use relume_training::{Plan, Task, TrainError};
use serde_json::json;

/// Shows a network's stages with their shapes and parameters.
///
/// Sizes are known once the network was trained, begins with input(...), or is given data with `on`.
///
/// ```relume
/// mlp = dense(32) -> relu -> dense(10)
/// summary mlp on digits
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Summary {
    /// The network.
    pub network: Expression,
    /// Data whose samples it would take.
    pub on: Option<Expression>,
}

impl Command for Summary {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let (_, mut model) = given.network(session, "network")?;
        let expr = given.required("network")?;
        if let Some(on) = given.expr("on") {
            let data = part(session.evaluate(on)?)
                .ok_or_else(|| Failure::at(on.span, "data are wanted here"))?;
            let data = session.part_for(&model, &data, on.span)?;
            let built = model.build(data.data().sample_shape());
            built.map_err(|error| Failure::training(&error, expr.span, None)).map(|_| ())?;
        }
        match model.network() {
            Some(network) => {
                let summary = summarise(network);
                session
                    .output
                    .result(&show::summary(&summary), || json!({ "summary": exact(&summary) }));
                Ok(())
            }
            None => Err(Failure::at(expr.span, "the network's sizes are not known yet")
                .help("train it, begin it with input(...), or say: summary ... on DATA")),
        }
    }
}

/// The number of samples.
const SAMPLES: usize = 256;

/// Looks inside a network on data: dead and saturated units, gradient flow, size of updates, and what to try.
///
/// One batch of up to 256 samples passes forward and backward, as in training; nothing is changed.
///
/// ```relume
/// mlp = dense(32) -> relu -> dense(10)
/// train mlp on digits epochs=1
/// inspect mlp on digits
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Inspect {
    /// The network.
    pub network: Expression,
    /// A data set (its train part) or a part of one.
    pub on: Expression,
}

impl Command for Inspect {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let (_, mut model) = given.network(session, "network")?;
        let on = given.required("on")?;
        let part = part(session.evaluate(on)?)
            .ok_or_else(|| Failure::at(on.span, "data are wanted here"))?;
        let part = session.part_for(&model, &part, on.span)?;
        let span = given.required("network")?.span;
        let shape = part.data().sample_shape();
        let spec = model.spec().clone();
        let failed = |error: TrainError| Failure::training(&error, span, Some(&spec));
        let plan = model.run().plan.clone().unwrap_or_else(|| Plan::for_data(part.data(), 1));
        model.build(shape).map_err(failed)?;
        let Some(batch) = Batches::shuffled(part.clone(), SAMPLES, 0, 0).next() else {
            return Err(Failure::at(on.span, "there are no samples"));
        };
        let batch = batch.map_err(|error| Failure::data(&error, on.span))?;
        let Some(network) = model.network() else {
            return Err(Failure::at(span, "the network has no weights yet"));
        };
        let lr = plan.optimizer.inner().learning_rate();
        let task = Task::new(network, part.data(), &plan.loss).map_err(failed)?;
        let loss = |workspace: &mut Workspace, output| task.loss(workspace, output, &batch);
        let health = inspect::<TrainError>(network, &batch.inputs, lr, loss).map_err(failed)?;
        let found = findings(&health);
        let mut text = stages(&health);
        text += &parameters(&health);
        for finding in &found {
            let word = match finding.severity {
                Severity::Problem => "problem",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            text +=
                &format!("{word}: {}: {}\n  {}\n", finding.place, finding.finding, finding.advice);
        }
        if found.is_empty() {
            text += "nothing conspicuous: no dead or saturated units, gradients flow\n";
        }
        session.output.result(
            &text,
            || json!({ "type": "inspection", "health": exact(&health), "findings": exact(&found) }),
        );
        Ok(())
    }
}

/// The part of a value: a data set's train part, or a part itself.
fn part(value: Value) -> Option<Part> {
    match value {
        Value::Data(data) => Some(data.train()),
        Value::Part(part) => Some(part),
        _ => None,
    }
}

fn small(x: f32) -> String {
    format!("{x:.1e}")
}

fn stages(health: &Health) -> String {
    let rows = health.stages.iter().map(|stage| {
        let percent = |part: f32| {
            if part == 0.0 { "-".to_string() } else { format!("{:.0} %", part * 100.0) }
        };
        let (dead, saturated) = match stage.units {
            Some(units) => {
                (percent(units.dead as f32 / units.units.max(1) as f32), percent(units.saturated))
            }
            None => (String::new(), String::new()),
        };
        vec![
            stage.index.to_string(),
            stage.stage.clone(),
            format!("{:.3}", stage.output.mean),
            format!("{:.3}", stage.output.std),
            stage.gradient.map_or("-".to_string(), small),
            dead,
            saturated,
        ]
    });
    show::table(&["", "stage", "mean", "std", "gradient", "dead", "saturated"], rows)
}

fn parameters(health: &Health) -> String {
    let rows = health.parameters.iter().map(|parameter| {
        let gradient = parameter.gradient.unwrap_or(0.0);
        let update = match parameter.weight > 0.0 {
            true => {
                format!("{:.0e}", health.lr * f64::from(gradient) / f64::from(parameter.weight))
            }
            false => "-".to_string(),
        };
        vec![parameter.name.clone(), small(parameter.weight), small(gradient), update]
    });
    show::table(&["parameter", "size", "gradient", "lr * gradient / size"], rows)
}
