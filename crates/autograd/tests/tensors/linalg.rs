//! Linear algebra.

use crate::parity;
use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck, ops};
use relume_fixtures::{Case, Fixtures, assert_close, assert_close_with, check_each};
use relume_tensor::{Tensor, TensorError};

/// PyTorch computes in single precision, ours in double: its own rounding is what differs.
const REASON: &str = "the rounding of f32 in PyTorch's decomposition";

fn apply(case: &Case, tape: &mut Tape, v: &[Var]) -> Result<Var, AutogradError> {
    match case.op() {
        "det" => ops::det(tape, v[0]),
        "inv" => ops::inv(tape, v[0]),
        "solve" => ops::solve(tape, v[0], v[1]),
        "trace" => ops::trace(tape, v[0]),
        "cholesky" => ops::cholesky(tape, v[0]),
        "eigenvalues" => Ok(ops::eigh(tape, v[0])?[0]),
        "squared eigenvectors" => {
            let [_, vectors] = ops::eigh(tape, v[0])?;
            ops::square(tape, vectors)
        }
        "singular values" => Ok(ops::svd(tape, v[0])?[1]),
        "q" => Ok(ops::qr(tape, v[0])?[0]),
        "r" => Ok(ops::qr(tape, v[0])?[1]),
        "pinv" => ops::pinv(tape, v[0]),
        "lstsq" => ops::lstsq(tape, v[0], v[1]),
        "matrix_rank" => {
            let rank = tape.get(v[0])?.matrix_rank()?;
            Ok(tape.constant(Tensor::scalar(rank as f32)))
        }
        other => panic!("no operation {other}"),
    }
}

fn check(case: &Case) {
    match case.op() {
        "svd" => check_svd(case),
        "qr" => {
            let found = case.input("x").qr().unwrap();
            assert_close(&found.q, case.extra_output("q"), case.name());
            assert_close(&found.r, case.extra_output("r"), case.name());
        }
        _ => parity::check_with(case, apply, |actual, expected, context| {
            assert_close_with(1e-5, 5e-5, REASON, actual, expected, context);
        }),
    }
}

/// The fixture's left vectors begin with a positive number.
fn check_svd(case: &Case) {
    let found = case.input("x").svd().unwrap();
    let first = found.u.index(&[0.into()]).unwrap();
    let signs = first.sign();
    let u = (&found.u * &signs).unwrap();
    let vh = (&found.vh * signs.unsqueeze(-1).unwrap()).unwrap();
    for (name, actual) in [("u", u), ("s", found.s), ("vh", vh)] {
        let expected = case.extra_output(name);
        assert_close_with(
            1e-5,
            1e-5,
            REASON,
            &actual,
            expected,
            &format!("{} {name}", case.name()),
        );
    }
}

#[test]
fn linear_algebra_agrees_with_pytorch() {
    check_each(Fixtures::load("tensor_linalg").iter(), check);
}

#[test]
fn gradients_of_linear_algebra_agree_with_finite_differences() {
    let x = Tensor::new([3, 3], vec![2.0, 0.3, -0.5, 0.1, 1.5, 0.4, -0.2, 0.6, 3.0]).unwrap();
    let b = Tensor::new([3, 2], vec![1.0, -0.5, 0.3, 2.0, -1.0, 0.7]).unwrap();
    let symmetric = |t: &mut Tape, x: Var| {
        let transposed = ops::transpose(t, x)?;
        ops::add(t, x, transposed)
    };
    let functions: [(&str, parity::Function); 9] = [
        ("det", &|t, v| ops::det(t, v[0])),
        ("inv", &|t, v| ops::inv(t, v[0])),
        ("solve", &|t, v| ops::solve(t, v[0], v[1])),
        ("cholesky", &|t, v| {
            let x = symmetric(t, v[0])?;
            ops::cholesky(t, x)
        }),
        ("eigenvalues", &|t, v| {
            let x = symmetric(t, v[0])?;
            Ok(ops::eigh(t, x)?[0])
        }),
        ("eigenvectors", &|t, v| {
            let x = symmetric(t, v[0])?;
            let [_, vectors] = ops::eigh(t, x)?;
            ops::square(t, vectors)
        }),
        ("singular values", &|t, v| Ok(ops::svd(t, v[0])?[1])),
        ("q", &|t, v| Ok(ops::qr(t, v[0])?[0])),
        ("r", &|t, v| Ok(ops::qr(t, v[1])?[1])),
    ];
    for (name, function) in functions {
        let inputs = [x.clone(), b.clone()];
        let report = gradcheck(function, &inputs, GradcheckOptions::default()).unwrap();
        assert!(report.passed() && report.bends == 0, "{name}: {report:?}");
    }
}

#[test]
fn matrices_without_an_answer_are_refused() {
    let mut tape = Tape::new();
    let singular = Tensor::new([2, 2], vec![1.0, 2.0, 2.0, 4.0]).unwrap();
    let nine = Tensor::new([3, 3], vec![1., 2., 3., 4., 5., 6., 7., 8., 9.]).unwrap();
    for matrix in [&singular, &nine, &Tensor::zeros([2, 2])] {
        assert_eq!(matrix.inv(), Err(TensorError::Singular { operation: "inv" }));
        let b = Tensor::ones(matrix.dims()[0]);
        assert_eq!(matrix.solve(&b), Err(TensorError::Singular { operation: "solve" }));
    }
    let tiny = Tensor::new([2, 2], vec![1.0, 0.0, 0.0, 1e-20]).unwrap();
    assert_eq!(tiny.inv().unwrap().data(), [1.0, 0.0, 0.0, 1e20]);
    let negative = Tensor::new([2, 2], vec![1.0, 2.0, 2.0, 1.0]).unwrap();
    assert_eq!(
        negative.cholesky(),
        Err(TensorError::NotPositiveDefinite { operation: "cholesky" })
    );
    for x in [
        Tensor::ones([2, 3]),
        Tensor::ones(3),
        Tensor::zeros([0, 0]),
        Tensor::full([2, 2], f32::NAN),
    ] {
        assert!(x.det().is_err() && x.inv().is_err() && x.cholesky().is_err() && x.eigh().is_err());
        let x = tape.variable(x);
        assert!(ops::solve(&mut tape, x, x).is_err() || tape.value(x).rank() == 0);
    }
    for x in [Tensor::ones(3), Tensor::zeros([0, 2]), Tensor::full([2, 2], f32::INFINITY)] {
        assert!(
            x.svd().is_err() && x.qr().is_err() && x.pinv().is_err() && x.matrix_rank().is_err()
        );
    }
    let several = Tensor::concat(&[&tiny, &singular], 0).unwrap().reshape([2, 2, 2]).unwrap();
    assert_eq!(several.inv(), Err(TensorError::Singular { operation: "inv" }));
    for b in [Tensor::ones([3, 3]), Tensor::ones([3, 2, 1]), Tensor::scalar(1.0)] {
        assert!(several.solve(&b).is_err() && several.lstsq(&b).is_err(), "{:?}", b.shape());
    }
    for x in [Tensor::zeros([0, 2, 2]), Tensor::zeros([2, 0, 0]), Tensor::ones([2, 2, 3])] {
        assert!(x.det().is_err() && x.inv().is_err() && x.cholesky().is_err() && x.eigh().is_err());
    }
    assert!(singular.lstsq(&Tensor::ones(3)).is_err() && tiny.solve(&Tensor::ones(3)).is_err());
}

#[test]
fn what_has_no_derivative_says_so() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::new([2, 2], vec![1.0, 2.0, 3.0, 5.0]).unwrap());
    let [u, _, _] = ops::svd(&mut tape, x).unwrap();
    let pinv = ops::pinv(&mut tape, x).unwrap();
    for value in [u, pinv] {
        let refused = tape.backward_from(value, Tensor::ones([2, 2]));
        assert!(matches!(refused, Err(AutogradError::NoDerivative { .. })), "{refused:?}");
    }
    let equal = tape.variable(Tensor::eye(2, 2).unwrap());
    let [values, vectors] = ops::eigh(&mut tape, equal).unwrap();
    tape.backward_from(values, Tensor::ones(2)).unwrap();
    assert_eq!(tape.gradient(equal).unwrap(), &Tensor::eye(2, 2).unwrap());
    assert!(tape.backward_from(vectors, Tensor::ones([2, 2])).is_err());
}
