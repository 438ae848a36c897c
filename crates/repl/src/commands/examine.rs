//! `examine`.

use super::{Command, Expression, Given};
use crate::eval::widened;
use crate::json::exact;
use crate::syntax::Span;
use crate::{Failure, Session, Value, examined};
use relume_activations::{ActivationSpec, Constant, Formula};
use relume_catalog::Spec;
use relume_inspection::{ExamineError, TrainedActivation, curves, examine};
use relume_layers::Stage;
use relume_tensor::{Shape, Tensor};
use relume_training::Model;
use serde_json::json;

/// Shows what an activation function is like, and what it does to signals and gradients.
///
/// The function may be one of your own: swoosh(x) = x * sigmoid(1.5 * x). Where it is flat no gradient passes. The gain
/// is the factor on weights of deviation 1 / sqrt(inputs) by which the outputs of the next layer have variance 1 again,
/// for inputs with mean 0 and variance 1: he_normal has sqrt(2), which relu needs. Then signals and gradients are
/// passed through 20 layers of 256 units with that gain. Places are found within 20 of 0, from points 0.01 apart and by
/// halving; range and slope also far out. Trained parameters have their first values, in `examine net.layers[1]` those
/// of the network; where units differ, the mean of theirs.
///
/// ```relume
/// swoosh(x) = x * sigmoid(1.5 * x)
/// examine swoosh
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Examine {
    /// The function: one of the activations, or one of your own.
    pub function: Expression,
}

impl Command for Examine {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let expr = given.required("function")?;
        let value = session.evaluate(expr)?;
        let activation = session.activation_value(value, expr.span)?;
        let failed = |error: ExamineError| {
            Failure::at(expr.span, error.to_string())
                .help("activations of one number can be examined, such as mish")
        };
        let found = examine(&activation).map_err(failed)?;
        let chart = curves(std::slice::from_ref(&activation), [-5.0, 5.0]).map_err(failed)?;
        let text = examined::text(&activation, &found, &chart);
        session.output.result(
            &text,
            || json!({ "type": "examination", "schema": 1, "examination": exact(&found) }),
        );
        Ok(())
    }
}

impl Session {
    /// The activation function that a value is, with the values that its parameters have there.
    pub(crate) fn activation_value(
        &mut self,
        value: Value,
        span: Span,
    ) -> Result<TrainedActivation, Failure> {
        let stage = match self.as_stage(value, span)? {
            Value::Network(model) => match model.spec().layers.as_slice() {
                [Stage::Activation(activation)] => Some((activation.clone(), model)),
                _ => None,
            },
            _ => None,
        };
        match stage {
            Some((activation, model)) => Ok(trained(activation, &model)),
            None => Err(Failure::at(span, "an activation function is wanted here")
                .help("one of `help activations`, or your own: swoosh(x) = x * sigmoid(1.5 * x)")),
        }
    }
}

/// An activation with the values that its parameters have in the network that it is.
fn trained(activation: ActivationSpec, model: &Model) -> TrainedActivation {
    let state = model.state();
    let names = activation.inner().parameters(Shape::SCALAR).into_iter();
    let value = |(name, _)| state.get(&format!("0.{name}")).map(|own| own.value.clone());
    let parameters: Option<Vec<Tensor>> = names.map(value).collect();
    let written = match (&activation, &parameters) {
        (ActivationSpec::Formula(formula), Some(values)) => formula_with(formula, values),
        _ => None,
    };
    TrainedActivation { activation: written.unwrap_or(activation), parameters }
}

/// A formula whose text has the values of its constants; of several numbers their mean.
fn formula_with(formula: &Formula, values: &[Tensor]) -> Option<ActivationSpec> {
    let mut definition = formula.read().ok()?;
    let mut means = values.iter().map(Tensor::mean);
    for (_, constant) in &mut definition.constants {
        if let Constant::Trained { first, .. } = constant
            && let Some(mean) = means.next().filter(|mean| mean.is_finite())
        {
            *first = widened(mean);
        }
    }
    Some(Formula::from(definition).into())
}
