//! Where a function is flat.

/// The outputs at which hardly any gradient passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// The output at which no gradient passes at all, as 0 for ReLU.
    pub off: Option<f32>,
    /// The ends of the range that outputs approach, below and above, as -1 and 1 for tanh.
    pub ends: Option<(f32, f32)>,
}

impl Facts {
    /// The fraction of the range next to each end that counts as saturated.
    const MARGIN: f32 = 0.01;

    /// A function that is never flat for long.
    pub const OPEN: Facts = Facts { off: None, ends: None };

    /// Whether there are flat parts to look for.
    pub fn can_die_or_saturate(&self) -> bool {
        self.off.is_some() || self.ends.is_some()
    }

    /// Whether no gradient passes at this output.
    pub fn is_off(&self, output: f32) -> bool {
        self.off == Some(output)
    }

    /// Whether this output is at an end of the range.
    pub fn is_saturated(&self, output: f32) -> bool {
        self.ends.is_some_and(|(low, high)| {
            let margin = (high - low) * Self::MARGIN;
            output < low + margin || output > high - margin
        })
    }
}
