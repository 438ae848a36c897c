//! Every basic operation against PyTorch: values, the gradients of all inputs, and extremes.

use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_tensor::Shape;

fn numbers(case: &Case, option: &str) -> Vec<usize> {
    let list = case.options()[option].as_array().expect("a list");
    list.iter().map(|number| number.as_u64().expect("a size") as usize).collect()
}

fn number(case: &Case, option: &str) -> f64 {
    case.options()[option].as_f64().expect("a number")
}

fn index(case: &Case, option: &str) -> usize {
    number(case, option) as usize
}

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    let axis = case.options().contains_key("axis").then(|| index(case, "axis"));
    match (case.op(), axis) {
        ("matmul", _) => ops::matmul(tape, v[0], v[1]),
        ("dot", _) => ops::dot(tape, v[0], v[1]),
        ("add", _) => ops::add(tape, v[0], v[1]),
        ("sub", _) => ops::sub(tape, v[0], v[1]),
        ("mul", _) => ops::mul(tape, v[0], v[1]),
        ("div", _) => ops::div(tape, v[0], v[1]),
        ("pow", _) => ops::pow(tape, v[0], v[1]),
        ("neg", _) => ops::neg(tape, v[0]),
        ("exp", _) => ops::exp(tape, v[0]),
        ("log", _) => ops::ln(tape, v[0]),
        ("sqrt", _) => ops::sqrt(tape, v[0]),
        ("abs", _) => ops::abs(tape, v[0]),
        ("clamp", _) => {
            ops::clamp(tape, v[0], number(case, "low") as f32, number(case, "high") as f32)
        }
        ("sum", None) => ops::sum(tape, v[0]),
        ("sum", Some(axis)) => ops::sum_axis(tape, v[0], axis),
        ("mean", None) => ops::mean(tape, v[0]),
        ("mean", Some(axis)) => ops::mean_axis(tape, v[0], axis),
        ("max", None) => ops::max(tape, v[0]),
        ("max", Some(axis)) => ops::max_axis(tape, v[0], axis),
        ("transpose", _) => ops::transpose(tape, v[0]),
        ("permute", _) => ops::permute(tape, v[0], &numbers(case, "order")),
        ("reshape", _) => ops::reshape(tape, v[0], Shape::new(&numbers(case, "shape"))?),
        ("flatten", _) => ops::flatten(tape, v[0]),
        ("slice", Some(axis)) => {
            ops::slice(tape, v[0], axis, index(case, "start"), index(case, "end"))
        }
        ("concat", Some(axis)) => ops::concat(tape, v, axis),
        (other, axis) => panic!("no operation {other} along {axis:?}"),
    }
}

fn check(case: &Case) {
    let mut tape = Tape::new();
    let inputs: Vec<(&str, Var)> =
        case.inputs().map(|(name, value)| (name, tape.variable(value.clone()))).collect();
    let vars: Vec<Var> = inputs.iter().map(|&(_, var)| var).collect();
    let output = apply(case, &mut tape, &vars).unwrap();
    assert_close(tape.value(output), case.output(), case.name());
    tape.backward_from(output, case.grad_output().clone()).unwrap();
    for (name, var) in inputs {
        let context = format!("{}: gradient of {name}", case.name());
        assert_close(tape.gradient(var).unwrap(), case.gradient(name), &context);
    }
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    check_each(Fixtures::load("tensor_ops").iter().filter(|case| !case.is_extreme()), check);
}

#[test]
fn extremes_pass_through_as_in_pytorch() {
    check_each(Fixtures::load("tensor_ops").iter().filter(|case| case.is_extreme()), check);
}
