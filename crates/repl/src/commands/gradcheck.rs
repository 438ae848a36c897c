//! `gradcheck`.

use super::summary::part;
use super::{Command, Expression, Given};
use crate::checked_gradients::{text, told};
use crate::json::exact;
use crate::{Failure, Session};
use relume_catalog::Spec;
use relume_inspection::{GradcheckOptions, fault_of_own_activation, gradcheck};
use serde_json::json;

/// Compares the gradients of a network's loss with differences of the loss.
///
/// The loss is the one that the network is trained with, on a few samples, and layers behave as in training; what is
/// random stays the same. Up to 40 numbers of each parameter are checked: those with the largest gradients, and others
/// evenly spread. Each is moved by four steps to both sides, from which the slope at a step of 0 follows (Ridders'
/// extrapolation, 1982). A gradient may differ from it by 2 %, and by what rounding makes of it. At a bend, such as
/// that of relu, there is no one slope: such numbers are counted and not compared, and so are gradients that are too
/// small for single precision. The row `loss` compares the gradient of the loss with respect to the outputs; the others
/// that of the outputs, weighted by it, which is the gradient of the loss by the chain rule.
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
    /// A data set (its train part), or a part of one.
    pub on: Expression,
    /// How many samples the batch has.
    #[spec(default = 4, range = 2..=1024)]
    pub samples: usize,
    /// Whether the gradient of the inputs is checked as well.
    #[spec(default = false)]
    pub inputs: bool,
}

impl Command for Gradcheck {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Gradcheck { samples, inputs, .. } = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let on = given.required("on")?;
        let value = session.evaluate(on)?;
        let kind = value.kind();
        let part = part(value)
            .ok_or_else(|| Failure::at(on.span, format!("data are wanted here, not {kind}")))?;
        let part = session.part_for(&model, &part, on.span)?;
        let span = given.required("network")?.span;
        let options = GradcheckOptions { samples, inputs, ..GradcheckOptions::default() };
        let checked = gradcheck(&model, &part, &options)
            .map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        let shown = exact(&checked);
        session.output.result(&text(&checked), || {
            json!({ "type": "passed", "passed": checked.passed, "schema": 1, "gradcheck": shown })
        });
        match checked.rows.iter().find(|row| row.differ > 0) {
            None => Ok(()),
            Some(worst) => Err(Failure::at(span, told(worst)).help(
                match fault_of_own_activation(model.spec()) {
                    Some(fault) => fault.to_string(),
                    None => "the backward rule of a layer from outside, or of the loss, is wrong there: check it \
                             alone"
                        .to_string(),
                },
            )),
        }
    }
}
