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
    /// The size (root of the mean square) of the last layer's outputs before the function, by that of the inputs.
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
        let whole: f64 = density.iter().sum();
        let mean = |numbers: &[f32], power: i32| {
            let pairs = numbers.iter().zip(&density);
            pairs.map(|(&y, weight)| f64::from(y).powi(power) * weight).sum::<f64>() / whole
        };
        let (average, mean_square, mean_square_slope) =
            (mean(&values, 1), mean(&values, 2), mean(&slopes, 2));
        let gain = 1.0 / mean_square.sqrt();
        Ok(Moments {
            mean: average,
            variance: mean_square - average * average,
            mean_square,
            mean_square_slope,
            gain,
            gradient: gain * mean_square_slope.sqrt(),
        })
    }
}

impl Depth {
    /// By passing samples forward and backward through several networks, whose factors are averaged.
    pub(super) fn of(curve: &Curve, gain: f64) -> Result<Self, ExamineError> {
        let mut sums = [0.0; 2];
        for seed in 0..NETWORKS {
            let factors = passed(curve, gain, &mut Rng::new(seed))?;
            sums.iter_mut().zip(factors).for_each(|(sum, factor)| *sum += factor.ln());
        }
        let [signal, gradient] = sums.map(|sum| (sum / NETWORKS as f64).exp());
        Ok(Depth { layers: LAYERS, units: UNITS, signal, gradient })
    }
}

/// The factors on a signal and on a gradient through a network.
fn passed(curve: &Curve, gain: f64, rng: &mut Rng) -> Result<[f64; 2], ExamineError> {
    let mut tape = Tape::new();
    let input = tape.variable(rng.normal_tensor([SAMPLES, UNITS], 0.0, 1.0));
    let deviation = (gain / (UNITS as f64).sqrt()) as f32;
    let mut x = input;
    for _ in 0..LAYERS {
        let y = curve.apply(&mut tape, x)?;
        let weight = tape.constant(rng.normal_tensor([UNITS, UNITS], 0.0, deviation));
        x = ops::matmul(&mut tape, y, weight)?;
    }
    let signal = size(tape.get(x)?) / size(tape.get(input)?);
    let gradient = rng.normal_tensor(Shape::from([SAMPLES, UNITS]), 0.0, 1.0);
    let last = size(&gradient);
    tape.backward_from(x, gradient)?;
    Ok([signal, tape.gradient(input).map_or(0.0, size) / last])
}

/// The root of the mean square.
fn size(tensor: &Tensor) -> f64 {
    let squares: f64 = tensor.data().iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (squares / tensor.count().max(1) as f64).sqrt()
}
