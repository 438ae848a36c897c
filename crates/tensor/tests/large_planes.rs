//! Max-pooling of planes whose positions f32 does not hold.

use relume_tensor::{
    ConvGeometry, Convolution, ConvolutionOutput, Indices, PoolGeometry, Shape, Tensor,
    adaptive_maxpool2d, maxpool2d, maxpool2d_backward,
};

/// 4098 x 4098 is more than 2^24; half as many windows of 2 x 2 go down and across.
const SIDE: usize = 4098;

fn halves() -> PoolGeometry {
    PoolGeometry {
        input: [SIDE; 2],
        kernel: [2, 2],
        stride: [2, 2],
        padding: [0, 0],
        dilation: [1, 1],
        ceil_mode: false,
    }
}

/// 1 at the lower right of every window, 0 elsewhere. With a gradient of ones this is the gradient of its pooling.
fn corners() -> Tensor {
    Tensor::from_fn([1, 1, SIDE, SIDE], |i| if i / SIDE % 2 == 1 && i % 2 == 1 { 1.0 } else { 0.0 })
}

/// Checks the positions that won under the last two windows, and the gradient.
fn check(x: &Tensor, indices: &Indices, what: &str) {
    assert!(indices.data().ends_with(&[16_793_601, 16_793_603]), "{what}");
    let gradient = Tensor::ones(indices.shape());
    let back = maxpool2d_backward(x.shape(), indices, &gradient).unwrap();
    assert!(back == *x, "{what}");
}

#[test]
fn every_gradient_goes_to_the_number_that_won_beyond_the_whole_numbers_of_f32() {
    let x = corners();
    check(&x, &maxpool2d(&x, &halves()).unwrap().1, "windows of 2 x 2");
    // The same windows by the general algorithm.
    let ceil = PoolGeometry { ceil_mode: true, ..halves() };
    check(&x, &maxpool2d(&x, &ceil).unwrap().1, "any windows");
    check(&x, &adaptive_maxpool2d(&x, [SIDE / 2; 2]).unwrap().1, "adaptive windows");
}

#[test]
fn a_convolution_with_pooling_passes_gradients_to_the_numbers_that_won() {
    let x = corners();
    let geometry = ConvGeometry {
        channels: 1,
        input: [SIDE; 2],
        out_channels: 1,
        kernel: [1, 1],
        stride: [1, 1],
        padding_before: [0, 0],
        padding_after: [0, 0],
        dilation: [1, 1],
        groups: 1,
    };
    let convolution = Convolution::new(geometry).unwrap().with_pool(halves()).unwrap();
    let weight = Tensor::ones([1, 1, 1, 1]);
    let (out, indices) = convolution.forward(&x, &weight, None).unwrap();
    let gradient = Tensor::ones(out.shape());
    let output = ConvolutionOutput { out: &out, indices: indices.as_ref(), gradient: &gradient };
    let [grad_x, grad_weight, _] =
        convolution.backward(&x, &weight, output, [true, true, false]).unwrap();
    assert!(grad_x.unwrap() == x);
    // The sum of what won: 1 for each of 2049 x 2049 windows.
    assert_eq!(grad_weight.unwrap().data(), [4_198_401.0]);
}

#[test]
fn planes_without_a_position_for_every_number_are_refused() {
    let geometry = PoolGeometry { input: [1 << 17, 1 << 16], ..halves() };
    let error = geometry.output().unwrap_err().to_string();
    assert!(error.contains("more than 2^32 numbers"), "{error}");
    let empty = Tensor::zeros(Shape::from([1, 1, 0, 4]));
    assert!(adaptive_maxpool2d(&empty, [1, 1]).is_err());
}
