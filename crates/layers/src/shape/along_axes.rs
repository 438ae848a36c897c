//! Averages, resizing and padding: weighted sums along the last axes.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{AxisMaps, Tensor};
use std::ops::RangeInclusive;

/// A map of each of the last axes.
#[derive(Clone, Debug)]
pub struct AlongAxes {
    /// The name in error messages.
    pub name: &'static str,
    /// The maps.
    pub maps: AxisMaps,
}

impl Op for AlongAxes {
    fn name(&self) -> &'static str {
        self.name
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.maps.apply(inputs[0])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, self.maps.backward(&pass.gradient)?);
        Ok(())
    }
}
