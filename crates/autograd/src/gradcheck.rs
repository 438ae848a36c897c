//! Analytic gradients against finite differences: the one check for every operation.

use crate::{AutogradError, Tape, Var};
use relume_tensor::{Rng, Tensor};

/// How closely the two gradients must agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradcheckOptions {
    /// The step of the central difference. Single precision needs a large one.
    pub step: f32,
    /// The allowed difference, relative to the numeric gradient.
    pub relative: f32,
    /// The allowed absolute difference, in addition.
    pub absolute: f32,
    /// The most elements that are checked in each input, evenly spread.
    pub most: usize,
}

impl Default for GradcheckOptions {
    fn default() -> Self {
        GradcheckOptions { step: 1e-2, relative: 2e-2, absolute: 2e-3, most: 200 }
    }
}

/// An element whose two gradients differ by more than allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mismatch {
    /// The index of the input.
    pub input: usize,
    /// The element's position in the input.
    pub position: usize,
    /// The gradient by the backward rules.
    pub analytic: f32,
    /// The gradient by the central difference.
    pub numeric: f32,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct GradcheckReport {
    /// How many elements were checked.
    pub checked: usize,
    /// How many lie near a kink, where the central difference mixes two slopes, but the slope of one side agrees.
    pub bends: usize,
    /// The elements that disagree.
    pub mismatches: Vec<Mismatch>,
    /// The largest difference over `absolute + relative * |numeric|`; the check passes up to 1.
    pub worst: f32,
}

impl GradcheckReport {
    /// Whether all gradients agree.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }

    /// Counts an element, given the slopes to its right and to its left.
    fn add(&mut self, element: Mismatch, one_sided: [f32; 2], options: &GradcheckOptions) {
        let excess = |numeric: f32| {
            let allowed = options.absolute + options.relative * numeric.abs();
            (element.analytic - numeric).abs() / allowed
        };
        let worst = excess(element.numeric);
        self.checked += 1;
        if worst <= 1.0 {
            self.worst = self.worst.max(worst);
        } else if one_sided.into_iter().any(|slope| excess(slope) <= 1.0) {
            self.bends += 1;
        } else {
            self.worst = self.worst.max(worst);
            self.mismatches.push(element);
        }
    }
}

/// Checks the gradients of `function` at `inputs`.
///
/// The function's output is multiplied by fixed random weights and summed, so that every output counts. The function
/// must compute the same each time it is called.
///
/// # Errors
/// The function refuses its inputs, returns a value of another tape, or an output of another shape when called again.
pub fn gradcheck<E: From<AutogradError>>(
    mut function: impl FnMut(&mut Tape, &[Var]) -> Result<Var, E>,
    inputs: &[Tensor],
    options: GradcheckOptions,
) -> Result<GradcheckReport, E> {
    let (weights, analytic) = analytic_gradients(&mut function, inputs)?;
    let mut weighted_sum = |inputs: &[Tensor]| -> Result<f64, E> {
        let mut tape = Tape::inference();
        let vars: Vec<Var> = inputs.iter().map(|input| tape.constant(input.clone())).collect();
        let output = function(&mut tape, &vars)?;
        let y = tape.get(output)?;
        if y.shape() != weights.shape() {
            let (wanted, given) = (weights.shape(), y.shape());
            return Err(AutogradError::GradientShape { wanted, given }.into());
        }
        let products = y.data().iter().zip(weights.data());
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
            let slope =
                |rise: f64, from: f32, to: f32| (rise / (f64::from(to) - f64::from(from))) as f32;
            let numeric = slope(high - low, below, above);
            let one_sided =
                [slope(high - middle, original, above), slope(middle - low, below, original)];
            let analytic = analytic[input].data()[position];
            report.add(Mismatch { input, position, analytic, numeric }, one_sided, &options);
        }
    }
    Ok(report)
}

/// Random weights of the function's output, and the gradients of its weighted sum by the backward rules.
fn analytic_gradients<E: From<AutogradError>>(
    function: &mut impl FnMut(&mut Tape, &[Var]) -> Result<Var, E>,
    inputs: &[Tensor],
) -> Result<(Tensor, Vec<Tensor>), E> {
    let mut tape = Tape::new();
    let vars: Vec<Var> = inputs.iter().map(|input| tape.variable(input.clone())).collect();
    let output = function(&mut tape, &vars)?;
    let weights = Rng::new(0x5EED).uniform_tensor(tape.get(output)?.shape(), 0.5, 1.5);
    tape.backward_from(output, weights.clone())?;
    let zero = |input: &Tensor| Tensor::zeros(input.shape());
    let gradients = vars.iter().zip(inputs);
    let gradients =
        gradients.map(|(&var, input)| tape.take_gradient(var).unwrap_or_else(|| zero(input)));
    let gradients = gradients.collect();
    Ok((weights, gradients))
}
