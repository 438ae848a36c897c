//! Functions of one number and of two.

use crate::parity::{self, number};
use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_tensor::Tensor;

type Unary = fn(&mut Tape, Var) -> Result<Var, AutogradError>;
type OnTensor = fn(&Tensor) -> Tensor;

const UNARY: [(&str, Unary, OnTensor); 21] = [
    ("sin", ops::sin, Tensor::sin),
    ("cos", ops::cos, Tensor::cos),
    ("tan", ops::tan, Tensor::tan),
    ("asin", ops::asin, Tensor::asin),
    ("acos", ops::acos, Tensor::acos),
    ("atan", ops::atan, Tensor::atan),
    ("sinh", ops::sinh, Tensor::sinh),
    ("cosh", ops::cosh, Tensor::cosh),
    ("tanh", ops::tanh, Tensor::tanh),
    ("log2", ops::log2, Tensor::log2),
    ("log10", ops::log10, Tensor::log10),
    ("log1p", ops::log1p, Tensor::log1p),
    ("expm1", ops::expm1, Tensor::expm1),
    ("erf", ops::erf, Tensor::erf),
    ("square", ops::square, Tensor::square),
    ("reciprocal", ops::reciprocal, Tensor::reciprocal),
    ("round", ops::round, Tensor::round),
    ("floor", ops::floor, Tensor::floor),
    ("ceil", ops::ceil, Tensor::ceil),
    ("trunc", ops::trunc, Tensor::trunc),
    ("sign", ops::sign, Tensor::sign),
];

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    match case.op() {
        "clip" => ops::clamp(tape, v[0], number(case, "low") as f32, number(case, "high") as f32),
        "maximum" => ops::maximum(tape, v[0], v[1]),
        "minimum" => ops::minimum(tape, v[0], v[1]),
        "remainder" => ops::remainder(tape, v[0], v[1]),
        "fmod" => ops::fmod(tape, v[0], v[1]),
        op => {
            let (_, on_tape, on_tensor) = UNARY.into_iter().find(|(name, ..)| *name == op).unwrap();
            assert_close(&on_tensor(tape.value(v[0])), case.output(), case.name());
            on_tape(tape, v[0])
        }
    }
}

#[test]
fn functions_agree_with_pytorch() {
    check_each(Fixtures::load("tensor_functions").iter(), |case| parity::check(case, apply));
}

#[test]
fn every_function_of_a_number_has_a_case() {
    let fixtures = Fixtures::load("tensor_functions");
    for (name, ..) in UNARY {
        assert!(fixtures.of(name).count() > 0);
    }
}

#[test]
fn gradients_of_functions_agree_with_finite_differences() {
    for (name, function, _) in UNARY {
        // Off the whole numbers, at which rounding jumps; within [-1, 1] for the inverse functions.
        let x = Tensor::vector(&[0.1, 0.25, 0.35, 0.6, 0.75]);
        let options = relume_autograd::GradcheckOptions::default();
        let check = |t: &mut Tape, v: &[Var]| function(t, v[0]);
        // A logarithm bends too strongly at 0.1 for a step of 1 %.
        let from = if name.starts_with("log") || name == "reciprocal" { 3 } else { 0 };
        let x = x.slice(0, from, 5).unwrap();
        let report = relume_autograd::gradcheck(check, &[x], options).unwrap();
        assert!(report.passed() && report.bends == 0, "{name}: {report:?}");
    }
    // Far apart, so that a step changes no order.
    let pair = [Tensor::vector(&[0.5, 1.0, 1.5]), Tensor::new([2, 1], vec![0.7, 1.2]).unwrap()];
    for function in [ops::maximum, ops::minimum] {
        let check = |t: &mut Tape, v: &[Var]| function(t, v[0], v[1]);
        let options = relume_autograd::GradcheckOptions::default();
        let report = relume_autograd::gradcheck(check, &pair, options).unwrap();
        assert!(report.passed() && report.bends == 0, "{report:?}");
    }
}
