//! `gradcheck`.

use super::{Command, Expression, Given};
use crate::{Failure, Session, Value, show};
use relume_autograd::{GradcheckOptions, gradcheck};
use relume_catalog::Spec;
use relume_datasets::Batches;
use relume_layers::{LayerError, Mode, Network, ParameterId, Workspace};
use relume_tensor::Array;
use serde_json::json;

/// Compares a network's gradients with finite differences.
///
/// Four samples pass through as in inference (nothing random), in single precision with a step of 0.01: relative
/// differences up to 2 % are rounding errors. Up to 50 numbers of each parameter are checked. If a step crosses the
/// kink of relu, the slope on one side counts.
///
/// ```relume
/// mlp = dense(32) -> tanh -> dense(10)
/// gradcheck mlp on digits
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Gradcheck {
    /// The network.
    pub network: Expression,
    /// The data.
    pub on: Expression,
}

impl Command for Gradcheck {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let (_, mut model) = given.network(session, "network")?;
        let on = given.required("on")?;
        let part = match session.evaluate(on)? {
            Value::Data(data) => data.train(),
            Value::Part(part) => part,
            other => {
                return Err(Failure::at(
                    on.span,
                    format!("data are wanted here, not {}", other.kind()),
                ));
            }
        };
        let part = session.part_for(&model, &part, on.span)?;
        let span = given.required("network")?.span;
        let spec = model.spec().clone();
        let network = model
            .build(part.data().sample_shape())
            .map_err(|error| Failure::training(&error, span, Some(&spec)))?
            .clone();
        let Some(batch) = Batches::in_order(part, 4).next() else {
            return Err(Failure::at(on.span, "there are no samples"));
        };
        let batch = batch.map_err(|error| Failure::data(&error, on.span))?;
        let trained: Vec<ParameterId> =
            network.parameters().iter().filter(|(_, p)| p.is_trained()).map(|(id, _)| id).collect();
        let mut rows = Vec::new();
        let mut passed = true;
        for id in trained {
            let parameter = network.parameters().get(id);
            let report = check(&network, id, &batch.inputs)
                .map_err(|error| Failure::at(span, error.to_string()))?;
            passed &= report.passed();
            rows.push(vec![
                parameter.name.clone(),
                report.checked.to_string(),
                report.bends.to_string(),
                report.mismatches.len().to_string(),
                format!("{:.2}", report.worst),
            ]);
        }
        let text = show::table(
            &["parameter", "checked", "at a bend", "differ", "worst, 1 is allowed"],
            rows.into_iter(),
        );
        session.output.result(&text, || json!({ "passed": passed }));
        match passed {
            true => Ok(()),
            false => Err(Failure::at(span, "some gradients differ from finite differences")
                .help("try it with smooth activations such as tanh: then every difference counts")),
        }
    }
}

/// Checks the gradient with respect to one parameter.
fn check(
    network: &Network,
    id: ParameterId,
    inputs: &Array,
) -> Result<relume_autograd::GradcheckReport, LayerError> {
    let options = GradcheckOptions { most: 50, ..GradcheckOptions::default() };
    let start = network.parameters().get(id).value.clone();
    gradcheck(
        |tape, vars| {
            let mut network = network.clone();
            network.parameters_mut().get_mut(id).value = tape.value(vars[0]).clone();
            let mut workspace = Workspace::on(std::mem::take(tape));
            workspace.place(id, vars[0]);
            let x = workspace.tape.constant(inputs.clone());
            let y = network.forward(&mut workspace, x, Mode::Inference);
            *tape = workspace.tape;
            y
        },
        &[start],
        options,
    )
}
