//! A function of normally distributed numbers, and through many layers.

use super::ExamineError;
use super::curve::Curve;
use relume_autograd::{Tape, ops};
use relume_tensor::{Rng, Shape, Tensor};
use serde::Serialize;

/// Layers, units and samples of the network through which signals and gradients are passed.
const LAYERS: usize = 20;
const UNITS: usize = 256;
const SAMPLES: usize = 64;
/// How many such networks: the sizes of products of random matrices spread.
const NETWORKS: u64 = 5;

/// What a function makes of normally distributed inputs, with mean 0 and variance 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Moments {
    /// The mean of the outputs.
    pub mean: f64,
    /// Their variance.
    pub variance: f64,
    /// The mean of their squares.
    pub mean_square: f64,
    /// The mean of the squares of the slopes.
    pub mean_square_slope: f64,
    /// The factor on the weights' deviation 1 / sqrt(inputs) by which the next layer's outputs have variance 1 again.
    pub gain: f64,
    /// The factor on the size of a gradient in each layer with that gain.
    pub gradient: f64,
}

/// What becomes of a signal and of a gradient in a network of dense layers without biases, whose weights are normally
/// distributed with the function's gain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Depth {
    /// The layers.
    pub layers: usize,
    /// Their units.
    pub units: usize,
    /// The size (root of the mean square) of the last layer's outputs before the function, by that of the inputs;
    /// infinite if numbers overflow on the way, and NaN if the function is not defined for some.
    pub signal: f64,
    /// The size of the inputs' gradient by that of the last layer's.
    pub gradient: f64,
}

impl Moments {
    /// By the midpoint rule over the normal density, from -10 to 10: bends at 0 lie between two points.
    pub(super) fn of(curve: &Curve) -> Result<Self, ExamineError> {
        const COUNT: i32 = 10_000;
        const WIDTH: f64 = 1e-3;
        let points: Vec<f64> = (-COUNT..COUNT).map(|i| (f64::from(i) + 0.5) * WIDTH).collect();
        let [values, slopes] = curve.at(&points.iter().map(|&x| x as f32).collect::<Vec<f32>>())?;
        let density: Vec<f64> = points.iter().map(|x| WIDTH * (-x * x / 2.0).exp()).collect();
        let mean_square = square(&values, &density);
        let mean_square_slope = square(&slopes, &density);
        let is_bounded = mean_square.is_finite();
        let average = if is_bounded { mean(&values, &density, 1, 1) } else { f64::NAN };
        // What is left of rounding is no mean.
        let is_rest = average.abs() < 1e-7 * mean_square.sqrt();
        let average = if is_rest { 0.0 } else { average };
        let gain = if is_bounded { 1.0 / mean_square.sqrt() } else { f64::NAN };
        Ok(Moments {
            mean: average,
            variance: if is_bounded { mean_square - average * average } else { mean_square },
            mean_square,
            mean_square_slope,
            gain,
            gradient: gain * mean_square_slope.sqrt(),
        })
    }
}

/// The mean of powers, of every so many points in the middle of theirs.
fn mean(numbers: &[f32], density: &[f64], power: i32, every: usize) -> f64 {
    let pairs = numbers.iter().zip(density).skip(every / 2).step_by(every);
    let add = |(sum, whole): (f64, f64), (&y, &weight): (&f32, &f64)| {
        (sum + f64::from(y).powi(power) * weight, whole + weight)
    };
    let (sum, whole) = pairs.fold((0.0, 0.0), add);
    sum / whole
}

/// The mean of squares; infinite if it grows as the points lie closer, as beside the pole of 1 / x.
fn square(numbers: &[f32], density: &[f64]) -> f64 {
    let [fine, coarse] = [1, 3].map(|every| mean(numbers, density, 2, every));
    if fine.is_finite() && (fine - coarse).abs() > 0.1 * fine { f64::INFINITY } else { fine }
}

impl Depth {
    /// By passing samples forward and backward through several networks, whose factors are averaged.
    pub(super) fn of(curve: &Curve, gain: f64) -> Result<Self, ExamineError> {
        let mut networks = Vec::new();
        // Without a gain there are no weights.
        for seed in (0..NETWORKS).filter(|_| gain.is_finite()) {
            networks.push(passed(curve, gain, &mut Rng::new(seed))?);
        }
        let [signal, gradient] = [0, 1].map(|which| average(networks.iter().map(|own| own[which])));
        Ok(Depth { layers: LAYERS, units: UNITS, signal, gradient })
    }
}

/// The geometric mean; infinite if one factor is, though another may be 0, and NaN of none.
fn average(factors: impl Iterator<Item = f64> + Clone) -> f64 {
    if factors.clone().any(|factor| factor == f64::INFINITY) {
        return f64::INFINITY;
    }
    let count = factors.clone().count() as f64;
    (factors.map(f64::ln).sum::<f64>() / count).exp()
}

/// The factors on a signal and on a gradient through a network: infinite if numbers overflow, and NaN if the function
/// is not defined for some.
fn passed(curve: &Curve, gain: f64, rng: &mut Rng) -> Result<[f64; 2], ExamineError> {
    let mut tape = Tape::new();
    let input = tape.variable(rng.normal_tensor([SAMPLES, UNITS], 0.0, 1.0));
    let deviation = (gain / (UNITS as f64).sqrt()) as f32;
    let mut x = input;
    let mut is_undefined = false;
    for _ in 0..LAYERS {
        let y = curve.apply(&mut tape, x)?;
        let is_finite = tape.get(x)?.data().iter().all(|x| x.is_finite());
        is_undefined |= is_finite && tape.get(y)?.data().iter().any(|y| y.is_nan());
        let weight = tape.constant(rng.normal_tensor([UNITS, UNITS], 0.0, deviation));
        x = ops::matmul(&mut tape, y, weight)?;
    }
    let signal = size(tape.get(x)?) / size(tape.get(input)?);
    let gradient = rng.normal_tensor(Shape::from([SAMPLES, UNITS]), 0.0, 1.0);
    let last = size(&gradient);
    tape.backward_from(x, gradient)?;
    let factors = [signal, tape.gradient(input).map_or(0.0, size) / last];
    Ok(factors.map(|factor| if factor.is_nan() && !is_undefined { f64::INFINITY } else { factor }))
}

/// The root of the mean square.
fn size(tensor: &Tensor) -> f64 {
    let squares: f64 = tensor.data().iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (squares / tensor.count().max(1) as f64).sqrt()
}
