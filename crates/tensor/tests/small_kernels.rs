//! Small cases of the kernels that have unsafe code, for Miri, which is a thousand times slower than the processor. The
//! numbers are small whole ones, so that every sum is exact and results are compared with the definition to the bit.

use relume_tensor::{
    ConvGeometry, Convolution, ConvolutionOutput, Matrix, PackedB, PoolGeometry, Precision, Shape,
    Tensor, gemm, threads,
};

/// Whole numbers from -3 to 3.
fn whole(shape: impl Into<Shape>, seed: usize) -> Tensor {
    Tensor::from_fn(shape, |i| ((i * 7 + seed * 5 + i / 3) % 7) as f32 - 3.0)
}

/// The definition of a product.
fn product(a: &Tensor, b: &Tensor) -> Vec<f32> {
    let (&[m, k], &[_, n]) = (a.dims(), b.dims()) else { panic!("matrices") };
    let at = |e: usize, l: usize| a.data()[e / n * k + l] * b.data()[l * n + e % n];
    (0..m * n).map(|e| (0..k).map(|l| at(e, l)).sum()).collect()
}

#[test]
fn products_follow_the_definition() {
    for (m, k, n) in [(1, 1, 1), (1, 9, 4), (5, 3, 1), (3, 17, 18), (9, 4, 33), (20, 5, 7)] {
        let (a, b) = (whole([m, k], 1), whole([k, n], 2));
        let expected = product(&a, &b);
        assert_eq!(a.matmul(&b).unwrap().data(), expected, "{m} {k} {n}");
        let (left, right) = (a.transpose().unwrap(), b.transpose().unwrap());
        let of = |x, rows, columns| Matrix::new(x, rows, columns).unwrap();
        let operands = [
            (of(a.data(), m, k), of(right.data(), n, k).t()),
            (of(left.data(), k, m).t(), of(b.data(), k, n)),
            (of(left.data(), k, m).t(), of(right.data(), n, k).t()),
        ];
        for (left, right) in operands {
            let mut c = vec![1.0; m * n];
            gemm(left, right, 1.0, &mut c).unwrap();
            assert!(
                c.iter().zip(&expected).all(|(&c, &product)| c == product + 1.0),
                "{m} {k} {n}"
            );
        }
        for precision in [Precision::F32, Precision::F16, Precision::Bf16] {
            // A weight is [outputs, inputs], whose product is with its transpose.
            let packed = PackedB::of_weight(&right.to_precision(precision)).unwrap();
            let mut c = vec![0.0; m * n];
            packed.multiply(Matrix::new(a.data(), m, k).unwrap(), &mut c, n).unwrap();
            assert_eq!(c, expected, "{m} {k} {n} {precision}");
        }
    }
}

/// A convolution with a kernel of 3 x 2 whose options differ along the axes.
fn convolution(
    channels: usize,
    out_channels: usize,
    groups: usize,
    stride: [usize; 2],
) -> ConvGeometry {
    ConvGeometry {
        channels,
        input: [5, 6],
        out_channels,
        kernel: [3, 2],
        stride,
        padding_before: [1, 0],
        padding_after: [0, 1],
        dilation: [1, 2],
        groups,
    }
}

/// Calls `visit` with the places of an input, a weight and an output that belong together.
fn each_term(own: &ConvGeometry, batch: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let [height, width] = own.output().unwrap();
    let (inputs, outputs) = (own.channels / own.groups, own.out_channels / own.groups);
    let [down, across] = own.kernel;
    for at in 0..batch * own.out_channels * height * width {
        let (y, x) = (at / width % height, at % width);
        let (sample, out) =
            (at / (own.out_channels * height * width), at / (height * width) % own.out_channels);
        for term in 0..inputs * down * across {
            let (c, i, j) = (term / (down * across), term / across % down, term % across);
            let p = (y * own.stride[0] + i * own.dilation[0]).checked_sub(own.padding_before[0]);
            let q = (x * own.stride[1] + j * own.dilation[1]).checked_sub(own.padding_before[1]);
            if let (Some(p), Some(q)) = (p, q)
                && p < own.input[0]
                && q < own.input[1]
            {
                let channel = out / outputs * inputs + c;
                let from =
                    ((sample * own.channels + channel) * own.input[0] + p) * own.input[1] + q;
                visit(from, out * inputs * down * across + term, at);
            }
        }
    }
}

#[test]
fn convolutions_and_their_gradients_follow_the_definition() {
    const BATCH: usize = 2;
    for geometry in [
        convolution(3, 4, 1, [1, 1]),
        convolution(4, 6, 2, [2, 1]),
        convolution(1, 17, 1, [1, 2]),
        convolution(16, 2, 1, [1, 1]),
    ] {
        let [height, width] = geometry.output().unwrap();
        let x = whole([BATCH, geometry.channels, 5, 6], 1);
        let weight = whole(geometry.weight_shape(), 2);
        let gradient = whole([BATCH, geometry.out_channels, height, width], 3);
        let mut expected =
            [vec![0.0; gradient.count()], vec![0.0; x.count()], vec![0.0; weight.count()]];
        each_term(&geometry, BATCH, |from, w, to| {
            expected[0][to] += x.data()[from] * weight.data()[w];
            expected[1][from] += weight.data()[w] * gradient.data()[to];
            expected[2][w] += x.data()[from] * gradient.data()[to];
        });
        let own = Convolution::new(geometry).unwrap();
        let (out, _) = own.forward(&x, &weight, None).unwrap();
        let given = ConvolutionOutput { out: &out, indices: None, gradient: &gradient };
        let [of_x, of_weight, _] = own.backward(&x, &weight, given, [true, true, false]).unwrap();
        let found = [Some(out), of_x, of_weight].map(Option::unwrap);
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.data(), expected, "{geometry:?}");
        }
    }
}

#[test]
fn a_pooled_convolution_passes_gradients_to_its_maxima() {
    const BATCH: usize = 2;
    // With 16 channels, only the gradients of the maxima are multiplied.
    for channels in [3, 16] {
        let geometry = convolution(channels, 5, 1, [1, 1]);
        let plane = geometry.output().unwrap();
        let window = PoolGeometry {
            input: plane,
            kernel: [2, 2],
            stride: [2, 2],
            padding: [0, 0],
            dilation: [1, 1],
            ceil_mode: false,
        };
        let x = whole([BATCH, channels, 5, 6], 1);
        let weight = whole(geometry.weight_shape(), 2);
        let plain = Convolution::new(geometry).unwrap();
        let (before, _) = plain.forward(&x, &weight, None).unwrap();
        let pooled = Convolution::new(geometry).unwrap().with_pool(window).unwrap();
        let (out, indices) = pooled.forward(&x, &weight, None).unwrap();
        let indices = indices.unwrap();
        let gradient = whole(out.shape(), 3);
        // The gradient of the convolution alone: that of each maximum at its place, and zeros elsewhere.
        let mut scattered = Tensor::zeros(before.shape());
        let (own, all) = (out.count() / BATCH / 5, plane[0] * plane[1]);
        for (at, &place) in indices.data().iter().enumerate() {
            let place = at / own * all + place as usize;
            assert_eq!(out.data()[at], before.data()[place]);
            scattered.data_mut()[place] += gradient.data()[at];
        }
        let given = ConvolutionOutput { out: &before, indices: None, gradient: &scattered };
        let expected = plain.backward(&x, &weight, given, [true, true, false]).unwrap();
        let given = ConvolutionOutput { out: &out, indices: Some(&indices), gradient: &gradient };
        let found = pooled.backward(&x, &weight, given, [true, true, false]).unwrap();
        assert_eq!(found, expected, "{channels} channels");
    }
}

#[test]
fn numbers_are_shared_between_threads_and_buffers_used_again() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for _ in 0..2 {
        let mut x = whole([4, 40], 1);
        let shared = x.clone();
        pool.install(|| {
            threads::for_pieces(x.data_mut(), 40, |i, piece| {
                piece.iter_mut().for_each(|x| *x += i as f32);
            });
        });
        let moved = x.data().iter().zip(shared.data()).enumerate();
        assert!(moved.into_iter().all(|(at, (&x, &before))| x == before + (at / 40) as f32));
    }
}
