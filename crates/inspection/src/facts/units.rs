//! Units that never pass a gradient, seldom, or only at the ends of their function's range.

use relume_activations::{ActivationSpec, Facts};
use relume_autograd::Tape;
use relume_tensor::{Shape, Tensor};
use serde::Serialize;

/// A slope below this passes no gradient that counts: it is lost beside others when they are added in f32.
const NO_SLOPE: f32 = 1e-6;
/// A unit is rare if it passes a gradient for a smaller share of its values.
const RARE: f64 = 0.01;

/// The units of an activation function over many samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UnitFacts {
    /// How many there are: features, or channels of an image.
    pub count: usize,
    /// Those that pass no gradient for any sample at any place.
    pub dead: Vec<usize>,
    /// Those that pass one for less than 1 % of their values.
    pub rare: Vec<usize>,
    /// The share of all values that lie within 1 % of the ends of the function's range.
    pub saturated: f64,
    /// How many values of each unit pass a gradient, as a share.
    #[serde(skip)]
    pub active: Vec<f64>,
}

/// Adds up the units of one place, batch by batch.
#[derive(Clone, Debug)]
pub(super) struct UnitCounter {
    activation: ActivationSpec,
    /// The values of its trained parameters.
    parameters: Vec<Tensor>,
    facts: Facts,
    /// Values of each unit that pass a gradient, and all of them.
    active: Vec<u64>,
    values: u64,
    saturated: u64,
}

impl UnitCounter {
    /// A counter for a function that works number by number, with the values of its trained parameters; `None` for
    /// others.
    pub fn new(activation: &ActivationSpec, parameters: Vec<Tensor>) -> Option<Self> {
        use ActivationSpec as A;
        let is_elementwise = match activation {
            A::Softmax(_)
            | A::LogSoftmax(_)
            | A::Softmin(_)
            | A::Glu(_)
            | A::Swiglu(_)
            | A::Geglu(_)
            | A::Maxout(_)
            | A::Identity(_)
            | A::Prelu(_) => false,
            A::Custom(_) => activation.inner().facts().can_die_or_saturate(),
            _ => true,
        };
        let is_known = activation.inner().parameters(Shape::SCALAR).len() == parameters.len();
        (is_elementwise && is_known).then(|| UnitCounter {
            activation: activation.clone(),
            parameters,
            facts: activation.inner().facts(),
            active: Vec::new(),
            values: 0,
            saturated: 0,
        })
    }

    /// Adds a batch, whose units are along an axis.
    pub fn add(&mut self, input: &Tensor, output: &Tensor, axis: usize) {
        let (Some(slopes), Some(&units)) = (self.slopes(input), output.dims().get(axis)) else {
            return;
        };
        if slopes.shape() != output.shape() {
            return;
        }
        self.active.resize(units, 0);
        let run = output.shape().tail(axis + 1).count().max(1);
        for (i, (slope, &y)) in slopes.data().iter().zip(output.data()).enumerate() {
            // NaN passes a gradient that is NaN.
            self.active[i / run % units.max(1)] +=
                u64::from(slope.is_nan() || slope.abs() >= NO_SLOPE);
            self.saturated += u64::from(self.facts.is_saturated(y));
        }
        self.values += output.count() as u64;
    }

    /// What was found; `None` if nothing passed.
    pub fn finish(self) -> Option<UnitFacts> {
        let count = self.active.len();
        if count == 0 || self.values == 0 {
            return None;
        }
        let each = self.values as f64 / count as f64;
        let active: Vec<f64> = self.active.iter().map(|&own| own as f64 / each).collect();
        let some = |is: &dyn Fn(f64) -> bool| (0..count).filter(|&unit| is(active[unit])).collect();
        Some(UnitFacts {
            count,
            dead: some(&|active| active == 0.0),
            rare: some(&|active| active > 0.0 && active < RARE),
            saturated: self.saturated as f64 / self.values as f64,
            active,
        })
    }

    /// The slope of the function at each number.
    fn slopes(&self, input: &Tensor) -> Option<Tensor> {
        let mut tape = Tape::new();
        let x = tape.variable(input.clone());
        let mut inputs = vec![x];
        inputs.extend(self.parameters.iter().map(|own| tape.constant(own.clone())));
        let y = tape.apply(self.activation.inner().op(), &inputs).ok()?;
        let ones = Tensor::ones(tape.get(y).ok()?.shape());
        tape.backward_from(y, ones).ok()?;
        tape.take_gradient(x)
    }
}
