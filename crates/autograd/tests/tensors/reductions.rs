//! Reductions along axes, running sums, and sorted numbers against PyTorch and finite differences.

use crate::parity::{axes, flag, number, whole};
use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck, ops};
use relume_fixtures::{Case, Fixtures, check_each};
use relume_tensor::{Axes, Indices, Order, Rng, Tensor};

fn order(descending: bool) -> Order {
    if descending { Order::Descending } else { Order::Ascending }
}

/// The value of an operation that gives positions too, which are compared.
fn with_positions(case: &Case, (value, positions): (Var, Indices)) -> Var {
    let expected = Indices::try_from(case.extra_output("indices")).unwrap();
    assert_eq!(positions, expected, "{}", case.name());
    value
}

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    let x = v[0];
    let correction = || number(case, "correction") as f32;
    let axis = || whole(case, "axis");
    let descending = || order(flag(case, "descending"));
    Ok(match case.op() {
        "sum" => ops::sum_over(tape, x, axes(case))?,
        "mean" => ops::mean_over(tape, x, axes(case))?,
        "prod" => ops::prod(tape, x, axes(case))?,
        "amax" => ops::amax(tape, x, axes(case))?,
        "amin" => ops::amin(tape, x, axes(case))?,
        "var" => ops::var(tape, x, axes(case), correction())?,
        "std" => ops::std(tape, x, axes(case), correction())?,
        "norm" => ops::vector_norm(tape, x, number(case, "p") as f32, axes(case))?,
        "logsumexp" => ops::logsumexp(tape, x, axes(case))?,
        "cumsum" => ops::cumsum(tape, x, axis())?,
        "cumprod" => ops::cumprod(tape, x, axis())?,
        "sort" => with_positions(case, ops::sort(tape, x, axis(), descending())?),
        "topk" => {
            let k = whole(case, "k") as usize;
            with_positions(case, ops::topk(tape, x, k, axis(), descending())?)
        }
        "max" => with_positions(case, ops::max_along(tape, x, axis())?),
        "min" => with_positions(case, ops::min_along(tape, x, axis())?),
        "median" => with_positions(case, ops::median(tape, x, axis())?),
        other => panic!("no operation {other}"),
    })
}

#[test]
fn reductions_and_sorted_numbers_agree_with_pytorch() {
    check_each(Fixtures::load("tensor_reductions").iter(), |case| {
        crate::parity::check(case, apply)
    });
}

#[test]
fn gradients_of_reductions_agree_with_finite_differences() {
    // Far apart, so that a step changes no order.
    let mut numbers: Vec<f32> = (0..24).map(|i| 0.5 + 0.1 * i as f32).collect();
    Rng::new(5).shuffle(&mut numbers);
    let x = Tensor::new([2, 3, 4], numbers).unwrap();
    let outer = || Axes::from([0, -1]);
    type Function<'a> = &'a dyn Fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>;
    let functions: [Function; 14] = [
        &|t, v| ops::sum_over(t, v[0], outer()),
        &|t, v| ops::mean_over(t, v[0], outer().keepdim()),
        &|t, v| ops::prod(t, v[0], -2),
        &|t, v| ops::amax(t, v[0], outer()),
        &|t, v| ops::amin(t, v[0], Axes::all()),
        &|t, v| ops::var(t, v[0], outer(), 1.0),
        &|t, v| ops::std(t, v[0], outer().keepdim(), 0.0),
        &|t, v| ops::vector_norm(t, v[0], 3.0, outer()),
        &|t, v| ops::logsumexp(t, v[0], outer()),
        &|t, v| ops::cumsum(t, v[0], 1),
        &|t, v| ops::cumprod(t, v[0], 1),
        &|t, v| Ok(ops::sort(t, v[0], -1, Order::Descending)?.0),
        &|t, v| Ok(ops::topk(t, v[0], 2, 1, Order::Ascending)?.0),
        &|t, v| Ok(ops::median(t, v[0], -1)?.0),
    ];
    for (i, function) in functions.iter().enumerate() {
        let report =
            gradcheck(function, std::slice::from_ref(&x), GradcheckOptions::default()).unwrap();
        assert!(report.passed() && report.bends == 0, "{i}: {report:?}");
    }
}
