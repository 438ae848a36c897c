//! What a schedule does to the learning rate and the momentum at one moment.

/// What a schedule says of one moment; by default everything is as in the optimizer's options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LrFactors {
    /// A factor on every learning rate.
    pub factor: f64,
    /// Instead of the momentum, or of the first of the betas, where there is one.
    pub momentum: Option<f64>,
}

impl Default for LrFactors {
    fn default() -> Self {
        LrFactors { factor: 1.0, momentum: None }
    }
}

impl From<f64> for LrFactors {
    fn from(factor: f64) -> Self {
        LrFactors { factor, momentum: None }
    }
}

/// One update of one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Counts the parameter's updates from 1.
    pub count: u64,
    /// What the schedule says.
    pub factors: LrFactors,
}

impl Step {
    /// The learning rate of this update.
    pub fn lr(&self, lr: f64) -> f64 {
        lr * self.factors.factor
    }

    /// The momentum of this update; a rule without momentum stays without.
    pub fn momentum(&self, momentum: f64) -> f64 {
        self.factors.momentum.filter(|_| momentum > 0.0).unwrap_or(momentum)
    }

    /// The betas of this update.
    pub fn betas(&self, [first, second]: [f64; 2]) -> [f64; 2] {
        [self.factors.momentum.unwrap_or(first), second]
    }

    /// What remains to 1 after `beta` was multiplied with itself for each update: the correction for starting at 0.
    pub fn correction(&self, beta: f64) -> f64 {
        1.0 - beta.powi(i32::try_from(self.count).unwrap_or(i32::MAX))
    }
}
