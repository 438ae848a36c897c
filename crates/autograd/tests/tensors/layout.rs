//! Tensors joined, cut, padded, repeated and turned around.

use crate::parity::{self, whole, wholes};
use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_fixtures::{Case, Fixtures, check_each};
use relume_tensor::{Shape, Tensor};

fn sizes(case: &Case, option: &str) -> Vec<usize> {
    wholes(case, option).into_iter().map(|size| size as usize).collect()
}

fn padding(case: &Case) -> Vec<[usize; 2]> {
    let pairs = case.options()["padding"].as_array().unwrap();
    pairs.iter().map(|pair| [0, 1].map(|i| pair[i].as_u64().unwrap() as usize)).collect()
}

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    let x = v[0];
    let axis = || whole(case, "axis");
    let part = || whole(case, "part") as usize;
    match case.op() {
        "reshape" => ops::reshape_to(tape, x, &wholes(case, "sizes")),
        "flatten" => ops::flatten_axes(tape, x, whole(case, "start"), whole(case, "end")),
        "unsqueeze" => ops::unsqueeze(tape, x, axis()),
        "stack" => ops::stack(tape, v, axis()),
        "squeeze" => ops::squeeze(tape, x, &wholes(case, "axes")),
        "transpose" => ops::swap_axes(tape, x, wholes(case, "axes")[0], wholes(case, "axes")[1]),
        "broadcast_to" => ops::broadcast_to(tape, x, Shape::new(&sizes(case, "sizes"))?),
        "flip" => ops::flip(tape, x, &wholes(case, "axes")),
        "roll" => ops::roll(tape, x, whole(case, "shift"), axis()),
        "repeat" => ops::repeat(tape, x, &sizes(case, "counts")),
        "pad" => ops::pad(tape, x, &padding(case), parity::number(case, "value") as f32),
        "diag" => ops::diag(tape, x, whole(case, "diagonal")),
        "tril" => ops::tril(tape, x, whole(case, "diagonal")),
        "triu" => ops::triu(tape, x, whole(case, "diagonal")),
        "split" => Ok(ops::split(tape, x, &sizes(case, "sizes"), axis())?[part()]),
        "chunk" => Ok(ops::chunk(tape, x, whole(case, "chunks") as usize, axis())?[part()]),
        other => panic!("no operation {other}"),
    }
}

#[test]
fn layouts_agree_with_pytorch() {
    check_each(Fixtures::load("tensor_layout").iter(), |case| parity::check(case, apply));
}

#[test]
fn gradients_of_layouts_agree_with_finite_differences() {
    parity::gradcheck_each(&[
        ("reshape_to", &[&[2, 3]], &|t, v| ops::reshape_to(t, v[0], &[-1, 2])),
        ("swap_axes", &[&[2, 3, 2]], &|t, v| ops::swap_axes(t, v[0], 0, -1)),
        ("broadcast_to", &[&[3, 1]], &|t, v| ops::broadcast_to(t, v[0], [2, 3, 2].into())),
        ("stack", &[&[2, 3], &[2, 3]], &|t, v| ops::stack(t, v, -1)),
        ("flip", &[&[2, 3]], &|t, v| ops::flip(t, v[0], &[-1])),
        ("roll", &[&[2, 5]], &|t, v| ops::roll(t, v[0], -2, -1)),
        ("repeat", &[&[2, 3]], &|t, v| ops::repeat(t, v[0], &[2, 1, 3])),
        ("pad", &[&[2, 3]], &|t, v| ops::pad(t, v[0], &[[1, 0], [2, 1]], 0.5)),
        ("diag of a vector", &[&[3]], &|t, v| ops::diag(t, v[0], -1)),
        ("diag of a matrix", &[&[3, 4]], &|t, v| ops::diag(t, v[0], 1)),
        ("tril", &[&[2, 3, 3]], &|t, v| ops::tril(t, v[0], 0)),
        ("triu", &[&[3, 3]], &|t, v| ops::triu(t, v[0], 1)),
        ("split", &[&[2, 5]], &|t, v| Ok(ops::split(t, v[0], &[2, 3], -1)?[1])),
        ("chunk", &[&[5, 2]], &|t, v| Ok(ops::chunk(t, v[0], 2, 0)?[0])),
    ]);
}

#[test]
fn layouts_that_do_not_fit_are_refused() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::ones([2, 3]));
    let y = tape.variable(Tensor::ones([3, 2]));
    let empty = tape.variable(Tensor::zeros([0, 3]));
    for sizes in [
        &[4, -1][..],
        &[-1, -1],
        &[-2, -3],
        &[7],
        &[0, -1],
        &[1, 1, 1, 1, 1, 1, 6],
        &[i64::MAX, i64::MAX],
    ] {
        assert!(ops::reshape_to(&mut tape, x, sizes).is_err(), "{sizes:?}");
    }
    assert!(ops::reshape_to(&mut tape, empty, &[0, -1]).is_err());
    assert!(ops::reshape_to(&mut tape, empty, &[-1, 3]).is_ok());
    for axis in [3, -4, i64::MIN, i64::MAX] {
        assert!(ops::unsqueeze(&mut tape, x, axis).is_err(), "{axis}");
        assert!(ops::stack(&mut tape, &[x, x], axis).is_err(), "{axis}");
        assert!(ops::squeeze(&mut tape, x, &[axis]).is_err(), "{axis}");
        assert!(ops::flip(&mut tape, x, &[axis]).is_err(), "{axis}");
        assert!(ops::roll(&mut tape, x, 1, axis).is_err(), "{axis}");
        assert!(ops::swap_axes(&mut tape, x, 0, axis).is_err(), "{axis}");
    }
    assert!(ops::flatten_axes(&mut tape, x, 1, 0).is_err());
    assert!(ops::stack(&mut tape, &[], 0).is_err());
    assert!(ops::stack(&mut tape, &[x, y], 0).is_err());
    assert!(ops::repeat(&mut tape, x, &[2]).is_err());
    assert!(ops::repeat(&mut tape, x, &[usize::MAX, 2]).is_err());
    assert!(ops::pad(&mut tape, x, &[[0, 0]; 3], 0.0).is_err());
    assert!(ops::pad(&mut tape, x, &[[usize::MAX, 1]], 0.0).is_err());
    assert!(ops::split(&mut tape, x, &[1, 1], 1).is_err());
    assert!(ops::split(&mut tape, x, &[usize::MAX, 4], 1).is_err());
    assert!(ops::chunk(&mut tape, x, 0, 1).is_err());
    let cube = tape.variable(Tensor::ones([1, 1, 1]));
    let vector = tape.variable(Tensor::ones(2));
    assert!(
        ops::diag(&mut tape, cube, 0).is_err() && ops::diag(&mut tape, vector, i64::MAX).is_err()
    );
    assert_eq!(tape.value(x).diag(i64::MIN).unwrap().count(), 0);
    assert!(ops::tril(&mut tape, vector, 0).is_err());
    assert_eq!(tape.value(x).triu(i64::MAX).unwrap(), Tensor::zeros([2, 3]));
    assert!(ops::broadcast_to(&mut tape, x, [2, 2].into()).is_err());
    let rolled = ops::roll(&mut tape, x, i64::MIN, 0).unwrap();
    tape.backward_from(rolled, Tensor::ones([2, 3])).unwrap();
}
