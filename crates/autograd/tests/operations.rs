//! Every basic operation's gradient against finite differences.

use relume_autograd::{
    AutogradError, Backward, GradcheckOptions, Inputs, Op, Saved, Tape, Var, gradcheck, ops,
};
use relume_tensor::{Indices, Rng, Shape, Tensor};
use std::ops::RangeInclusive;

type Function = fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>;

fn check(name: &str, shapes: &[&[usize]], function: Function) {
    let mut rng = Rng::new(3);
    // Away from 0, where quotients, logarithms and roots curve too strongly for a finite difference.
    let input = |shape: &&[usize]| rng.uniform_tensor(Shape::new(shape).unwrap(), 0.5, 2.0);
    let inputs: Vec<Tensor> = shapes.iter().map(input).collect();
    let report = gradcheck(function, &inputs, GradcheckOptions::default()).unwrap();
    assert!(report.checked > 0 && report.passed() && report.bends == 0, "{name}: {report:?}");
}

#[test]
fn every_operation_agrees_with_finite_differences() {
    check("add", &[&[3, 4], &[4]], |t, v| ops::add(t, v[0], v[1]));
    check("sub", &[&[3, 1], &[2]], |t, v| ops::sub(t, v[0], v[1]));
    check("mul", &[&[2, 3], &[2, 3]], |t, v| ops::mul(t, v[0], v[1]));
    check("mul scalar", &[&[], &[2, 3]], |t, v| ops::mul(t, v[0], v[1]));
    check("div", &[&[2, 3], &[2, 1]], |t, v| ops::div(t, v[0], v[1]));
    check("pow", &[&[2, 3], &[3]], |t, v| ops::pow(t, v[0], v[1]));
    check("neg", &[&[5]], |t, v| ops::neg(t, v[0]));
    check("exp", &[&[5]], |t, v| ops::exp(t, v[0]));
    check("ln", &[&[5]], |t, v| ops::ln(t, v[0]));
    check("sqrt", &[&[5]], |t, v| ops::sqrt(t, v[0]));
    check("abs", &[&[5]], |t, v| ops::abs(t, v[0]));
    check("matmul", &[&[3, 4], &[4, 2]], |t, v| ops::matmul(t, v[0], v[1]));
    check("matmul vector left", &[&[4], &[4, 2]], |t, v| ops::matmul(t, v[0], v[1]));
    check("matmul vector right", &[&[3, 4], &[4]], |t, v| ops::matmul(t, v[0], v[1]));
    check("matmul vectors", &[&[4], &[4]], |t, v| ops::matmul(t, v[0], v[1]));
    check("dot", &[&[4], &[4]], |t, v| ops::dot(t, v[0], v[1]));
    check("sum", &[&[2, 3]], |t, v| ops::sum(t, v[0]));
    check("mean", &[&[2, 3]], |t, v| ops::mean(t, v[0]));
    check("sum_axis", &[&[2, 3, 2]], |t, v| ops::sum_axis(t, v[0], 1));
    check("mean_axis", &[&[2, 3, 2]], |t, v| ops::mean_axis(t, v[0], 2));
    check("reshape", &[&[2, 3]], |t, v| ops::reshape(t, v[0], [3, 2].into()));
    check("flatten", &[&[2, 3, 2]], |t, v| ops::flatten(t, v[0]));
    check("transpose", &[&[2, 3]], |t, v| ops::transpose(t, v[0]));
    check("permute", &[&[2, 3, 4]], |t, v| ops::permute(t, v[0], &[2, 0, 1]));
    check("max", &[&[2, 3]], |t, v| ops::max(t, v[0]));
    check("max_axis", &[&[2, 3, 2]], |t, v| ops::max_axis(t, v[0], 1));
    check("clamp", &[&[5, 8]], |t, v| ops::clamp(t, v[0], 0.4, 2.1));
    check("slice", &[&[2, 5]], |t, v| ops::slice(t, v[0], 1, 1, 4));
    check("concat", &[&[2, 1], &[2, 3]], |t, v| ops::concat(t, v, 1));
}

#[test]
fn a_value_used_twice_gathers_both_gradients() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::scalar(3.0));
    let square = ops::mul(&mut tape, x, x).unwrap();
    let y = ops::add(&mut tape, square, x).unwrap();
    tape.backward(y).unwrap();
    assert_eq!(tape.gradient(x).unwrap().item(), Some(7.0));
}

#[test]
fn a_wrong_rule_is_caught() {
    // The derivative of |x| x is 2 |x|; without the gradient through the first factor it would be |x|.
    let report = gradcheck(
        |tape: &mut Tape, v: &[Var]| {
            let magnitude = tape.value(v[0]).map(f32::abs);
            let constant = tape.constant(magnitude);
            ops::mul(tape, constant, v[0])
        },
        &[Tensor::vector(&[1.0, -2.0])],
        GradcheckOptions::default(),
    )
    .unwrap();
    assert_eq!(report.mismatches.len(), 2);
}

#[test]
fn only_a_single_number_can_be_differentiated() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::vector(&[1.0, 2.0]));
    assert!(matches!(tape.backward(x), Err(AutogradError::NotScalar { .. })));
    let mut tape = Tape::inference();
    let x = tape.variable(Tensor::scalar(1.0));
    assert_eq!(tape.backward(x), Err(AutogradError::NotRecording));
}

/// x `[rows]` at the given indices.
#[derive(Debug)]
struct Take;

impl Op for Take {
    fn name(&self) -> &'static str {
        "take"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn takes_indices(&self, _: usize) -> bool {
        true
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let places = inputs.indices(0).expect("indices");
        let at = |i: usize| inputs[0].data()[places.data()[i] as usize];
        Ok(Tensor::from_fn(places.shape(), at))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let mut gradient = Tensor::zeros(pass.inputs[0].shape());
        let places = pass.inputs.indices(0).expect("indices");
        for (&place, g) in places.data().iter().zip(pass.gradient.data()) {
            gradient.data_mut()[place as usize] += g;
        }
        pass.give(0, gradient);
        Ok(())
    }
}

#[test]
fn indices_reach_an_operation_apart_from_its_tensors_wherever_they_stand() {
    for first in [true, false] {
        let mut tape = Tape::new();
        let x = tape.variable(Tensor::vector(&[2.0, 3.0, 5.0]));
        let places = tape.constant(Indices::vector(&[2, 0, 2]).unwrap());
        let inputs = if first { [places, x] } else { [x, places] };
        let y = tape.apply(&Take as &'static dyn Op, &inputs).unwrap();
        assert_eq!(tape.value(y).data(), [5.0, 2.0, 5.0]);
        tape.backward_from(y, Tensor::vector(&[1.0, 10.0, 100.0])).unwrap();
        assert_eq!(tape.gradient(x).unwrap().data(), [10.0, 0.0, 101.0]);
        assert!(!tape.wants_gradient(places));
    }
}

#[test]
fn indices_are_refused_where_a_tensor_is_wanted() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::vector(&[2.0, 3.0]));
    let places = tape.constant(Indices::vector(&[1, 0]).unwrap());
    let error = ops::add(&mut tape, x, places);
    assert_eq!(error, Err(AutogradError::TakesNoIndices { operation: "addition" }));
    assert_eq!(tape.get(places), Err(AutogradError::HoldsIndices));
    assert_eq!(tape.indices(x), Err(AutogradError::HoldsTensor));
}
