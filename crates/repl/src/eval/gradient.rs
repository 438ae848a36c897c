//! Derivatives of expressions, also with respect to the weights of a network that is applied in them.

use super::functions::Given;
use super::tensor;
use crate::syntax::{Expr, ExprKind, Span, Subscript};
use crate::{Failure, Session, Value};
use relume_autograd::{AutogradError, Tape, Var};
use relume_layers::{ParameterId, Role};
use relume_tensor::Tensor;
use relume_training::Model;

/// The variable of a derivative.
#[derive(Debug)]
pub(crate) struct Differentiated {
    /// Its position on the tape.
    var: Var,
    /// Its numbers.
    value: Tensor,
    /// The path of the parameter that it was read from, if any.
    path: Option<String>,
}

/// The derivative with respect to the value of a name.
pub(super) fn grad(session: &mut Session, given: &Given<'_>) -> Result<Value, Failure> {
    let span = given.span;
    let [target, variable] = given.expressions()?;
    let ExprKind::Name(name) = &variable.kind else {
        return Err(Failure::at(variable.span, "grad takes the derivative with respect to a name")
            .help("give it a name first: w = mlp.layers[0].weight"));
    };
    if session.tape.is_some() {
        return Err(Failure::at(span, "second derivatives are not supported"));
    }
    let original = session.evaluate(variable)?;
    let start = tensor(&original, variable.span)?;
    let mut tape = Tape::new();
    let var = tape.variable(start.clone());
    let path = session.names.path(name).cloned();
    session.tape = Some(tape);
    session.differentiated = Some(Differentiated { var, value: start.clone(), path });
    session.names.update(name.clone(), Value::Tracked(var));
    let result = session.stoppable(span, |session| session.evaluate(target));
    session.names.update(name.clone(), original);
    session.differentiated = None;
    let tape = session.tape.take();
    let (value, Some(mut tape)) = (result?, tape) else {
        return Err(Failure::at(span, "the tape is gone"));
    };
    match value {
        Value::Tracked(target_var) => {
            tape.backward(target_var).map_err(|error| {
                let failure = Failure::operation(&error, target.span);
                match error {
                    AutogradError::NotScalar { .. } => {
                        failure.help("sum or mean makes a single number of a tensor")
                    }
                    _ => failure,
                }
            })?;
            let gradient = tape.take_gradient(var);
            Ok(Value::Tensor(gradient.unwrap_or_else(|| Tensor::zeros(start.shape()))))
        }
        // The name does not occur in it.
        _ => Ok(Value::Tensor(Tensor::zeros(start.shape()))),
    }
}

impl Session {
    /// The parameters of a network that are the variable of the derivative, with their position on the tape.
    ///
    /// A tensor read from a network shares its numbers with the parameter until training changes it. Copies of a
    /// network's layers share them too: then the path tells which one was read.
    pub(super) fn differentiated_places(
        &self,
        model: &Model,
        span: Span,
    ) -> Result<Vec<(ParameterId, Var)>, Failure> {
        let (Some(Differentiated { var, value, path }), Some(network)) =
            (&self.differentiated, model.network())
        else {
            return Ok(Vec::new());
        };
        let same = |parameter: &relume_layers::Parameter| {
            parameter.value.shares_with(value) && parameter.value.shape() == value.shape()
        };
        let mut found: Vec<_> =
            network.parameters().iter().filter(|(_, parameter)| same(parameter)).collect();
        if let Some(read) = found.iter().find(|(_, p)| Some(&p.name) == path.as_ref()) {
            found = vec![*read];
        }
        for (id, parameter) in &found {
            let name = &parameter.name;
            if parameter.role == Role::Buffer {
                return Err(Failure::at(
                    span,
                    format!("{name} is a buffer that its layer keeps; it has no gradient"),
                ));
            }
            if model.optimizer().is_some_and(|optimizer| optimizer.average(id.index()).is_some()) {
                return Err(Failure::at(
                    span,
                    format!(
                        "the network is used with the moving average of {name}, not with {name} itself"
                    ),
                ));
            }
        }
        Ok(found.into_iter().map(|(id, _)| (id, *var)).collect())
    }

    /// The path of the parameter that an expression reads, as `mlp.layers[0].weight` does.
    pub(crate) fn parameter_path(&mut self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) => self.names.path(name).cloned(),
            ExprKind::Field(base, field, _) if reads_a_layer(base) => match self.evaluate(base) {
                Ok(Value::Layer(_, index)) => Some(format!("{index}.{field}")),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether an expression is a name, or an item of a network's layers: evaluating it again costs nothing.
fn reads_a_layer(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        // A path may lead into a stage: then the layer's index is not the whole way.
        ExprKind::Index(base, subscripts) if !subscripts.iter().any(is_text) => match &base.kind {
            ExprKind::Field(base, name, _) => {
                name == "layers" && matches!(base.kind, ExprKind::Name(_))
            }
            kind => matches!(kind, ExprKind::Name(_)),
        },
        _ => false,
    }
}

fn is_text(subscript: &Subscript) -> bool {
    matches!(subscript, Subscript::Item(Expr { kind: ExprKind::Text(_), .. }))
}
