//! What the public functions of this crate refuse (wrong shapes, axes, sizes and options), and what they return for
//! empty tensors.

use relume_tensor::threads::{self, Pieces};
use relume_tensor::{
    AxisMap, AxisMaps, ConvGeometry, Convolution, ConvolutionOutput, Divisor, Indices,
    Interpolation, Matrix, PackedB, PadMode, PoolGeometry, Rng, Shape, Tensor, TensorError, Window,
    adaptive_maxpool2d, gemm, gemm_serial, maxpool2d, maxpool2d_backward, simd,
};

const HUGE: usize = usize::MAX;

/// More numbers than memory can address; the product of the sizes overflows.
const OVERFLOWING: [usize; 2] = [1 << 40, 1 << 40];

fn counted(shape: impl Into<Shape>) -> Tensor {
    Tensor::from_fn(shape, |i| i as f32)
}

fn is_too_large<T>(result: Result<T, TensorError>) -> bool {
    matches!(result, Err(TensorError::TooLarge { .. }))
}

fn is_geometry<T>(result: Result<T, TensorError>) -> bool {
    matches!(result, Err(TensorError::Geometry { .. }))
}

#[test]
fn shapes_of_too_many_axes_are_refused() {
    assert!(Shape::new(&[1; 7]).is_err());
    assert!(Shape::try_from(&[1; 7][..]).is_err());
    assert!(Shape::from([1; 6]).with_batch(2).is_err());
    assert!(Shape::from([2, 3]).broadcast(&[2, 4].into(), "test").is_err());
}

#[test]
fn axes_that_there_are_not_leave_a_shape_as_it_is() {
    let shape = Shape::from([2, 3]);
    assert_eq!((shape.without_axis(7), shape.with_axis(7, 5)), (shape, shape));
    assert_eq!((shape.tail(9), Shape::SCALAR.without_batch()), (Shape::SCALAR, Shape::SCALAR));
}

#[test]
fn a_count_that_overflows_is_not_mistaken_for_a_small_one() {
    // 2^32 times 2^32 is 0 in 64 bits.
    let wrapping = Shape::from([1 << 32, 1 << 32]);
    assert_eq!(wrapping.count(), HUGE);
    assert!(Tensor::new(wrapping, vec![]).is_err());
    assert!(Tensor::zeros([0]).reshape(wrapping).is_err());
    assert!(is_too_large(Tensor::try_uninit(wrapping)));
    assert!(is_too_large(Tensor::try_uninit(HUGE)));
    assert!(is_too_large(Tensor::try_uninit(HUGE / 8)));
    // Whatever the other sizes, a size of 0 makes it empty.
    assert_eq!(Shape::from([HUGE, HUGE, 0]).count(), 0);
    assert_eq!(Tensor::zeros([HUGE, 0, HUGE]).count(), 0);
    assert_eq!(Shape::from([HUGE, HUGE, 0]).strides()[..3], [0, 0, 1]);
}

#[test]
fn values_of_another_count_than_the_shape_are_refused() {
    for count in [0, 5, 7] {
        let refused = Tensor::new([2, 3], vec![0.0; count]);
        assert_eq!(refused, Err(TensorError::Count { shape: [2, 3].into(), given: count }));
    }
    assert!(counted([2, 3]).reshape([2, 2]).is_err());
    assert_eq!(counted([2, 3]).item(), None);
    assert_eq!(Tensor::zeros([0]).item(), None);
}

#[test]
fn indices_and_axes_outside_of_a_tensor_are_refused() {
    let t = counted([2, 3]);
    for index in [2, HUGE] {
        assert!(t.at(index).is_err() && t.gather(&[0, index]).is_err());
    }
    assert!(Tensor::scalar(1.0).at(0).is_err());
    assert!(Tensor::scalar(1.0).gather(&[]).is_err());
    for [start, end] in [[0, 4], [2, 1], [4, 4], [HUGE, HUGE], [0, HUGE], [HUGE, 0]] {
        assert!(t.slice(1, start, end).is_err(), "{start}..{end}");
    }
    assert_eq!(t.slice(1, 3, 3).unwrap().dims(), [2, 0]);
    for axis in [2, 6, HUGE] {
        assert!(t.slice(axis, 0, 1).is_err());
        assert!(Tensor::concat(&[&t], axis).is_err());
        assert!(t.sum_axis(axis).is_err() && t.mean_axis(axis).is_err());
        assert!(t.max_axis(axis).is_err() && t.argmax_axis(axis).is_err());
    }
    assert!(Tensor::concat(&[], 0).is_err());
    assert!(Tensor::concat(&[&t, &counted([2, 4])], 0).is_err());
    assert!(Tensor::concat(&[&t, &counted([2, 3, 1])], 0).is_err());
    let order = |order: &[usize]| t.permute(order);
    assert!(matches!(order(&[0, 2]), Err(TensorError::Axis { axis: 2, .. })));
    for wrong in [&[0][..], &[0, 0], &[0, 1, 0]] {
        assert!(matches!(order(wrong), Err(TensorError::Order { .. })), "{wrong:?}");
    }
    assert!(Tensor::zeros([1, 2, 3]).transpose().is_err());
}

#[test]
fn shapes_that_do_not_fit_each_other_are_refused() {
    let (a, b) = (counted([2, 3]), counted([4, 5]));
    assert!(a.matmul(&b).is_err() && a.matmul(&Tensor::scalar(1.0)).is_err());
    assert!(counted([1, 2, 3]).matmul(&counted([2, 2])).is_err());
    assert!(counted([2, 2, 3]).matmul(&counted([3, 3, 2])).is_err());
    assert!(Tensor::scalar(1.0).matmul(&counted([1, 2])).is_err());
    assert!(a.dot(&b).is_err());
    assert!(a.zip(&b, "test", |x, _| x).is_err());
    assert!(a.clone().zip_in_place(&b, "test", |x, _| x).is_err());
    assert!(a.clone().add_assign(&b).is_err());
    assert!(a.broadcast_with(&b, "test", |x, _| x).is_err());
    assert!(a.broadcast_to([2, 4].into()).is_err());
    assert!(counted([2, 1]).broadcast_to([1, 3].into()).is_err());
    for shape in [Shape::from([2]), [2, 4].into(), [1, 2, 3].into(), [1, 1, 1].into()] {
        assert!(a.sum_to(shape).is_err(), "{shape}");
    }
}

#[test]
fn results_that_do_not_fit_into_memory_are_refused() {
    let (column, row) = (Tensor::zeros([1 << 40, 0]), Tensor::zeros([0, 1 << 40]));
    assert!(is_too_large(column.matmul(&row)));
    assert!(is_too_large(Tensor::zeros([0, 1 << 40, 1 << 40]).sum_axis(0)));
    assert!(is_too_large(Tensor::zeros([0, 1 << 40, 1 << 40]).mean_axis(0)));
    assert!(is_too_large(Tensor::scalar(1.0).broadcast_to(OVERFLOWING.into())));
    assert!(is_too_large(Tensor::zeros([0, 1 << 40]).sum_to([1, 1 << 40].into())));
    let tall = Tensor::zeros([HUGE, 0]);
    assert_eq!(Tensor::concat(&[&tall, &tall], 0).unwrap().count(), 0);
    assert_eq!(tall.transpose().unwrap().dims(), [0, HUGE]);
    let deep = Tensor::zeros([0, 1 << 40, 1 << 40]);
    assert_eq!(deep.slice(1, 5, 9).unwrap().dims(), [0, 4, 1 << 40]);
    assert_eq!(deep.permute(&[2, 1, 0]).unwrap().dims(), [1 << 40, 1 << 40, 0]);
}

/// NumPy: the sum of nothing is 0, its mean NaN, and it has no largest number along an axis.
#[test]
fn reductions_of_empty_tensors_are_numpys() {
    let empty = Tensor::zeros([0, 3]);
    assert_eq!((empty.sum(), empty.norm()), (0.0, 0.0));
    assert!(empty.mean().is_nan() && empty.variance().is_nan());
    assert_eq!((empty.max(), empty.min()), (f32::NEG_INFINITY, f32::INFINITY));
    assert_eq!(empty.sum_axis(0).unwrap(), Tensor::zeros([3]));
    assert!(empty.mean_axis(0).unwrap().data().iter().all(|x| x.is_nan()));
    assert_eq!(empty.sum_axis(1).unwrap().dims(), [0]);
    assert!(empty.max_axis(0).is_err() && empty.argmax_axis(0).is_err());
    assert_eq!(empty.max_axis(1).unwrap().dims(), [0]);
    assert!(empty.is_finite());
    assert_eq!(empty.map(|x| x + 1.0), empty);
    assert_eq!(empty.broadcast_to([4, 0, 3].into()).unwrap().dims(), [4, 0, 3]);
    assert_eq!(empty.sum_to([1, 3].into()).unwrap(), Tensor::zeros([1, 3]));
    assert_eq!(empty.matmul(&counted([3, 2])).unwrap().dims(), [0, 2]);
    assert_eq!(empty.dot(&empty).unwrap(), 0.0);
    assert_eq!(Rng::new(1).normal_tensor([0, 5], 0.0, 1.0).count(), 0);
    assert_eq!(Rng::new(1).below(0), 0);
}

fn conv() -> ConvGeometry {
    ConvGeometry {
        channels: 2,
        input: [5, 5],
        out_channels: 4,
        kernel: [3, 3],
        stride: [1, 1],
        padding_before: [0, 0],
        padding_after: [0, 0],
        dilation: [1, 1],
        groups: 1,
    }
}

#[test]
fn geometries_of_convolutions_that_make_no_sense_are_refused() {
    let base = conv();
    let wrong = [
        ConvGeometry { channels: 0, ..base },
        ConvGeometry { out_channels: 0, ..base },
        ConvGeometry { input: [0, 5], ..base },
        ConvGeometry { input: [5, 0], padding_before: [2, 2], ..base },
        ConvGeometry { kernel: [0, 3], ..base },
        ConvGeometry { kernel: [3, 6], ..base },
        ConvGeometry { kernel: [HUGE, 3], ..base },
        ConvGeometry { stride: [1, 0], ..base },
        ConvGeometry { stride: [HUGE, 1], ..base },
        ConvGeometry { dilation: [0, 1], ..base },
        ConvGeometry { dilation: [HUGE, 1], ..base },
        ConvGeometry { dilation: [3, 1], ..base },
        ConvGeometry { groups: 0, ..base },
        ConvGeometry { groups: 3, ..base },
        ConvGeometry { padding_before: [HUGE, 0], ..base },
        ConvGeometry { padding_after: [HUGE, HUGE], ..base },
        ConvGeometry { input: [HUGE, HUGE], ..base },
    ];
    for geometry in wrong {
        assert!(is_geometry(geometry.output()), "{geometry:?}");
        assert!(is_geometry(Convolution::new(geometry)), "{geometry:?}");
    }
    // Offsets of 32 bits do not reach so far.
    assert!(is_geometry(Convolution::new(ConvGeometry { input: [1 << 20, 1 << 20], ..base })));
    assert!(is_geometry(Convolution::new(ConvGeometry { channels: 1 << 31, ..base })));
}

#[test]
fn a_convolution_refuses_tensors_of_other_shapes() {
    let convolution = Convolution::new(conv()).unwrap();
    let (x, weight, bias) = (counted([1, 2, 5, 5]), counted([4, 2, 3, 3]), counted([4]));
    for shape in [Shape::from([2, 5, 5]), [1, 2, 5, 6].into(), [1, 3, 5, 5].into(), Shape::SCALAR] {
        assert!(convolution.forward(&counted(shape), &weight, None).is_err(), "{shape}");
    }
    for shape in [Shape::from([4, 2, 9]), [4, 2, 3, 4].into(), [2, 4, 3, 3].into()] {
        assert!(convolution.forward(&x, &counted(shape), None).is_err(), "{shape}");
    }
    for shape in [Shape::from([3]), [5].into(), [4, 1].into(), Shape::SCALAR] {
        assert!(convolution.forward(&x, &weight, Some(&counted(shape))).is_err(), "{shape}");
    }
    let (out, _) = convolution.forward(&x, &weight, Some(&bias)).unwrap();
    let (small, wanted) = (counted([1, 4, 2, 2]), [true; 3]);
    for (out, gradient) in [(&small, &out), (&out, &small)] {
        let output = ConvolutionOutput { out, indices: None, gradient };
        assert!(convolution.backward(&x, &weight, output, wanted).is_err());
    }
}

#[test]
fn an_empty_batch_is_convolved_to_an_empty_one() {
    for pools in [false, true] {
        for stride in [[1, 1], [2, 2]] {
            let geometry = ConvGeometry { stride, ..conv() };
            let mut convolution = Convolution::new(geometry).unwrap().with_relu();
            let mut output = geometry.output().unwrap();
            if pools {
                let pool = PoolGeometry { input: output, kernel: [2, 2], ..pool() };
                output = pool.output().unwrap();
                convolution = convolution.with_pool(pool).unwrap();
            }
            let (x, weight) = (Tensor::zeros([0, 2, 5, 5]), counted([4, 2, 3, 3]));
            let (out, indices) = convolution.forward(&x, &weight, Some(&counted([4]))).unwrap();
            assert_eq!(out.dims(), [0, 4, output[0], output[1]]);
            let output = ConvolutionOutput { out: &out, indices: indices.as_ref(), gradient: &out };
            let [of_x, of_weight, of_bias] =
                convolution.backward(&x, &weight, output, [true; 3]).unwrap();
            assert_eq!(of_x.unwrap().dims(), [0, 2, 5, 5]);
            assert_eq!(of_weight.unwrap(), Tensor::zeros([4, 2, 3, 3]));
            assert_eq!(of_bias.unwrap(), Tensor::zeros([4]));
        }
    }
}

fn pool() -> PoolGeometry {
    PoolGeometry {
        input: [6, 6],
        kernel: [2, 2],
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
        ceil_mode: false,
    }
}

#[test]
fn pooling_after_a_convolution_refuses_positions_that_it_cannot_have_given() {
    let pool = PoolGeometry { input: [3, 3], ..pool() };
    let convolution = Convolution::new(conv()).unwrap();
    assert!(convolution.clone().with_pool(PoolGeometry { input: [4, 3], ..pool }).is_err());
    let convolution = convolution.with_pool(pool).unwrap();
    let (x, weight) = (counted([1, 2, 5, 5]), counted([4, 2, 3, 3]));
    let (out, indices) = convolution.forward(&x, &weight, None).unwrap();
    let mut indices = indices.unwrap();
    let refuses = |indices: Option<&Indices>| {
        let output = ConvolutionOutput { out: &out, indices, gradient: &out };
        convolution.backward(&x, &weight, output, [true; 3]).is_err()
    };
    assert!(refuses(None) && !refuses(Some(&indices)));
    assert!(refuses(Some(&indices.reshape([16]).unwrap())));
    indices.data_mut()[3] = 9;
    assert!(refuses(Some(&indices)));
}

#[test]
fn windows_that_make_no_sense_are_refused() {
    let base = pool();
    let wrong = [
        PoolGeometry { kernel: [0, 2], ..base },
        PoolGeometry { kernel: [7, 2], ..base },
        PoolGeometry { kernel: [HUGE, 2], ..base },
        PoolGeometry { stride: [1, 0], ..base },
        PoolGeometry { dilation: [0, 1], ..base },
        PoolGeometry { dilation: [HUGE, 1], ..base },
        PoolGeometry { padding: [2, 0], ..base },
        PoolGeometry { padding: [HUGE, 0], ..base },
        PoolGeometry { kernel: [HUGE, 2], padding: [HUGE / 2, 0], ..base },
        PoolGeometry { input: [0, 6], ..base },
        PoolGeometry { input: [0, 6], padding: [1, 1], ..base },
    ];
    for geometry in wrong {
        for ceil_mode in [false, true] {
            let geometry = PoolGeometry { ceil_mode, ..geometry };
            assert!(geometry.output().is_err(), "{geometry:?}");
            let x = Tensor::zeros([1, 1, geometry.input[0], geometry.input[1]]);
            assert!(maxpool2d(&x, &geometry).is_err(), "{geometry:?}");
        }
    }
    let steps = PoolGeometry { stride: [HUGE, HUGE], ..base };
    for ceil_mode in [false, true] {
        assert_eq!(PoolGeometry { ceil_mode, ..steps }.output().unwrap(), [1, 1]);
    }
}

#[test]
fn max_pooling_refuses_tensors_of_other_shapes() {
    let geometry = pool();
    for shape in [Shape::from([6, 6]), [1, 6, 6].into(), [1, 1, 6, 5].into()] {
        assert!(maxpool2d(&counted(shape), &geometry).is_err(), "{shape}");
    }
    for batch in [[0, 3], [3, 0], [0, 0]] {
        let x = Tensor::zeros([batch[0], batch[1], 6, 6]);
        let (out, indices) = maxpool2d(&x, &geometry).unwrap();
        assert_eq!(out.dims(), [batch[0], batch[1], 5, 5]);
        assert_eq!(maxpool2d_backward(x.shape(), &indices, &out).unwrap(), x);
        let (out, indices) = adaptive_maxpool2d(&x, [2, 3]).unwrap();
        assert_eq!(out.dims(), [batch[0], batch[1], 2, 3]);
        assert_eq!(maxpool2d_backward(x.shape(), &indices, &out).unwrap(), x);
    }
    let x = counted([2, 3, 6, 6]);
    let (out, indices) = maxpool2d(&x, &geometry).unwrap();
    for input in
        [Shape::from([6, 6]), [1, 3, 6, 6].into(), [2, 4, 6, 6].into(), [2, 3, 2, 2].into()]
    {
        assert!(maxpool2d_backward(input, &indices, &out).is_err(), "{input}");
    }
    assert!(maxpool2d_backward(x.shape(), &indices, &counted([2, 3, 25])).is_err());
    for shape in [Shape::from([6, 6]), [1, 1, 0, 5].into(), [1, 1, 5, 0].into()] {
        assert!(adaptive_maxpool2d(&Tensor::zeros(shape), [1, 1]).is_err(), "{shape}");
    }
    assert_eq!(adaptive_maxpool2d(&x, [0, 2]).unwrap().0.dims(), [2, 3, 0, 2]);
    assert!(is_too_large(adaptive_maxpool2d(&x, OVERFLOWING)));
}

#[test]
fn maps_along_axes_that_make_no_sense_are_refused() {
    let window = Window { kernel: 2, stride: 1, padding: 0, dilation: 1, ceil_mode: false };
    for (size, window) in [
        (0, window),
        (1, window),
        (5, Window { kernel: 0, ..window }),
        (5, Window { stride: 0, ..window }),
        (5, Window { padding: 2, ..window }),
        (5, Window { kernel: HUGE, padding: HUGE / 2, ..window }),
        (HUGE, window),
    ] {
        assert!(AxisMap::average(size, &window, Divisor::Padded).is_err(), "{size} {window:?}");
    }
    assert!(AxisMap::adaptive_average(0, 3).is_err());
    assert!(AxisMap::adaptive_average(3, HUGE).is_err());
    assert_eq!(AxisMap::adaptive_average(3, 0).unwrap().output(), 0);
    let linear = Interpolation::Linear { align_corners: false };
    let cubic = Interpolation::Cubic { align_corners: true };
    for interpolation in [Interpolation::Nearest, Interpolation::NearestExact, linear, cubic] {
        assert!(AxisMap::resized(0, 3, None, interpolation).is_err());
        assert!(AxisMap::resized(3, HUGE, None, interpolation).is_err());
        for scale in [0.0, -1.0, f64::NAN, f64::MIN_POSITIVE] {
            assert!(AxisMap::resized(3, 6, Some(scale), interpolation).is_err(), "{scale}");
        }
        assert_eq!(AxisMap::resized(3, 0, None, interpolation).unwrap().output(), 0);
    }
    let most = isize::MAX;
    for mode in [PadMode::Constant(0.0), PadMode::Reflect, PadMode::Replicate, PadMode::Circular] {
        for pads in [[most, most], [most, 0], [-5, 0], [isize::MIN, isize::MIN]] {
            assert!(AxisMap::padded(5, pads, mode).is_err(), "{mode:?} {pads:?}");
        }
        assert!(AxisMap::padded(HUGE, [0, 0], mode).is_err());
        assert!(AxisMap::padded(0, [0, 0], mode).is_err());
    }
}

#[test]
fn maps_refuse_tensors_whose_axes_have_other_sizes() {
    let maps = AxisMaps::new(vec![AxisMap::identity(2), AxisMap::adaptive_average(4, 2).unwrap()]);
    for shape in [Shape::SCALAR, [4].into(), [3, 4].into(), [2, 5].into()] {
        assert!(maps.apply(&counted(shape)).is_err(), "{shape}");
        assert!(maps.backward(&counted(shape)).is_err(), "{shape}");
    }
    assert_eq!(maps.apply(&Tensor::zeros([0, 2, 4])).unwrap().dims(), [0, 2, 2]);
    let many = AxisMaps::new(vec![AxisMap::identity(1); 9]);
    assert!(many.apply(&counted([1; 6])).is_err());
}

#[test]
fn matrix_views_refuse_numbers_that_do_not_hold_them() {
    let numbers = [0.0; 6];
    assert!(Matrix::new(&numbers, 2, 3).is_ok() && Matrix::new(&[], 0, HUGE).is_ok());
    for [rows, columns, stride] in [[2, 4, 4], [2, 3, 4], [HUGE, 1, 1], [2, 1, HUGE], [1, HUGE, 0]]
    {
        let refused = Matrix::with_stride(&numbers, rows, columns, stride);
        assert!(
            matches!(refused, Err(TensorError::MatrixSize { .. })),
            "{rows} {columns} {stride}"
        );
    }
}

#[test]
fn products_refuse_sizes_that_do_not_fit() {
    let (a, b) = (counted([2, 3]), counted([3, 4]));
    let (a, b) = (Matrix::new(a.data(), 2, 3).unwrap(), Matrix::new(b.data(), 3, 4).unwrap());
    let mut c = [0.0; 9];
    for len in [0, 7, 9] {
        assert!(
            gemm(a, b, 0.0, &mut c[..len]).is_err()
                && gemm_serial(a, b, 0.0, &mut c[..len]).is_err()
        );
    }
    assert!(gemm(a, a, 0.0, &mut c[..6]).is_err() && gemm_serial(b, a, 1.0, &mut c[..9]).is_err());
    assert!(gemm(a, b, 0.0, &mut c[..8]).is_ok());

    let packed = PackedB::new(b);
    let refuses = |a: Matrix, len: usize, stride: usize| {
        let mut c = [0.0; 9];
        let plain = packed.multiply(a, &mut c[..len], stride).is_err();
        assert_eq!(plain, packed.multiply_add(a, &mut c[..len], stride).is_err());
        plain
    };
    assert!(!refuses(a, 8, 4) && !refuses(a, 9, 5));
    assert!(refuses(a, 7, 4), "too few numbers");
    assert!(refuses(a, 9, 3), "rows that overlap");
    assert!(refuses(b.t(), 9, 4) && refuses(a.t(), 9, 4), "other sizes, columns");
    assert!(refuses(a, 9, HUGE), "an overflow");
}

/// Slices of different lengths: the shortest decides, and nothing is read or written beyond its end.
#[test]
fn loops_over_slices_end_with_the_shortest() {
    let (long, short) = ([1.0f32; 5], [2.0f32; 3]);
    assert_eq!((simd::dot(&long, &short), simd::dot(&short, &long)), (6.0, 6.0));
    assert_eq!((simd::sum(&[]), simd::largest(&[])), (0.0, f32::NEG_INFINITY));
    let mut to = [0.0; 4];
    simd::map(&short, &mut to, |x| x);
    assert_eq!(to, [2.0, 2.0, 2.0, 0.0]);
    simd::map2(&long, &short, &mut to, |a, b| a + b);
    assert_eq!(to, [3.0, 3.0, 3.0, 0.0]);
    simd::map2_in_place(&mut to, &short, |a, b| a - b);
    assert_eq!(to, [1.0, 1.0, 1.0, 0.0]);
    let mut to = [7.0; 4];
    assert_eq!(simd::exponentials(&[0.0; 3], 0.0, &mut to), 3.0);
    assert_eq!(to, [1.0, 1.0, 1.0, 7.0]);
}

#[test]
fn pieces_of_no_size_or_of_different_counts_lose_nothing_that_all_have() {
    let mut out = [0.0; 3];
    threads::for_pieces(&mut out, 0, |i, part| part.fill(i as f32));
    assert_eq!(out, [0.0, 1.0, 2.0]);
    threads::for_pieces(&mut [], 0, |_, _| unreachable!("there are no pieces"));
    let mut other = [0u32; 2];
    let pieces = Pieces::new(&mut out, 0);
    threads::for_pieces2(pieces, Pieces::new(&mut other, 1), |i, a, b| {
        (a[0], b[0]) = (5.0, i as u32 + 1);
    });
    assert_eq!((out, other), ([5.0, 5.0, 2.0], [1, 2]));
    let (mut a, mut b) = ([0.0; 5], [0.0; 3]);
    threads::for_aligned_pieces([&mut a[..], &mut b[..]], 0, |i, [a, b]| {
        (a[0], b[0]) = (i as f32, i as f32);
    });
    assert_eq!((a, b), ([0.0, 1.0, 2.0, 0.0, 0.0], [0.0, 1.0, 2.0]));
    assert_eq!(threads::rows_per_piece(HUGE, HUGE), 1);
    assert!(threads::rows_per_piece(0, 0) > 0);
    let failed = threads::FirstError::default();
    threads::for_each(4, |i| failed.keep(if i == 2 { Err(i) } else { Ok(()) }));
    assert_eq!(failed.into_result(), Err(2));
}
