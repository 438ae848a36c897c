//! Recurrent layers: how far gradients reach back in time, and how open their gates are.

use super::places::PassedStage;
use crate::Histogram;
use relume_autograd::{AutogradError, Tape, Var};
use relume_layers::{LayerSpec, NetworkSpec, RecurrentPart, Stage, WatchedKind, ops};
use relume_tensor::{Tensor, simd};
use serde::Serialize;

/// A gate within this of 0 or 1 is shut or open: its own gradient hardly passes.
const MARGIN: f32 = 0.01;
/// Bins of a gate's histogram.
const BINS: usize = 20;

/// One direction of a recurrent layer.
#[derive(Clone, Debug, Serialize)]
pub struct RecurrentFacts {
    /// Its path: `0.l0`, `0.l0_reverse`.
    pub path: String,
    /// The root mean square of the loss's gradient with respect to the input of each step, in the order of time; empty
    /// if none flows.
    pub gradient_by_step: Vec<f32>,
    /// Whether the first steps are read last.
    pub reverse: bool,
    /// Whether both directions read the same input.
    pub bidirectional: bool,
    /// Its gates; for rnn its state, whose ends are those of tanh (with relu it has none).
    pub gates: Vec<GateFacts>,
}

/// A gate over samples and steps.
#[derive(Clone, Debug, Serialize)]
pub struct GateFacts {
    /// Its name: `forget`.
    pub name: &'static str,
    /// The mean.
    pub mean: f32,
    /// The share of values at the lower end of its range: shut.
    pub low: f64,
    /// The share of values at the upper end of its range: open.
    pub high: f64,
    /// All values.
    pub histogram: Histogram,
}

/// The recurrent layers among stages; gates are computed for so many samples at most.
pub(super) fn recurrent(
    spec: &NetworkSpec,
    stages: &[PassedStage<'_>],
    samples: usize,
) -> Result<Vec<RecurrentFacts>, AutogradError> {
    let of = |own: &PassedStage<'_>| match &own.watched.kind {
        WatchedKind::Recurrent(part) => Some(RecurrentFacts::of(spec, *own, part, samples)),
        _ => None,
    };
    stages.iter().filter_map(of).collect()
}

impl RecurrentFacts {
    fn of(
        spec: &NetworkSpec,
        PassedStage { watched, tape }: PassedStage<'_>,
        part: &RecurrentPart,
        samples: usize,
    ) -> Result<Self, AutogradError> {
        let gradient = tape.gradient(watched.input);
        Ok(RecurrentFacts {
            path: watched.path.clone(),
            gradient_by_step: gradient.map_or_else(Vec::new, by_step),
            reverse: part.reverse,
            bidirectional: part.bidirectional,
            gates: gates(
                PassedStage { watched, tape },
                part,
                is_bounded(spec, &watched.path),
                samples,
            )?,
        })
    }

    /// The gradient at the step that was read first and at those that it is compared with: how much of it is left, from
    /// 0 to 1. In a layer of both directions the middle is the farthest from both ends. `None` without a gradient.
    pub fn reach(&self) -> Option<f64> {
        let steps = self.gradient_by_step.len();
        let most = self.gradient_by_step.iter().fold(0.0f32, |most, &x| most.max(x));
        let far = match (self.bidirectional, self.reverse) {
            (true, _) => steps / 2,
            (false, true) => steps.saturating_sub(1),
            (false, false) => 0,
        };
        let far = *self.gradient_by_step.get(far)?;
        (most > 0.0 && steps > 1).then(|| f64::from(far) / f64::from(most))
    }
}

/// The root mean square of each step of `[batch, time, features]`.
fn by_step(gradient: &Tensor) -> Vec<f32> {
    let [batch, time, features] = *gradient.dims() else { return Vec::new() };
    let mut sums = vec![0.0f64; time];
    for (i, &x) in gradient.data().iter().enumerate() {
        sums[i / features.max(1) % time.max(1)] += f64::from(x).powi(2);
    }
    let count = (batch * features).max(1) as f64;
    sums.into_iter().map(|sum| (sum / count).sqrt() as f32).collect()
}

/// Whether the states of a recurrent layer lie between two ends: not those of rnn with relu.
fn is_bounded(spec: &NetworkSpec, path: &str) -> bool {
    let stage = path.rsplit_once('.').map_or(path, |(stage, _)| stage);
    let own = spec.place(stage).and_then(|place| spec.part(&place));
    !own.is_ok_and(|own| {
        let first = own.layers.first();
        matches!(first, Some(Stage::Layer(LayerSpec::Rnn(rnn))) if rnn.nonlinearity == ops::Rnn::Relu)
    })
}

/// The gates, computed again from the inputs and the states.
fn gates(
    PassedStage { watched, tape }: PassedStage<'_>,
    part: &RecurrentPart,
    is_bounded: bool,
    samples: usize,
) -> Result<Vec<GateFacts>, AutogradError> {
    let states = tape.get(watched.output)?;
    let [batch, time, hidden] = *states.dims() else { return Ok(Vec::new()) };
    let few = batch.min(samples);
    let states = states.slice(0, 0, few)?;
    if part.gates == 1 {
        return Ok(vec![state(states.data(), is_bounded)]);
    }
    let before = states_before(&states, part.reverse);
    let x = tape.get(watched.input)?.slice(0, 0, few)?;
    let [of_input, of_state] =
        [(x, 0), (before, 1)].map(|(values, which)| product(tape, values, &part.parameters, which));
    let (of_input, of_state) = (of_input?, of_state?);
    let rows = (0..few * time).map(|row| row * part.gates * hidden);
    let pairs = |gate: usize| {
        let (a, b) = (of_input.data(), of_state.data());
        rows.clone().flat_map(move |row| {
            let at = row + gate * hidden..row + (gate + 1) * hidden;
            a[at.clone()].iter().copied().zip(b[at].iter().copied())
        })
    };
    let sigmoid =
        |gate: usize| -> Vec<f32> { pairs(gate).map(|(a, b)| simd::sigmoid(a + b)).collect() };
    Ok(match part.gates {
        3 => {
            let reset = sigmoid(0);
            let new: Vec<f32> =
                pairs(2).zip(&reset).map(|((a, b), r)| simd::tanh(a + r * b)).collect();
            vec![
                gate("reset", &reset, [0.0, 1.0]),
                gate("update", &sigmoid(1), [0.0, 1.0]),
                gate("new", &new, [-1.0, 1.0]),
            ]
        }
        _ => {
            let cell: Vec<f32> = pairs(2).map(|(a, b)| simd::tanh(a + b)).collect();
            vec![
                gate("input", &sigmoid(0), [0.0, 1.0]),
                gate("forget", &sigmoid(1), [0.0, 1.0]),
                gate("cell", &cell, [-1.0, 1.0]),
                gate("output", &sigmoid(3), [0.0, 1.0]),
            ]
        }
    })
}

/// The state of rnn as its only gate. Relu has no upper end, and is off at 0 as it should be.
fn state(values: &[f32], is_bounded: bool) -> GateFacts {
    let own = gate("state", values, [-1.0, 1.0]);
    if is_bounded { own } else { GateFacts { low: 0.0, high: 0.0, ..own } }
}

/// The state before each step: zeros before the one that is read first.
fn states_before(states: &Tensor, reverse: bool) -> Tensor {
    let [_, time, hidden] = *states.dims() else { return states.clone() };
    Tensor::from_fn(states.shape(), |i| {
        let step = i / hidden % time;
        match (reverse, step) {
            (false, 0) => 0.0,
            (false, _) => states.data()[i - hidden],
            (true, step) if step + 1 == time => 0.0,
            (true, _) => states.data()[i + hidden],
        }
    })
}

/// The product with W_ih or W_hh and its bias.
fn product(
    tape: &Tape,
    values: Tensor,
    parameters: &[Var],
    which: usize,
) -> Result<Tensor, AutogradError> {
    let mut own = Tape::inference();
    let mut inputs = vec![own.constant(values)];
    for at in [which, which + 2] {
        if let Some(&parameter) = parameters.get(at) {
            inputs.push(own.constant(tape.get(parameter)?.clone()));
        }
    }
    let linear: &'static dyn relume_autograd::Op = &ops::Linear;
    let y = own.apply(linear, &inputs)?;
    Ok(own.get(y)?.clone())
}

fn gate(name: &'static str, values: &[f32], [low, high]: [f32; 2]) -> GateFacts {
    let margin = MARGIN * (high - low);
    let share = |is: &dyn Fn(f32) -> bool| {
        values.iter().filter(|&&x| is(x)).count() as f64 / values.len().max(1) as f64
    };
    GateFacts {
        name,
        mean: values.iter().sum::<f32>() / values.len().max(1) as f32,
        low: share(&|x| x < low + margin),
        high: share(&|x| x > high - margin),
        histogram: Histogram::of_numbers(values, BINS),
    }
}
