//! Every layer's gradients, of its input and its parameters, against finite differences.

use relume_autograd::{AutogradError, GradcheckOptions, Op, OpRef, Tape, Var, gradcheck};
use relume_layers::ops;
use relume_tensor::{ConvGeometry, Convolution, PoolGeometry, Rng, Shape, Tensor};
use std::sync::Arc;

fn check(name: &str, op: OpRef, shapes: &[&[usize]]) {
    let mut rng = Rng::new(11);
    let input = |shape: &&[usize]| rng.uniform_tensor(Shape::new(shape).unwrap(), -1.0, 1.0);
    let inputs: Vec<Tensor> = shapes.iter().map(input).collect();
    let function =
        |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> { tape.apply(&op, vars) };
    let report = gradcheck(function, &inputs, GradcheckOptions::default()).unwrap();
    assert!(report.checked > 0 && report.passed(), "{name}: {report:?}");
}

fn conv(groups: usize) -> ConvGeometry {
    ConvGeometry {
        channels: 4,
        input: [6, 5],
        out_channels: 6,
        kernel: [3, 2],
        stride: [2, 1],
        padding_before: [1, 0],
        padding_after: [1, 1],
        dilation: [1, 2],
        groups,
    }
}

#[test]
fn dense_agrees_with_finite_differences() {
    let op = || OpRef::from(&ops::Linear as &'static dyn Op);
    check("rows", op(), &[&[3, 4], &[5, 4], &[5]]);
    check("sequences without bias", op(), &[&[2, 3, 4], &[5, 4]]);
}

#[test]
fn conv2d_agrees_with_finite_differences() {
    for groups in [1, 2] {
        let geometry = conv(groups);
        let weight = geometry.weight_shape();
        let op = OpRef::from(Arc::new(ops::Conv2d(Convolution::new(geometry).unwrap())));
        check("conv2d", op, &[&[3, 4, 6, 5], &weight, &[6]]);
    }
    let pointwise = ConvGeometry {
        kernel: [1, 1],
        stride: [1, 1],
        padding_before: [0; 2],
        padding_after: [0; 2],
        ..conv(1)
    };
    check(
        "pointwise",
        OpRef::from(Arc::new(ops::Conv2d(Convolution::new(pointwise).unwrap()))),
        &[&[2, 4, 6, 5], &[6, 4, 1, 1]],
    );
}

#[test]
fn maxpool2d_agrees_with_finite_differences() {
    let geometry = PoolGeometry {
        input: [5, 6],
        kernel: [3, 2],
        stride: [1, 2],
        padding: [1, 1],
        dilation: [1, 1],
        ceil_mode: false,
    };
    // A step so small that no other number becomes the largest.
    let mut rng = Rng::new(2);
    let mut order: Vec<usize> = (0..2 * 3 * 30).collect();
    rng.shuffle(&mut order);
    let x = Tensor::from_fn([2, 3, 5, 6], |i| order[i] as f32);
    let op = OpRef::from(Arc::new(ops::MaxPool2d(geometry)));
    let options = GradcheckOptions { step: 0.25, ..GradcheckOptions::default() };
    let function =
        |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> { tape.apply(&op, vars) };
    let report = gradcheck(function, &[x], options).unwrap();
    assert!(report.checked > 0 && report.passed(), "{report:?}");
}

#[test]
fn the_mean_over_places_agrees_with_finite_differences() {
    let op = || OpRef::from(&ops::PlaneMean as &'static dyn Op);
    check("images", op(), &[&[2, 3, 4, 2]]);
    check("sequences", op(), &[&[2, 3, 4]]);
}

#[test]
fn batchnorm_agrees_with_finite_differences() {
    // Through the batch's own statistics, which are computed again for every changed input.
    let op = OpRef::from(Arc::new(ops::BatchNorm { eps: 1e-5, of_batch: true, relu: false }));
    let mut rng = Rng::new(5);
    let inputs = [[4, 3, 2].into(), Shape::from(3), 3.into()]
        .map(|shape: Shape| rng.uniform_tensor(shape, 0.5, 2.0));
    let function = |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> {
        let (mean, variance) = ops::batch_statistics(tape.value(vars[0]))?;
        let (mean, variance) = (tape.constant(mean), tape.constant(variance));
        tape.apply(&op, &[vars[0], mean, variance, vars[1], vars[2]])
    };
    let options = GradcheckOptions { step: 3e-3, ..GradcheckOptions::default() };
    let report = gradcheck(function, &inputs, options).unwrap();
    assert!(report.checked > 0 && report.passed(), "{report:?}");
}

#[test]
fn lstm_agrees_with_finite_differences() {
    for reverse in [false, true] {
        let op = |bias| OpRef::from(Arc::new(ops::Lstm { reverse, bias }));
        check("lstm", op(true), &[&[3, 4, 2], &[12, 2], &[12, 3], &[12], &[12]]);
        check(
            "states given",
            op(true),
            &[&[2, 3, 2], &[12, 2], &[12, 3], &[12], &[12], &[2, 3], &[2, 3]],
        );
        check("no bias", op(false), &[&[2, 1, 2], &[12, 2], &[12, 3]]);
    }
}
