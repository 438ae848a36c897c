//! What the public functions of this crate refuse: values of other tapes, and wrong shapes, axes and numbers of inputs.

use relume_autograd::{
    AutogradError, Backward, GradcheckOptions, Inputs, Map, Op, Saved, Tape, Var, gradcheck, ops,
};
use relume_tensor::{Shape, Tensor, TensorError};
use std::ops::RangeInclusive;
use std::sync::Arc;

fn tape_with(shapes: &[&[usize]]) -> (Tape, Vec<Var>) {
    let mut tape = Tape::new();
    let tensor = |shape: &&[usize]| Tensor::from_fn(Shape::new(shape).unwrap(), |i| i as f32 + 1.0);
    let vars = shapes.iter().map(tensor).map(|value| tape.variable(value)).collect();
    (tape, vars)
}

type Unary = fn(&mut Tape, Var) -> Result<Var, AutogradError>;
type Binary = fn(&mut Tape, Var, Var) -> Result<Var, AutogradError>;

const UNARY: [Unary; 33] = [
    ops::neg,
    ops::exp,
    ops::ln,
    ops::sqrt,
    ops::abs,
    ops::sum,
    ops::mean,
    ops::max,
    ops::flatten,
    ops::transpose,
    |tape, x| ops::sum_axis(tape, x, 0),
    |tape, x| ops::mean_axis(tape, x, 0),
    |tape, x| ops::max_axis(tape, x, 0),
    |tape, x| ops::clamp(tape, x, 0.0, 1.0),
    |tape, x| ops::reshape(tape, x, [6].into()),
    |tape, x| ops::permute(tape, x, &[1, 0]),
    |tape, x| ops::slice(tape, x, 0, 0, 1),
    |tape, x| ops::concat(tape, &[x], 0),
    |tape, x| ops::concat(tape, &[x, x], 0),
    |tape, x| ops::index(tape, x, &[0.into()]),
    |tape, x| ops::sum_over(tape, x, -1),
    |tape, x| ops::cumsum(tape, x, -1),
    |tape, x| Ok(ops::max_along(tape, x, -1)?.0),
    |tape, x| ops::reshape_to(tape, x, &[-1]),
    |tape, x| ops::unsqueeze(tape, x, 0),
    |tape, x| ops::stack(tape, &[x], 0),
    |tape, x| Ok(ops::split(tape, x, &[1, 2], -1)?[0]),
    |tape, x| ops::flip(tape, x, &[0]),
    |tape, x| ops::pad(tape, x, &[[1, 1]], 0.0),
    |tape, x| ops::diag(tape, x, 0),
    |tape, x| ops::einsum(tape, "ij->", &[x]),
    ops::sin,
    ops::round,
];
const BINARY: [Binary; 11] = [
    ops::add,
    ops::sub,
    ops::mul,
    ops::div,
    ops::pow,
    ops::matmul,
    ops::dot,
    ops::maximum,
    ops::remainder,
    |tape, a, b| ops::set_index(tape, a, &[0.into()], b),
    |tape, a, b| ops::where_else(tape, &Tensor::scalar(1.0), a, b),
];

#[test]
fn every_operation_refuses_a_value_of_another_tape_wherever_it_stands() {
    let (_other, foreign) = tape_with(&[&[2, 3], &[2, 3]]);
    // The same indices exist on this tape, with other values.
    let (mut tape, own) = tape_with(&[&[2, 3], &[2, 3], &[2, 3]]);
    for op in UNARY {
        assert_eq!(op(&mut tape, foreign[0]), Err(AutogradError::ForeignVar));
    }
    for op in BINARY {
        assert_eq!(op(&mut tape, foreign[0], own[1]), Err(AutogradError::ForeignVar));
        assert_eq!(op(&mut tape, own[0], foreign[1]), Err(AutogradError::ForeignVar));
    }
    let mixed = ops::concat(&mut tape, &[own[0], foreign[0]], 0);
    assert_eq!(mixed, Err(AutogradError::ForeignVar));
}

#[test]
fn a_value_of_another_tape_is_never_read_differentiated_or_freed() {
    let (mut tape, own) = tape_with(&[&[]]);
    let (mut other, foreign) = tape_with(&[&[]]);
    assert_eq!(tape.get(foreign[0]), Err(AutogradError::ForeignVar));
    assert_eq!(tape.backward(foreign[0]), Err(AutogradError::ForeignVar));
    let gradient = Tensor::scalar(1.0);
    assert_eq!(tape.backward_from(foreign[0], gradient), Err(AutogradError::ForeignVar));
    tape.backward(own[0]).unwrap();
    assert!(tape.gradient(own[0]).is_some());
    assert!(tape.gradient(foreign[0]).is_none() && tape.take_gradient(foreign[0]).is_none());
    assert!(!tape.wants_gradient(foreign[0]));
    let mut inference = Tape::inference();
    let kept = inference.constant(Tensor::scalar(3.0));
    inference.forget(foreign[0]);
    assert_eq!(inference.value(kept).item(), Some(3.0));
    other.backward(foreign[0]).unwrap();
}

#[test]
fn a_value_is_refused_once_its_tape_was_cleared() {
    let (mut tape, old) = tape_with(&[&[2]]);
    tape.clear();
    let new = tape.variable(Tensor::vector(&[5.0, 6.0]));
    assert_eq!(tape.get(old[0]), Err(AutogradError::ForeignVar));
    assert_eq!(ops::add(&mut tape, old[0], new), Err(AutogradError::ForeignVar));
    let error = tape.get(old[0]).unwrap_err().to_string();
    assert!(error.contains("another tape") && error.contains("`variable`"), "{error}");
}

#[test]
#[should_panic(expected = "belongs to another tape")]
fn reading_a_value_of_another_tape_unchecked_says_so() {
    let (tape, _) = tape_with(&[&[2]]);
    let (_other, foreign) = tape_with(&[&[2]]);
    tape.value(foreign[0]);
}

#[test]
fn a_gradient_of_another_shape_than_its_value_is_refused() {
    let (mut tape, vars) = tape_with(&[&[2, 3]]);
    for given in [Shape::SCALAR, [6].into(), [3, 2].into(), [2, 3, 1].into()] {
        let refused = tape.backward_from(vars[0], Tensor::ones(given));
        assert_eq!(refused, Err(AutogradError::GradientShape { wanted: [2, 3].into(), given }));
    }
    let mut inference = Tape::inference();
    let x = inference.variable(Tensor::ones([2]));
    assert_eq!(inference.backward_from(x, Tensor::ones([2])), Err(AutogradError::NotRecording));
}

#[derive(Debug)]
struct WrongRule;

impl Op for WrongRule {
    fn name(&self) -> &'static str {
        "wrong rule"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(Tensor::scalar(inputs[0].sum()))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        // Inputs that do not exist need no gradient.
        pass.give(1, Tensor::scalar(1.0));
        pass.give(1000, Tensor::scalar(1.0));
        pass.give(0, pass.gradient.clone());
        Ok(())
    }
}

#[test]
fn a_rule_that_gives_an_input_a_gradient_of_another_shape_is_named() {
    let (mut tape, vars) = tape_with(&[&[4]]);
    let y = tape.apply(Arc::new(WrongRule), &vars).unwrap();
    let error = tape.backward(y).unwrap_err();
    assert!(matches!(error, AutogradError::RuleShape { operation: "wrong rule", input: 0, .. }));
}

#[derive(Clone, Copy, Debug)]
struct Identity;

impl relume_autograd::Elementwise for Identity {
    const NAME: &'static str = "identity";
    const DERIVATIVE_OF: relume_autograd::DerivativeOf = relume_autograd::DerivativeOf::Input;
    fn value(self, x: f32) -> f32 {
        x
    }
    fn derivative(self, _: f32) -> f32 {
        1.0
    }
}

#[test]
fn an_operation_refuses_another_number_of_inputs_than_it_takes() {
    let (mut tape, vars) = tape_with(&[&[2], &[2]]);
    let refused = |result: Result<Var, AutogradError>, given: usize| {
        let Err(AutogradError::InputCount { given: found, .. }) = result else {
            panic!("{given} inputs")
        };
        assert_eq!(found, given);
    };
    for inputs in [&vars[..0], &vars[..]] {
        refused(tape.apply(Arc::new(Map(Identity)), inputs), inputs.len());
        refused(tape.apply(Arc::new(ops::Permute { order: vec![0] }), inputs), inputs.len());
        refused(
            tape.apply(Arc::new(ops::Slice { axis: 0, start: 0, end: 1 }), inputs),
            inputs.len(),
        );
    }
    refused(ops::concat(&mut tape, &[], 0), 0);
    let error = ops::concat(&mut tape, &[], 0).unwrap_err();
    assert_eq!(error.to_string(), "concat takes at least 1 inputs, not 0");
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let (mut tape, v) = tape_with(&[&[2, 3], &[4, 5], &[], &[2, 0]]);
    for op in BINARY {
        assert!(matches!(
            op(&mut tape, v[0], v[1]),
            Err(AutogradError::Tensor(TensorError::Mismatch { .. }))
        ));
    }
    assert!(ops::matmul(&mut tape, v[0], v[2]).is_err());
    assert!(ops::dot(&mut tape, v[0], v[2]).is_err());
    assert!(ops::flatten(&mut tape, v[2]).is_err());
    assert!(ops::transpose(&mut tape, v[2]).is_err());
    for axis in [2, 6, usize::MAX] {
        assert!(ops::sum_axis(&mut tape, v[0], axis).is_err());
        assert!(ops::mean_axis(&mut tape, v[0], axis).is_err());
        assert!(ops::max_axis(&mut tape, v[0], axis).is_err());
        assert!(ops::slice(&mut tape, v[0], axis, 0, 1).is_err());
        assert!(ops::concat(&mut tape, &v[..1], axis).is_err());
    }
    assert!(ops::max_axis(&mut tape, v[3], 1).is_err());
    assert!(ops::max(&mut tape, v[3]).is_err());
    assert!(ops::reshape(&mut tape, v[0], [5].into()).is_err());
    assert!(ops::reshape(&mut tape, v[3], [usize::MAX, usize::MAX].into()).is_err());
    for order in [&[0][..], &[0, 0], &[0, 2], &[0, 1, 2], &[0, 1, 2, 3, 4, 5, 6, 7]] {
        assert!(ops::permute(&mut tape, v[0], order).is_err());
    }
    for [start, end] in [[1, 4], [2, 1], [4, 4], [usize::MAX, usize::MAX], [0, usize::MAX]] {
        assert!(ops::slice(&mut tape, v[0], 1, start, end).is_err());
    }
    assert!(ops::concat(&mut tape, &[v[0], v[1]], 0).is_err());
    assert!(ops::concat(&mut tape, &[v[0], v[2]], 0).is_err());
}

/// The gradient of the sum of all is 1 everywhere.
#[test]
fn each_of_seventy_joined_values_gets_its_gradient() {
    let mut tape = Tape::new();
    let vars: Vec<Var> = (0..70).map(|i| tape.variable(Tensor::full([2, 1], i as f32))).collect();
    let joined = ops::concat(&mut tape, &vars, 1).unwrap();
    assert_eq!(tape.value(joined).dims(), [2, 70]);
    let weights = tape.constant(Tensor::from_fn([2, 70], |i| (i % 70) as f32));
    let product = ops::mul(&mut tape, joined, weights).unwrap();
    let total = ops::sum(&mut tape, product).unwrap();
    tape.backward(total).unwrap();
    for (i, &var) in vars.iter().enumerate() {
        assert_eq!(tape.gradient(var).unwrap(), &Tensor::full([2, 1], i as f32), "{i}");
    }
}

/// As in PyTorch: the sum of nothing is 0, its mean NaN, and the gradient is empty.
#[test]
fn empty_tensors_have_empty_gradients() {
    for op in [ops::sum as Unary, ops::mean, |tape, x| ops::sum_axis(tape, x, 0)] {
        let (mut tape, v) = tape_with(&[&[0, 3]]);
        let y = op(&mut tape, v[0]).unwrap();
        let gradient = Tensor::ones(tape.value(y).shape());
        tape.backward_from(y, gradient).unwrap();
        assert_eq!(tape.gradient(v[0]).unwrap().dims(), [0, 3]);
    }
    let (mut tape, v) = tape_with(&[&[0, 3], &[3, 2]]);
    let y = ops::matmul(&mut tape, v[0], v[1]).unwrap();
    let y = ops::sum(&mut tape, y).unwrap();
    tape.backward(y).unwrap();
    assert_eq!(tape.gradient(v[1]).unwrap(), &Tensor::zeros([3, 2]));
}

#[test]
fn gradcheck_refuses_a_function_whose_result_it_cannot_read() {
    let (_other, foreign) = tape_with(&[&[]]);
    let x = [Tensor::ones([2])];
    let foreign = gradcheck(|_, _| Ok(foreign[0]), &x, GradcheckOptions::default());
    assert_eq!(foreign, Err(AutogradError::ForeignVar));
    let mut calls = 0;
    let changing = |tape: &mut Tape, v: &[Var]| {
        calls += 1;
        if calls > 1 { ops::sum(tape, v[0]) } else { ops::neg(tape, v[0]) }
    };
    let refused = gradcheck(changing, &x, GradcheckOptions::default());
    assert!(matches!(refused, Err(AutogradError::GradientShape { .. })));
}
