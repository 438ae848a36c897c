//! `examine`.

use super::{Command, Expression, Given};
use crate::eval::widened;
use crate::json::exact;
use crate::syntax::Span;
use crate::{Failure, Session, Value, examined};
use relume_activations::{ActivationSpec, Constant, Formula};
use relume_catalog::Spec;
use relume_inspection::{ExamineError, curves, examine};
use relume_layers::Stage;
use relume_training::Model;
use serde_json::json;

/// Shows what an activation function is like, and what it does to signals and gradients.
///
/// The function may be one of your own: swoosh(x) = x * sigmoid(1.5 * x). Where it is flat no gradient passes. The gain
/// is the factor on weights of deviation 1 / sqrt(inputs) by which the outputs of the next layer have variance 1 again,
/// for inputs with mean 0 and variance 1: he_normal has sqrt(2), which relu needs. Then signals and gradients are
/// passed through 20 layers of 256 units with that gain. Trained constants have their first
/// values, in `examine net.layers[1]` those of the network.
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
    /// The activation function that a value is.
    pub(crate) fn activation_value(
        &mut self,
        value: Value,
        span: Span,
    ) -> Result<ActivationSpec, Failure> {
        let stage = match self.as_stage(value, span)? {
            Value::Network(model) => match model.spec().layers.as_slice() {
                [stage] => Some(stage.clone()),
                _ => None,
            },
            Value::Layer(model, index) => {
                let stage = model.spec().layers.get(index).cloned();
                stage.map(|stage| trained(stage, &model, index))
            }
            _ => None,
        };
        match stage {
            Some(Stage::Activation(activation)) => Ok(activation),
            _ => Err(Failure::at(span, "an activation function is wanted here")
                .help("one of `help activations`, or your own: swoosh(x) = x * sigmoid(1.5 * x)")),
        }
    }
}

/// A formula with the values that its constants have in a network; of several numbers their mean.
fn trained(stage: Stage, model: &Model, index: usize) -> Stage {
    let Some(mut definition) = stage.formula().and_then(|formula| formula.read().ok()) else {
        return stage;
    };
    let state = model.state();
    for (name, constant) in &mut definition.constants {
        if let (Constant::Trained { first, .. }, Some(parameter)) =
            (constant, state.get(&format!("{index}.{name}")))
        {
            *first = widened(parameter.value.mean());
        }
    }
    ActivationSpec::from(Formula::from(definition)).into()
}
