//! The learning rate and the momentum at one moment of a schedule.

/// The result of a schedule at one moment; the default changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LrFactors {
    /// A factor on every learning rate.
    pub factor: f64,
    /// Replaces the momentum, or the first of the betas, if the optimizer has one.
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
    /// The result of the schedule.
    pub factors: LrFactors,
}

impl Step {
    /// The learning rate of this update.
    pub fn lr(&self, lr: f64) -> f64 {
        lr * self.factors.factor
    }

    /// The momentum of this update; a rule without momentum has none.
    pub fn momentum(&self, momentum: f64) -> f64 {
        self.factors.momentum.filter(|_| momentum > 0.0).unwrap_or(momentum)
    }

    /// The betas of this update.
    pub fn betas(&self, [first, second]: [f64; 2]) -> [f64; 2] {
        [self.factors.momentum.unwrap_or(first), second]
    }

    /// 1 - beta^updates: the correction for starting at 0.
    pub fn correction(&self, beta: f64) -> f64 {
        1.0 - beta.powi(i32::try_from(self.count).unwrap_or(i32::MAX))
    }
}
