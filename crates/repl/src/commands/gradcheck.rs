//! `gradcheck`.

use super::summary::part;
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::lines::folded;
use crate::{Failure, Session, show};
use relume_catalog::{Spec, count_text};
use relume_inspection::{ALLOWED, Gradcheck as Checked, GradcheckOptions, GradcheckRow, gradcheck};
use serde_json::json;

/// Compares the gradients of a network's loss with differences of the loss.
///
/// The loss is the one that the network is trained with, on a few samples, and layers behave as in training; what is
/// random stays the same. Up to 40 numbers of each parameter are checked: those with the largest gradients, and others
/// evenly spread. Each is moved by four steps to both sides, from which the slope at a step of 0 follows (Ridders'
/// extrapolation, 1982). A gradient may differ from it by 2 %, and by what rounding makes of it. At a bend, such as that
/// of relu, there is no one slope: such numbers are counted and not compared, and so are gradients that are too small
/// for single precision. The row `loss` compares the gradient of the loss with respect to the outputs; the others that
/// of the outputs, weighted by it, which is the gradient of the loss by the chain rule.
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
        let text = show::table(
            &["parameter", "numbers", "checked", "bends", "small", "differ", "worst", "at"],
            checked.rows.iter().map(row),
        );
        let text = text + &summary(&checked);
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

/// How much was compared, and what could not be.
fn summary(checked: &Checked) -> String {
    let sum = |of: fn(&GradcheckRow) -> usize| count_text(checked.rows.iter().map(of).sum());
    let mut text = format!(
        "{} of {} numbers compared; {} at bends, {} too small\n",
        sum(GradcheckRow::compared),
        sum(|row| row.checked),
        sum(|row| row.bends),
        sum(|row| row.small)
    );
    let none: Vec<&str> = (checked.rows.iter())
        .filter(|row| row.compared() == 0)
        .map(|row| row.name.as_str())
        .collect();
    if !none.is_empty() {
        text += &folded("", 2, &format!("nothing could be compared in {}", none.join(", ")));
    }
    if checked.passed {
        text += &format!("passed: none of them differs by more than {} %\n", 100.0 * ALLOWED);
    }
    text
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
