//! Products in batches and Einstein's sums.

use crate::parity;
use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_fixtures::{Case, Fixtures, check_each};
use relume_tensor::Tensor;

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    match case.op() {
        "matmul" => ops::matmul(tape, v[0], v[1]),
        "einsum" => ops::einsum(tape, case.options()["equation"].as_str().unwrap(), v),
        "outer" => ops::outer(tape, v[0], v[1]),
        "kron" => ops::kron(tape, v[0], v[1]),
        other => panic!("no operation {other}"),
    }
}

#[test]
fn products_agree_with_pytorch() {
    check_each(Fixtures::load("tensor_products").iter(), |case| parity::check(case, apply));
}

#[test]
fn outer_and_kronecker_products_of_tensors_are_those_of_the_tape() {
    for case in Fixtures::load("tensor_products").iter() {
        let value = match case.op() {
            "outer" => case.input("a").outer(case.input("b")),
            "kron" => case.input("a").kron(case.input("b")),
            _ => continue,
        };
        relume_fixtures::assert_close(&value.unwrap(), case.output(), case.name());
    }
}

#[test]
fn gradients_of_products_agree_with_finite_differences() {
    parity::gradcheck_each(&[
        ("matmul", &[&[2, 3, 4], &[4, 2]], &|t, v| ops::matmul(t, v[0], v[1])),
        ("matmul, stretched", &[&[3, 4], &[2, 1, 4, 2]], &|t, v| ops::matmul(t, v[0], v[1])),
        ("matmul, a vector", &[&[4], &[2, 4, 2]], &|t, v| ops::matmul(t, v[0], v[1])),
        ("einsum", &[&[2, 3, 2], &[3, 4], &[4]], &|t, v| ops::einsum(t, "iji,jk,k->j", v)),
        ("einsum, stretched", &[&[2, 1], &[2, 3]], &|t, v| ops::einsum(t, "...j,...j->j", v)),
        ("kron", &[&[2, 2], &[3]], &|t, v| ops::kron(t, v[0], v[1])),
    ]);
}

#[test]
fn equations_that_do_not_fit_are_refused() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::ones([2, 3]));
    let equations = [
        "ij,jk->ik",
        "i->i",
        "ijk->i",
        "ii->i",
        "ij->k",
        "ij->ii",
        "i1->i",
        "i...j...->i",
        "i..j->i",
        "",
        "ij->i->j",
        "ij,",
        "é->é",
    ];
    for equation in equations {
        let refused = ops::einsum(&mut tape, equation, &[x]);
        assert!(matches!(refused, Err(AutogradError::Tensor(_))), "{equation}: {refused:?}");
    }
    assert!(ops::einsum(&mut tape, "ij,ij", &[x]).is_err());
    assert!(ops::einsum(&mut tape, "ij,ji", &[x, x]).is_err());
    let seven = "ab,cd,ef,gh->abcdefgh";
    assert!(ops::einsum(&mut tape, seven, &[x, x, x, x]).is_err());
    let number = tape.constant(Tensor::scalar(1.0));
    let batch = tape.constant(Tensor::ones([2, 4, 2]));
    for other in [number, batch] {
        assert!(ops::matmul(&mut tape, x, other).is_err());
        assert!(ops::outer(&mut tape, x, other).is_err());
    }
}
