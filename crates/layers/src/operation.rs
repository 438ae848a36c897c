//! Built layers that are one operation, or a few one after another.

use crate::{Layer, LayerError, ParameterId, Pass, Tail, ops};
use relume_autograd::{OpRef, Var};
use std::sync::Arc;

/// A layer that is one operation on its input, with a few parameters beside it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub op: OpRef,
    pub parameters: Vec<ParameterId>,
    pub tail: Tail,
}

impl Operation {
    pub fn new(op: impl Into<OpRef>, parameters: Vec<ParameterId>) -> Self {
        Operation { op: op.into(), parameters, tail: Tail::Separate }
    }
}

impl Layer for Operation {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let mut few = [x; 8];
        // Operations from outside may have more; a step of the usual ones allocates nothing.
        let mut many = Vec::new();
        let inputs = match few.get_mut(..=self.parameters.len()) {
            Some(few) => few,
            None => {
                many.resize(1 + self.parameters.len(), x);
                &mut many[..]
            }
        };
        for (slot, &id) in inputs[1..].iter_mut().zip(&self.parameters) {
            *slot = pass.parameter(id);
        }
        Ok(pass.tape.apply(&self.op, inputs)?)
    }

    fn tail(&self) -> Tail {
        self.tail
    }
}

/// A layer that is several operations one after another.
#[derive(Debug)]
pub(crate) struct Steps {
    pub steps: Vec<Operation>,
    pub tail: Tail,
}

impl Steps {
    pub fn new(steps: Vec<Operation>) -> Self {
        Steps { steps, tail: Tail::Separate }
    }

    /// An operation on samples in another shape.
    pub fn between(before: ops::View, operation: Operation, after: ops::View) -> Self {
        let view = |view: ops::View| Operation::new(Arc::new(view), Vec::new());
        Steps::new(vec![view(before), operation, view(after)])
    }
}

impl Layer for Steps {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        self.steps.iter().try_fold(x, |x, step| step.forward(pass, x))
    }

    fn tail(&self) -> Tail {
        self.tail
    }
}

#[cfg(test)]
mod tests {
    use crate::{Mode, Network, NetworkSpec, Stage, Workspace};
    use relume_activations::{Activation, ActivationSpec, Facts};
    use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
    use relume_catalog::Spec;
    use relume_tensor::{Shape, Tensor};
    use std::borrow::Cow;
    use std::ops::RangeInclusive;

    const COUNT: usize = 9;

    /// x and nine numbers added up.
    ///
    /// ```relume
    /// many_terms([-1, 2])
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Spec)]
    #[spec(activation)]
    struct ManyTerms {}

    #[derive(Debug)]
    struct Sum;

    impl Op for Sum {
        fn name(&self) -> &'static str {
            "many_terms"
        }

        fn input_count(&self) -> RangeInclusive<usize> {
            1 + COUNT..=1 + COUNT
        }

        fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
            let terms: f32 = (1..=COUNT).map(|at| inputs[at].sum()).sum();
            let x = inputs[0];
            Ok(Tensor::from_fn(x.shape(), |i| x.data()[i] + terms))
        }

        fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
            let gradient = pass.take_gradient();
            pass.give(0, gradient);
            Ok(())
        }
    }

    impl Activation for ManyTerms {
        fn op(&self) -> OpRef {
            (&Sum as &'static dyn Op).into()
        }

        fn facts(&self) -> Facts {
            Facts::OPEN
        }

        fn parameters(&self, _: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
            let term = |at: usize| (Cow::Owned(format!("term{at}")), Tensor::vector(&[at as f32]));
            (1..=COUNT).map(term).collect()
        }
    }

    #[test]
    fn operations_may_have_any_number_of_parameters() {
        let spec = NetworkSpec::new(vec![Stage::from(ActivationSpec::custom(ManyTerms {}))]);
        let mut network = Network::build(&spec, Shape::from([2]), 0).unwrap();
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(Tensor::vector(&[0.5, -1.0]).reshape([1, 2]).unwrap());
        let y = network.forward(&mut workspace, x, Mode::Inference).unwrap();
        // 1 + 2 + ... + 9 is 45.
        assert_eq!(workspace.tape.get(y).unwrap().data(), [45.5, 44.0]);
    }
}
