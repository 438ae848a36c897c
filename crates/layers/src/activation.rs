//! Activation functions as stages.

use crate::{Builder, Layer, LayerError, LayerKind, Operation, Pass, Refusal, Stage, Tail};
use relume_activations::ActivationSpec;
use relume_autograd::{Var, ops};
use relume_tensor::Shape;
use std::sync::Arc;

impl LayerKind for ActivationSpec {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(self.inner().output(input)?)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let activation = self.inner();
        let parameters = activation.parameters(input).into_iter();
        let parameters =
            parameters.map(|(name, value)| builder.parameter_from(&name, value)).collect();
        let tail = if let ActivationSpec::Relu(_) = self { Tail::Relu } else { Tail::Separate };
        let operation = Operation { tail, ..Operation::new(activation.op(), parameters) };
        Ok(match activation.is_random() {
            true => Arc::new(RandomActivation { spec: self.clone(), in_use: operation }),
            false => Arc::new(operation),
        })
    }
}

/// An activation that multiplies by random factors in training.
#[derive(Debug)]
struct RandomActivation {
    spec: ActivationSpec,
    in_use: Operation,
}

impl Layer for RandomActivation {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        if !pass.is_training() {
            return self.in_use.forward(pass, x);
        }
        let factors = self.spec.inner().training_factors(pass.tape.value(x), pass.rng);
        let factors = pass.tape.constant(factors);
        Ok(ops::mul(pass.tape, x, factors)?)
    }
}

/// `From` for each function: `Relu::new().into()`.
macro_rules! stages {
    ($($name:ident),* $(,)?) => {
        $(impl From<relume_activations::$name> for Stage {
            fn from(spec: relume_activations::$name) -> Self {
                Stage::Activation(spec.into())
            }
        })*
    };
}

relume_activations::every_activation!(stages);
