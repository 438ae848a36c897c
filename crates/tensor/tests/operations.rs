//! Comparisons, sets and order against NumPy; and what the operations on tensors refuse or make of empty and huge ones.

use relume_tensor::{Axes, Comparison, Index, Indices, Order, Tensor, TensorError};

const HUGE: usize = usize::MAX;

fn counted(shape: impl Into<relume_tensor::Shape>) -> Tensor {
    Tensor::from_fn(shape, |i| i as f32)
}

fn is_argument<T>(result: Result<T, TensorError>) -> bool {
    matches!(result, Err(TensorError::Argument { .. }))
}

#[test]
fn comparisons_broadcast_and_nan_equals_nothing() {
    let a = Tensor::new([2, 1], vec![1.0, f32::NAN]).unwrap();
    let b = Tensor::vector(&[0.0, 1.0, 2.0]);
    let expected = [
        (Comparison::Less, [0., 0., 1., 0., 0., 0.]),
        (Comparison::LessEqual, [0., 1., 1., 0., 0., 0.]),
        (Comparison::Greater, [1., 0., 0., 0., 0., 0.]),
        (Comparison::GreaterEqual, [1., 1., 0., 0., 0., 0.]),
        (Comparison::Equal, [0., 1., 0., 0., 0., 0.]),
        (Comparison::NotEqual, [1., 0., 1., 1., 1., 1.]),
    ];
    for (comparison, mask) in expected {
        assert_eq!(a.compare(comparison, &b).unwrap().data(), mask, "{comparison:?}");
    }
    assert!(a.compare(Comparison::Less, &Tensor::zeros([3, 1])).is_err());
}

#[test]
fn every_number_but_zero_is_true() {
    let a = Tensor::vector(&[0.0, -0.0, 2.0, f32::NAN]);
    let b = Tensor::scalar(1.0);
    assert_eq!(a.logical_and(&b).unwrap().data(), [0., 0., 1., 1.]);
    assert_eq!(a.logical_or(&b).unwrap().data(), [1., 1., 1., 1.]);
    assert_eq!(a.logical_xor(&b).unwrap().data(), [1., 1., 0., 0.]);
    assert_eq!(a.logical_not().data(), [1., 1., 0., 0.]);
    assert_eq!((a.any(0).unwrap().item(), a.all(0).unwrap().item()), (Some(1.0), Some(0.0)));
    let x = Tensor::vector(&[f32::INFINITY, f32::NAN, f32::NEG_INFINITY, 1.0]);
    assert_eq!(x.isnan().data(), [0., 1., 0., 0.]);
    assert_eq!(x.isfinite().data(), [0., 0., 0., 1.]);
    assert_eq!(x.isinf().data(), [1., 0., 1., 0.]);
}

#[test]
fn downward_slices_are_numpys() {
    let x = counted(6);
    let slice = |start, end, step| x.index(&[Index::Slice { start, end, step }]).unwrap();
    // numpy: np.arange(6)[::-1], [4:1:-2], [-1:-4:-1], [1:4:-1], [9:-9:-3]
    assert_eq!(slice(None, None, -1).data(), [5., 4., 3., 2., 1., 0.]);
    assert_eq!(slice(Some(4), Some(1), -2).data(), [4., 2.]);
    assert_eq!(slice(Some(-1), Some(-4), -1).data(), [5., 4., 3.]);
    assert_eq!(slice(Some(1), Some(4), -1).data(), []);
    assert_eq!(slice(Some(9), Some(-9), -3).data(), [5., 2.]);
    // np.arange(12).reshape(3, 4)[::-1, ::-3]
    let rows = Index::Slice { start: None, end: None, step: -1 };
    let columns = Index::Slice { start: None, end: None, step: -3 };
    let part = counted([3, 4]).index(&[rows, columns]).unwrap();
    assert_eq!(part.data(), [11., 8., 7., 4., 3., 0.]);
    let everything = [i64::MIN, i64::MAX].map(|step| slice(None, None, step).data().to_vec());
    assert_eq!(everything, [[5.0], [0.0]]);
}

#[test]
fn an_index_that_does_not_fit_is_refused() {
    let x = counted([2, 3]);
    assert_eq!(x.index(&[Index::At(2)]), Err(TensorError::Index { index: 2, size: 2 }));
    let before = TensorError::NegativeIndex { index: -4, size: 3 };
    assert_eq!(x.index(&[Index::All, Index::At(-4)]), Err(before));
    assert!(x.index(&[Index::At(i64::MIN)]).is_err());
    assert!(is_argument(x.index(&[Index::At(0), Index::At(0), Index::At(0)])));
    assert!(is_argument(x.index(&[Index::Ellipsis, Index::Ellipsis])));
    assert!(is_argument(x.index(&[Index::Slice { start: None, end: None, step: 0 }])));
    assert!(is_argument(x.index(&[Index::Mask(Tensor::zeros(3))])));
    assert!(is_argument(x.index(&[Index::Mask(Tensor::scalar(1.0))])));
    assert!(is_argument(x.index(&[Index::Mask(Tensor::vector(&[1.0, 0.5]))])));
    for value in [0.5, f32::NAN, f32::INFINITY, 1e10] {
        assert!(is_argument(x.index(&[Index::Numbers(Tensor::vector(&[value]))])), "{value}");
    }
    assert!(x.index(&[Index::List(Indices::full(2, 2))]).is_err());
    let lists = [2, 3].map(|count| Index::List(Indices::full(count, 0)));
    assert!(matches!(x.index(&lists), Err(TensorError::Mismatch { .. })));
    assert!(x.index(&[const { Index::NewAxis }; 5]).is_err());
    assert!(x.clone().set_index(&[Index::At(0)], &Tensor::zeros(2)).is_err());
    assert!(x.where_else(&x, &x).is_err());
}

#[test]
fn different_numbers_are_counted() {
    // numpy: np.unique([[3, 1, 3], [2, 1, 3]], return_inverse=True, return_counts=True)
    let x = Tensor::new([2, 3], vec![3., 1., 3., 2., 1., 3.]).unwrap();
    let unique = x.unique().unwrap();
    assert_eq!(unique.values.data(), [1., 2., 3.]);
    assert_eq!(unique.inverse, Indices::new([2, 3], vec![2, 0, 2, 1, 0, 2]).unwrap());
    assert_eq!(unique.counts.data(), [2, 1, 3]);
    let nans = Tensor::vector(&[f32::NAN, 0.0, f32::NAN]).unique().unwrap();
    assert_eq!(nans.counts.data(), [1, 1, 1]);
    // numpy: np.bincount([1, 3, 1], minlength=5)
    let counts = Indices::new(3, vec![1, 3, 1]).unwrap();
    assert_eq!(counts.bincount(5).unwrap().data(), [0, 2, 0, 1, 0]);
    assert_eq!(counts.bincount(0).unwrap().data(), [0, 2, 0, 1]);
    assert!(counts.bincount(HUGE).is_err());
    // torch.histc(torch.tensor([1., 2, 1, 4, 9]), bins=4, min=0, max=4) gives 0, 2, 1, 1
    let x = Tensor::vector(&[1., 2., 1., 4., 9.]);
    assert_eq!(x.histc(4, 0.0, 4.0).unwrap().data(), [0., 2., 1., 1.]);
    assert_eq!(x.histc(2, 0.0, 0.0).unwrap().data(), [4., 1.]);
    for (bins, min, max) in
        [(0, 0.0, 1.0), (3, 2.0, 1.0), (3, 0.0, f32::INFINITY), (3, f32::NAN, 1.0)]
    {
        assert!(is_argument(x.histc(bins, min, max)), "{bins} {min} {max}");
    }
}

#[test]
fn nan_is_the_largest_number_in_any_order() {
    let x = Tensor::vector(&[2.0, f32::NAN, -1.0, 2.0]);
    assert_eq!(x.argsort(0, Order::Ascending).unwrap().data(), [2, 0, 3, 1]);
    assert_eq!(x.argsort(0, Order::Descending).unwrap().data(), [1, 0, 3, 2]);
    assert_eq!(x.argtopk(2, -1, Order::Descending).unwrap().data(), [1, 0]);
    assert!(x.median(0).unwrap().0.data()[0].is_nan());
    assert_eq!((x.argmax(0).unwrap().data(), x.argmin(0).unwrap().data()), (&[1][..], &[1][..]));
    assert!(x.amax(0).unwrap().data()[0].is_nan() && x.amin(0).unwrap().data()[0].is_nan());
}

#[test]
fn axes_that_there_are_not_are_refused() {
    let x = counted([2, 3]);
    let beyond = TensorError::NegativeAxis { axis: -3, shape: x.shape() };
    assert_eq!(x.sum_over(-3), Err(beyond));
    assert!(matches!(x.sum_over(2), Err(TensorError::Axis { axis: 2, .. })));
    assert_eq!(x.var([0, -2], 1.0), Err(TensorError::AxisTwice { axis: -2 }));
    for axis in [i64::MIN, i64::MAX] {
        assert!(x.prod(axis).is_err() && x.cumsum(axis).is_err() && x.argmax(axis).is_err());
        assert!(x.sort(axis, Order::Ascending).is_err());
        assert!(x.gather_along(axis, &Indices::full([2, 3], 0)).is_err());
    }
    assert!(x.topk(4, -1, Order::Descending).is_err());
    assert!(x.gather_along(0, &Indices::full([1, 3], 2)).is_err());
    assert!(x.gather_along(0, &Indices::full([1, 4], 0)).is_err());
    assert!(x.gather_along(0, &Indices::full(3, 0)).is_err());
    assert!(x.scatter(0, &Indices::full([1, 3], 0), &Tensor::zeros([1, 2])).is_err());
    assert!(x.cumprod_backward(0, &Tensor::zeros([3, 2])).is_err());
}

#[test]
fn empty_tensors_have_the_results_that_torch_gives_them() {
    let x = Tensor::zeros([0, 3]);
    assert_eq!(x.sum_over(0).unwrap(), Tensor::zeros(3));
    assert_eq!(x.prod(0).unwrap(), Tensor::ones(3));
    assert_eq!(x.sum_over(1).unwrap(), Tensor::zeros(0));
    assert!(x.mean_over(0).unwrap().data().iter().all(|mean| mean.is_nan()));
    assert!(x.var(Axes::all(), 1.0).unwrap().data()[0].is_nan());
    assert_eq!(x.logsumexp(0).unwrap().data(), [f32::NEG_INFINITY; 3]);
    assert_eq!((x.any(0).unwrap(), x.all(0).unwrap()), (Tensor::zeros(3), Tensor::ones(3)));
    assert_eq!(x.amax(0), Err(TensorError::Empty { operation: "amax" }));
    assert_eq!(x.argmin(0), Err(TensorError::Empty { operation: "argmin" }));
    assert_eq!(x.median(0).unwrap_err(), TensorError::Empty { operation: "median" });
    assert_eq!(x.argmax(1).unwrap().dims(), [0]);
    assert_eq!(x.amax(1).unwrap().dims(), [0]);
    assert_eq!(x.sort(1, Order::Ascending).unwrap().0, x);
    assert_eq!((x.cumsum(0).unwrap(), x.cumprod(-1).unwrap()), (x.clone(), x.clone()));
    assert_eq!(x.unique().unwrap().values.count(), 0);
    assert_eq!(x.index(&[Index::All, Index::At(1)]).unwrap().dims(), [0]);
    assert_eq!(x.index(&[Index::List(Indices::full(0, 0))]).unwrap(), x);
    assert!(x.index(&[Index::List(Indices::full(1, 0))]).is_err());
}

#[test]
fn a_single_number_is_its_own_axis() {
    let x = Tensor::scalar(3.0);
    assert_eq!(x.sum_over(-1).unwrap(), x);
    assert_eq!(x.amax(Axes::all().keepdim()).unwrap(), x);
    assert_eq!(
        (x.cumsum(0).unwrap(), x.sort(-1, Order::Ascending).unwrap().0),
        (x.clone(), x.clone())
    );
    assert_eq!(x.argmax(0).unwrap().data(), [0]);
    assert_eq!(x.index(&[Index::Ellipsis]).unwrap(), x);
    assert_eq!(x.index(&[Index::NewAxis]).unwrap().dims(), [1]);
    assert!(x.index(&[Index::At(0)]).is_err() && x.sum_over(1).is_err());
}

#[test]
fn huge_empty_tensors_take_no_time_and_no_memory() {
    let x = Tensor::zeros([HUGE, 0, HUGE]);
    assert_eq!(x.index(&[Index::from(1..3), Index::All, Index::At(-1)]).unwrap().dims(), [2, 0]);
    assert_eq!(x.cumsum(1).unwrap(), x);
    assert_eq!(x.argsort(1, Order::Ascending).unwrap().shape(), x.shape());
    assert!(matches!(x.sum_over([0, 1]), Err(TensorError::TooLarge { .. })));
    assert!(matches!(x.prod(1), Err(TensorError::TooLarge { .. })));
    assert!(x.argmax(1).is_err());
    assert_eq!(x.sum_over(Axes::all()).unwrap().item(), Some(0.0));
}

#[test]
fn operators_between_tensors_give_results_and_with_numbers_tensors() {
    let a = Tensor::vector(&[1.0, -5.5]);
    let b = Tensor::new([2, 1], vec![2.0, 4.0]).unwrap();
    // numpy: np.array([1, -5.5]) + np.array([[2.], [4.]]) and so on
    assert_eq!((&a + &b).unwrap().data(), [3., -3.5, 5., -1.5]);
    assert_eq!((&a - b.clone()).unwrap().data(), [-1., -7.5, -3., -9.5]);
    assert_eq!((a.clone() * &b).unwrap().data(), [2., -11., 4., -22.]);
    assert_eq!((a.clone() / b.clone()).unwrap().data(), [0.5, -2.75, 0.25, -1.375]);
    assert_eq!((&a % &b).unwrap().data(), [1., 0.5, 1., 2.5]);
    assert_eq!((&a * 2.0 + 1.0).data(), [3., -10.]);
    assert_eq!((1.0 - &a).data(), [0., 6.5]);
    assert_eq!((-(2.0 / &b)).data(), [-1., -0.5]);
    assert_eq!((7.0 % b).data(), [1., 3.]);
    assert!(matches!(&a + &Tensor::zeros(3), Err(TensorError::Mismatch { .. })));
}

#[test]
fn makers_give_numpys_numbers() {
    let made = |result: Result<Tensor, TensorError>| result.unwrap().data().to_vec();
    // numpy: np.linspace(0, 1, 5), np.linspace(3, -1, 3), np.linspace(2, 9, 1)
    assert_eq!(made(Tensor::linspace(0.0, 1.0, 5)), [0., 0.25, 0.5, 0.75, 1.]);
    assert_eq!(made(Tensor::linspace(3.0, -1.0, 3)), [3., 1., -1.]);
    assert_eq!(made(Tensor::linspace(2.0, 9.0, 1)), [2.]);
    assert_eq!(made(Tensor::linspace(2.0, 9.0, 0)), []);
    assert_eq!(Tensor::linspace(0.1, 0.7, 1001).unwrap().data()[1000], 0.7);
    // np.arange(1, 2, 0.25), np.arange(3, 0, -2), np.arange(5, 5, 1)
    assert_eq!(made(Tensor::arange(1.0, 2.0, 0.25)), [1., 1.25, 1.5, 1.75]);
    assert_eq!(made(Tensor::arange(3.0, 0.0, -2.0)), [3., 1.]);
    assert_eq!(made(Tensor::arange(5.0, 5.0, 1.0)), []);
    assert_eq!(made(Tensor::eye(2, 3)), [1., 0., 0., 0., 1., 0.]);
    assert_eq!(made(Tensor::eye(3, 1)), [1., 0., 0.]);
    assert_eq!(Tensor::eye(0, 3).unwrap().dims(), [0, 3]);
    let (x, y) = (counted(2), counted(3));
    let grid = Tensor::meshgrid(&[&x, &y]).unwrap();
    assert_eq!(grid[0].data(), [0., 0., 0., 1., 1., 1.]);
    assert_eq!(grid[1].data(), [0., 1., 2., 0., 1., 2.]);
    assert!(Tensor::meshgrid(&[&counted([1, 2])]).is_err());
    for (start, end, step) in
        [(0.0, 1.0, 0.0), (0.0, 1.0, -1.0), (0.0, f64::INFINITY, 1.0), (f64::NAN, 1.0, 1.0)]
    {
        assert!(is_argument(Tensor::arange(start, end, step)), "{start} {end} {step}");
    }
    assert!(matches!(Tensor::arange(0.0, 1e300, 1e-3), Err(TensorError::TooLarge { .. })));
    assert!(Tensor::eye(HUGE, 2).is_err() && Tensor::linspace(0.0, 1.0, HUGE).is_err());
    assert!(Tensor::try_full([HUGE, HUGE], 1.0).is_err());
}

#[test]
fn random_numbers_stay_within_their_bounds_and_repeat_for_a_seed() {
    let rng = || relume_tensor::Rng::new(7);
    let evenly = Tensor::rand([100, 10], &mut rng()).unwrap();
    assert!(
        evenly.data().iter().all(|x| (0.0..1.0).contains(x)) && (evenly.mean() - 0.5).abs() < 0.03
    );
    let normally = Tensor::randn(10_000, &mut rng()).unwrap();
    assert!(normally.mean().abs() < 0.05 && (normally.variance() - 1.0).abs() < 0.05);
    let whole = Tensor::randint(-2, 3, 1000, &mut rng()).unwrap();
    assert_eq!(whole.unique().unwrap().values.data(), [-2., -1., 0., 1., 2.]);
    assert_eq!(whole, Tensor::randint(-2, 3, 1000, &mut rng()).unwrap());
    let order = Indices::randperm(50, &mut rng()).unwrap();
    assert_eq!(order.bincount(0).unwrap(), Indices::full(50, 1));
    assert_ne!(order, Indices::from_fn(50, |i| i as u32));
    assert!(is_argument(Tensor::randint(3, 3, 1, &mut rng())));
    assert!(is_argument(Tensor::randint(0, i64::MAX, 1, &mut rng())));
    assert!(
        Tensor::rand([HUGE, 2], &mut rng()).is_err() && Tensor::randn(HUGE, &mut rng()).is_err()
    );
    assert!(Indices::randperm(HUGE, &mut rng()).is_err());
}
