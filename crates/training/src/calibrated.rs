//! The temperature by which a network was calibrated.

use crate::Model;
use serde::{Deserialize, Serialize};

/// The temperature by which the last dense layer of a network was divided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// The temperature: the product of all, where there were several.
    pub temperature: f64,
    /// A fingerprint of the layer's numbers since: other ones are not divided by it.
    pub fingerprint: u64,
}

impl Calibrated {
    /// Whether it can be one.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.temperature.is_finite() && self.temperature > 0.0 {
            true => Ok(()),
            false => Err(format!("its temperature is {}", self.temperature)),
        }
    }
}

impl Model {
    /// The temperature by which the network was calibrated last, whether or not its numbers have changed since.
    pub fn calibrated(&self) -> Option<&Calibrated> {
        self.calibrated.as_ref()
    }

    /// Notes the temperature by which the network was calibrated, or that it is not.
    pub fn set_calibrated(&mut self, calibrated: Option<Calibrated>) {
        self.calibrated = calibrated;
    }
}
