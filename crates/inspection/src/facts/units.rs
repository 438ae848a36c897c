//! Units that never pass a gradient, seldom, or only at the ends of their function's range.

use relume_activations::{ActivationSpec, Facts};
use relume_autograd::{OpRef, values_and_slopes};
use relume_tensor::{Shape, Tensor};
use serde::Serialize;

/// A slope below this passes no gradient that counts: it is lost beside others when they are added in f32.
pub(crate) const NO_SLOPE: f32 = 1e-6;
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
    op: OpRef,
    /// The values of its trained parameters.
    parameters: Vec<Tensor>,
    /// Where it is flat with those values: for each unit, if its parameters are one for each.
    facts: Vec<Facts>,
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
            op: activation.inner().op(),
            facts: facts(activation, &parameters),
            parameters,
            active: Vec::new(),
            values: 0,
            saturated: 0,
        })
    }

    /// Adds a batch, whose units are along an axis.
    pub fn add(&mut self, input: &Tensor, output: &Tensor, axis: usize) {
        let slopes = values_and_slopes(&self.op, input, &self.parameters).ok();
        let (Some([_, slopes]), Some(&units)) = (slopes, output.dims().get(axis)) else { return };
        if slopes.shape() != output.shape() {
            return;
        }
        self.active.resize(units, 0);
        let run = output.shape().tail(axis + 1).count().max(1);
        self.values += output.count() as u64;
        if let ([facts], 1) = (&self.facts[..], run) {
            // Units side by side, without a call for each value. NaN passes a gradient that is NaN.
            for row in slopes.data().chunks_exact(units) {
                let pairs = self.active.iter_mut().zip(row);
                let passes = |slope: f32| slope.is_nan() || slope.abs() >= NO_SLOPE;
                pairs.for_each(|(active, &slope)| *active += u64::from(passes(slope)));
            }
            let is_saturated = |y: &&f32| facts.is_saturated(**y);
            self.saturated += output.data().iter().filter(is_saturated).count() as u64;
            return;
        }
        let runs = slopes.data().chunks_exact(run).zip(output.data().chunks_exact(run));
        for (unit, (slopes, values)) in (0..units).cycle().zip(runs) {
            // NaN passes a gradient that is NaN.
            let passes = |slope: &&f32| slope.is_nan() || slope.abs() >= NO_SLOPE;
            self.active[unit] += slopes.iter().filter(passes).count() as u64;
            // One for all, or one for each unit.
            if let Some(facts) = self.facts.get(unit).or(self.facts.first()) {
                let is_saturated = |y: &&f32| facts.is_saturated(**y);
                self.saturated += values.iter().filter(is_saturated).count() as u64;
            }
        }
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
}

/// Where a function is flat with the values of its parameters: once if they are the same for all units, and else for
/// each unit, with its own.
fn facts(activation: &ActivationSpec, parameters: &[Tensor]) -> Vec<Facts> {
    let function = activation.inner();
    // Parameters of one unit; those of which there are more have one for each.
    let one = function.parameters(Shape::from([1]));
    let has_own = |at: usize| one.get(at).is_some_and(|(_, own)| own.count() == 1);
    let each = (0..parameters.len()).filter(|&at| has_own(at)).map(|at| parameters[at].count());
    let units = each.max().unwrap_or(1);
    let of_unit = |unit: usize| {
        let value = |(at, own): (usize, &Tensor)| match own.data().get(unit) {
            Some(&x) if has_own(at) && own.count() > 1 => Tensor::vector(&[x]),
            _ => own.clone(),
        };
        let own: Vec<Tensor> = parameters.iter().enumerate().map(value).collect();
        function.facts_with(&own)
    };
    (0..units).map(of_unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_activations::Formula;
    use relume_autograd::Tape;

    /// The share of saturated values of `input` in a formula with these constants.
    fn saturated(formula: &str, constants: &[&[f32]], input: &Tensor) -> f64 {
        let activation = ActivationSpec::from(Formula::parse(formula).unwrap());
        let constants: Vec<Tensor> = constants.iter().map(|own| Tensor::vector(own)).collect();
        let mut tape = Tape::new();
        let mut inputs = vec![tape.constant(input.clone())];
        inputs.extend(constants.iter().map(|own| tape.constant(own.clone())));
        let y = tape.apply(activation.inner().op(), &inputs).unwrap();
        let mut counter = UnitCounter::new(&activation, constants).unwrap();
        counter.add(input, tape.get(y).unwrap(), 1);
        counter.finish().unwrap().saturated
    }

    #[test]
    fn saturation_is_that_of_the_trained_constants() {
        // a tanh(x) has the ends -a and a; tanh(5) is 0.9999.
        let input = Tensor::new([2, 2], vec![0.0, 5.0, -5.0, 0.5]).unwrap();
        let one = "f(x, a=param(1)) = a * tanh(x)";
        assert_eq!(saturated(one, &[&[1.0]], &input), 0.5);
        assert_eq!(saturated(one, &[&[3.0]], &input), 0.5);
        assert_eq!(saturated(one, &[&[0.5]], &input), 0.5);
        let units = "f(x, a=param(1, shape=\"units\")) = a * tanh(x)";
        // The second unit's 0.5 is far below the first one's range.
        assert_eq!(saturated(units, &[&[1.0, 0.25]], &input), 0.5);
        assert_eq!(saturated(units, &[&[0.25, 1.0]], &input), 0.5);
    }
}
