//! Indexing, assignment, gather, scatter and where against PyTorch and finite differences.

use crate::parity::{indices, tensor, whole};
use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck, ops};
use relume_fixtures::{Case, Fixtures, check_each};
use relume_tensor::{Index, Indices, Rng, Tensor};
use serde_json::Value;

fn index(case: &Case) -> Vec<Index> {
    let bound = |value: &Value| value.as_i64();
    let one = |part: &Value| match part[0].as_str().unwrap() {
        "at" => Index::At(part[1].as_i64().unwrap()),
        "slice" => Index::Slice {
            start: bound(&part[1]),
            end: bound(&part[2]),
            step: part[3].as_i64().unwrap(),
        },
        "all" => Index::All,
        "new" => Index::NewAxis,
        "ellipsis" => Index::Ellipsis,
        "list" => match tensor(&part[1]) {
            list if list.data().iter().any(|&x| x < 0.0) => Index::Numbers(list),
            list => Index::List(Indices::try_from(&list).unwrap()),
        },
        "mask" => Index::Mask(tensor(&part[1])),
        other => panic!("no index {other}"),
    };
    case.options()["index"].as_array().unwrap().iter().map(one).collect()
}

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    let positions = || indices(&case.options()["indices"]);
    match case.op() {
        "index" => ops::index(tape, v[0], &index(case)),
        "set_index" => ops::set_index(tape, v[0], &index(case), v[1]),
        "gather" => ops::gather(tape, v[0], whole(case, "axis"), &positions()),
        "scatter" => ops::scatter(tape, v[0], whole(case, "axis"), &positions(), v[1]),
        "scatter_add" => ops::scatter_add(tape, v[0], whole(case, "axis"), &positions(), v[1]),
        "where" => ops::where_else(tape, &tensor(&case.options()["condition"]), v[0], v[1]),
        other => panic!("no operation {other}"),
    }
}

#[test]
fn indices_pick_and_assign_what_they_do_in_pytorch() {
    check_each(Fixtures::load("tensor_index").iter(), |case| crate::parity::check(case, apply));
}

#[test]
fn gradients_of_indices_agree_with_finite_differences() {
    let x = Rng::new(3).uniform_tensor([4, 3], 0.5, 2.0);
    let value = Rng::new(4).uniform_tensor([2, 1], 0.5, 2.0);
    let list = || Index::List(Indices::new(3, vec![2, 0, 2]).unwrap());
    let downwards = || Index::Slice { start: None, end: None, step: -2 };
    let places = || Indices::new([2, 3], vec![3, 0, 0, 1, 0, 2]).unwrap();
    let condition = || Tensor::new([4, 1], vec![1.0, 0.0, 0.0, 1.0]).unwrap();
    type Function<'a> = &'a dyn Fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>;
    let functions: [Function; 6] = [
        &|t, v| ops::index(t, v[0], &[list(), Index::At(-1)]),
        &|t, v| ops::index(t, v[0], &[downwards(), list()]),
        &|t, v| ops::set_index(t, v[0], &[Index::from(1..3)], v[1]),
        &|t, v| ops::gather(t, v[0], 0, &places()),
        &|t, v| ops::where_else(t, &condition(), v[0], v[0]),
        &|t, v| ops::scatter_add(t, v[0], 0, &Indices::full([2, 1], 3), v[1]),
    ];
    for (i, function) in functions.iter().enumerate() {
        let inputs = [x.clone(), value.clone()];
        let report = gradcheck(function, &inputs, GradcheckOptions::default()).unwrap();
        assert!(report.passed() && report.bends == 0, "{i}: {report:?}");
    }
}
