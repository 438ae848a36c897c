//! Analytic gradients against finite differences: the one check that drives every operation.

use crate::{AutogradError, Tape, Var};
use relume_tensor::{Rng, Tensor};

/// How closely the two gradients are to agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradcheckOptions {
    /// The step of the central difference. Single precision wants a large one.
    pub step: f32,
    /// The allowed difference, relative to the numeric gradient.
    pub relative: f32,
    /// The allowed difference on top of that.
    pub absolute: f32,
    /// Numbers checked in each input at most, evenly spread; the rest are left out.
    pub most: usize,
}

impl Default for GradcheckOptions {
    fn default() -> Self {
        GradcheckOptions { step: 1e-2, relative: 2e-2, absolute: 2e-3, most: 200 }
    }
}

/// A number whose two gradients differ by more than allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mismatch {
    /// The input.
    pub input: usize,
    /// The number's position in the input.
    pub position: usize,
    /// The gradient by the backward rules.
    pub analytic: f32,
    /// The gradient by the central difference.
    pub numeric: f32,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct GradcheckReport {
    /// How many numbers were checked.
    pub checked: usize,
    /// Those near a bend, where the central difference mixes two slopes, but the slope on one side agrees.
    pub bends: usize,
    /// Those that disagree.
    pub mismatches: Vec<Mismatch>,
    /// The largest difference over `absolute + relative * |numeric|`; the check passes up to 1.
    pub worst: f32,
}

impl GradcheckReport {
    /// Whether all gradients agree.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// Checks the gradients of `function` at `inputs`.
///
/// The function's output is weighted with fixed random numbers and summed, so that every output counts. It must compute the
/// same each time it is called.
///
/// # Errors
/// The function refuses its inputs.
pub fn gradcheck<E: From<AutogradError>>(
    mut function: impl FnMut(&mut Tape, &[Var]) -> Result<Var, E>,
    inputs: &[Tensor],
    options: GradcheckOptions,
) -> Result<GradcheckReport, E> {
    let mut tape = Tape::new();
    let vars: Vec<Var> = inputs.iter().map(|input| tape.variable(input.clone())).collect();
    let output = function(&mut tape, &vars)?;
    let weights = Rng::new(0x5EED).uniform_tensor(tape.value(output).shape(), 0.5, 1.5);
    tape.backward_from(output, weights.clone())?;
    let zero = |input: &Tensor| Tensor::zeros(input.shape());
    let analytic: Vec<Tensor> = vars
        .iter()
        .zip(inputs)
        .map(|(&var, input)| tape.take_gradient(var).unwrap_or_else(|| zero(input)))
        .collect();

    let mut weighted_sum = |inputs: &[Tensor]| -> Result<f64, E> {
        let mut tape = Tape::inference();
        let vars: Vec<Var> = inputs.iter().map(|input| tape.constant(input.clone())).collect();
        let output = function(&mut tape, &vars)?;
        let products = tape.value(output).data().iter().zip(weights.data());
        Ok(products.map(|(&y, &w)| f64::from(y) * f64::from(w)).sum())
    };
    let mut report = GradcheckReport { checked: 0, bends: 0, mismatches: Vec::new(), worst: 0.0 };
    let mut moved = inputs.to_vec();
    let middle = weighted_sum(&moved)?;
    for input in 0..inputs.len() {
        let stride = inputs[input].count().div_ceil(options.most.max(1)).max(1);
        for position in (0..inputs[input].count()).step_by(stride) {
            let original = inputs[input].data()[position];
            let (above, below) = (original + options.step, original - options.step);
            moved[input].data_mut()[position] = above;
            let high = weighted_sum(&moved)?;
            moved[input].data_mut()[position] = below;
            let low = weighted_sum(&moved)?;
            moved[input].data_mut()[position] = original;
            let numeric = ((high - low) / (f64::from(above) - f64::from(below))) as f32;
            let analytic = analytic[input].data()[position];
            let excess = |numeric: f32| {
                (analytic - numeric).abs() / (options.absolute + options.relative * numeric.abs())
            };
            let right = ((high - middle) / (f64::from(above) - f64::from(original))) as f32;
            let left = ((middle - low) / (f64::from(original) - f64::from(below))) as f32;
            report.checked += 1;
            if excess(numeric) <= 1.0 {
                report.worst = report.worst.max(excess(numeric));
            } else if excess(right) <= 1.0 || excess(left) <= 1.0 {
                report.bends += 1;
            } else {
                report.worst = report.worst.max(excess(numeric));
                report.mismatches.push(Mismatch { input, position, analytic, numeric });
            }
        }
    }
    Ok(report)
}
