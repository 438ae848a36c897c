//! How a case of PyTorch's is compared with an operation: its value, and the gradients of all inputs.

use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck};
use relume_fixtures::{Case, assert_close};
use relume_tensor::{Axes, Indices, Rng, Shape, Tensor};
use serde_json::Value;

/// Checks the value of a case's operation, and its gradients.
pub fn check(
    case: &Case,
    apply: impl FnOnce(&Case, &mut Tape, &[Var]) -> Result<Var, AutogradError>,
) {
    check_with(case, apply, assert_close);
}

/// As [`check`], with tensors compared by `compare`, which is given what they are.
pub fn check_with(
    case: &Case,
    apply: impl FnOnce(&Case, &mut Tape, &[Var]) -> Result<Var, AutogradError>,
    compare: impl Fn(&Tensor, &Tensor, &str),
) {
    let mut tape = Tape::new();
    let inputs: Vec<(&str, Var)> =
        case.inputs().map(|(name, value)| (name, tape.variable(value.clone()))).collect();
    let vars: Vec<Var> = inputs.iter().map(|&(_, var)| var).collect();
    let output = apply(case, &mut tape, &vars).unwrap();
    compare(tape.value(output), case.output(), case.name());
    if case.gradients().len() == 0 {
        return;
    }
    tape.backward_from(output, case.grad_output().clone()).unwrap();
    let zero = |name: &str| Tensor::zeros(case.input(name).shape());
    for (name, expected) in case.gradients() {
        let var = inputs.iter().find(|(own, _)| *own == name).unwrap().1;
        let gradient = tape.gradient(var).cloned().unwrap_or_else(|| zero(name));
        compare(&gradient, expected, &format!("{}: gradient of {name}", case.name()));
    }
}

/// A number among the options.
pub fn number(case: &Case, option: &str) -> f64 {
    match &case.options()[option] {
        Value::String(text) => text.parse().unwrap(),
        value => value.as_f64().expect("a number"),
    }
}

/// A whole number among the options.
pub fn whole(case: &Case, option: &str) -> i64 {
    case.options()[option].as_i64().expect("a whole number")
}

/// A condition among the options; false if it is not there.
pub fn flag(case: &Case, option: &str) -> bool {
    case.options().get(option).is_some_and(|value| value.as_bool().expect("true or false"))
}

/// Whole numbers among the options.
pub fn wholes(case: &Case, option: &str) -> Vec<i64> {
    let list = case.options()[option].as_array().expect("a list");
    list.iter().map(|number| number.as_i64().expect("a whole number")).collect()
}

/// The axes of a reduction.
pub fn axes(case: &Case) -> Axes {
    let axes = Axes::from(wholes(case, "axes").as_slice());
    if flag(case, "keepdim") { axes.keepdim() } else { axes }
}

/// A nested list of numbers as a tensor.
pub fn tensor(value: &Value) -> Tensor {
    fn read(value: &Value, depth: usize, sizes: &mut Vec<usize>, numbers: &mut Vec<f32>) {
        match value {
            Value::Array(list) => {
                if sizes.len() == depth {
                    sizes.push(list.len());
                }
                list.iter().for_each(|item| read(item, depth + 1, sizes, numbers));
            }
            value => numbers.push(value.as_f64().expect("a number") as f32),
        }
    }
    let (mut sizes, mut numbers) = (Vec::new(), Vec::new());
    read(value, 0, &mut sizes, &mut numbers);
    Tensor::new(Shape::new(&sizes).unwrap(), numbers).unwrap()
}

/// A nested list of positions.
pub fn indices(value: &Value) -> Indices {
    Indices::try_from(&tensor(value)).unwrap()
}

/// A function of variables on a tape.
pub type Function<'a> = &'a dyn Fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>;

/// Checks the gradients of functions, by name and shapes of their inputs, against finite differences.
pub fn gradcheck_each(functions: &[(&str, &[&[usize]], Function)]) {
    for (name, shapes, function) in functions {
        let mut rng = Rng::new(3);
        // Away from 0, where quotients and roots bend too strongly for a difference of finite width.
        let input = |shape: &&[usize]| rng.uniform_tensor(Shape::new(shape).unwrap(), 0.5, 2.0);
        let inputs: Vec<Tensor> = shapes.iter().map(input).collect();
        let report = gradcheck(function, &inputs, GradcheckOptions::default()).unwrap();
        assert!(report.checked > 0 && report.passed() && report.bends == 0, "{name}: {report:?}");
    }
}
