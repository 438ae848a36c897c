//! `gradcheck`.

use super::{Command, Expression, Given};
use crate::json::exact;
use crate::{Failure, Session, Value, show};
use relume_catalog::{Spec, count_text};
use relume_inspection::{ALLOWED, GradcheckOptions, GradcheckRow, gradcheck};
use serde_json::json;

/// Compares the gradients of a network's loss with differences of the loss.
///
/// The loss is the one that the network is trained with, on a few samples, and layers behave as in training; what is
/// random stays the same. Up to 40 numbers of each parameter are checked: those with the largest gradients, and others
/// evenly spread. Each is moved by four steps to both sides, from which the slope at a step of 0 follows (Ridders'
/// extrapolation, 1982). A gradient may differ from it by 2 %, and by what the rounding of the loss makes of it. At a
/// bend, such as that of relu, there is no one slope: such numbers are counted and not compared, and so are gradients
/// that are too small for single precision.
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
        let part = match session.evaluate(on)? {
            Value::Data(data) => data.train(),
            Value::Part(part) => part,
            other => {
                let kind = other.kind();
                return Err(Failure::at(on.span, format!("data are wanted here, not {kind}")));
            }
        };
        let part = session.part_for(&model, &part, on.span)?;
        let span = given.required("network")?.span;
        let options = GradcheckOptions { samples, inputs, ..GradcheckOptions::default() };
        let checked = gradcheck(&model, &part, &options)
            .map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        let text = show::table(
            &["parameter", "numbers", "checked", "bends", "small", "differ", "worst", "at"],
            checked.rows.iter().map(row),
        );
        let text = text
            + &match checked.passed {
                true => format!("passed: no gradient differs by more than {} %\n", 100.0 * ALLOWED),
                false => String::new(),
            };
        let shown = exact(&checked);
        session
            .output
            .result(&text, || json!({ "type": "passed", "passed": checked.passed, "schema": 1, "gradcheck": shown }));
        match checked.rows.iter().find(|row| row.differ > 0) {
            None => Ok(()),
            Some(worst) => Err(Failure::at(span, told(worst)).help(
                "the backward rule of a layer from outside, or of the loss, is wrong there: check it alone",
            )),
        }
    }
}

fn row(own: &GradcheckRow) -> Vec<String> {
    let numbers = [own.numbers, own.checked, own.bends, own.small, own.differ].map(count_text);
    let worst =
        own.worst.map_or_else(|| "-".to_string(), |worst| format!("{:.2} %", 100.0 * worst));
    let at = own.worst.map_or_else(String::new, |_| at(own));
    [own.name.clone()].into_iter().chain(numbers).chain([worst, at]).collect()
}

fn at(own: &GradcheckRow) -> String {
    let index: Vec<String> = own.index.iter().map(usize::to_string).collect();
    format!("[{}]", index.join(", "))
}

/// What the worst difference of a parameter is.
fn told(own: &GradcheckRow) -> String {
    format!(
        "gradients differ from the slopes of the loss: {}{} is {:.4e} by the backward rules and {:.4e} by differences",
        own.name,
        at(own),
        own.tape,
        own.difference
    )
}
