//! The networks that are measured. benches/pytorch.py has the same ones under the same names.

use super::step::Step;
use relume_activations::ActivationSpec;
use relume_optimizers::OptimizerSpec;

pub const MLP: &str = "dense(5) -> relu -> dense(2)";
pub const TEXT: &str = "dense(120) -> relu -> dense(84) -> relu -> dense(2) -> tanh";
pub const MNIST_MLP: &str = "dense(512) -> relu -> dense(512) -> relu -> dense(10)";
pub const CNN: &str = "conv2d(32, 3, padding=1) -> relu -> maxpool2d(2) -> conv2d(64, 3, padding=1) -> relu -> \
    maxpool2d(2) \
                       -> flatten -> dense(120) -> relu -> dense(84) -> relu -> dense(10)";
pub const VGG: &str = "conv2d(64, 3, padding=1) -> batchnorm -> relu -> conv2d(128, 3, padding=1) -> batchnorm -> relu \
                       -> maxpool2d(2) -> conv2d(128, 3, padding=1) -> batchnorm -> relu -> maxpool2d(2) -> flatten -> \
                       dense(10)";
pub const LSTM: &str = "lstm(120, layers=3) -> dense(2) -> relu";

/// A network and the settings of its measurement.
pub struct Workload {
    pub name: &'static str,
    /// In the command language.
    pub network: &'static str,
    pub batch: usize,
    /// The shape of one sample.
    pub sample: &'static [usize],
    /// None for inference.
    pub loss: Option<&'static str>,
}

#[rustfmt::skip]
pub const WORKLOADS: &[Workload] = &[
    Workload { name: "mlp", network: MLP, batch: 10, sample: &[10], loss: Some("mse") },
    Workload { name: "text", network: TEXT, batch: 64, sample: &[300], loss: Some("cross_entropy") },
    Workload { name: "mnistmlp", network: MNIST_MLP, batch: 128, sample: &[784], loss: Some("cross_entropy") },
    Workload { name: "cnn", network: CNN, batch: 64, sample: &[3, 32, 32], loss: Some("cross_entropy") },
    Workload { name: "vgg", network: VGG, batch: 32, sample: &[3, 32, 32], loss: Some("cross_entropy") },
    Workload { name: "lstm", network: LSTM, batch: 64, sample: &[100, 40], loss: Some("cross_entropy") },
    Workload { name: "cnn_infer64", network: CNN, batch: 64, sample: &[3, 32, 32], loss: None },
    Workload { name: "cnn_infer1", network: CNN, batch: 1, sample: &[3, 32, 32], loss: None },
    Workload { name: "lstm_infer", network: LSTM, batch: 64, sample: &[100, 40], loss: None },
    Workload { name: "mlp_infer64", network: MLP, batch: 64, sample: &[10], loss: None },
    Workload { name: "text_infer64", network: TEXT, batch: 64, sample: &[300], loss: None },
    Workload { name: "mnistmlp_infer64", network: MNIST_MLP, batch: 64, sample: &[784], loss: None },
    Workload { name: "vgg_infer64", network: VGG, batch: 64, sample: &[3, 32, 32], loss: None },
];

impl Workload {
    /// Its step, for batches of another size.
    pub fn step_of(&self, batch: usize) -> Step {
        let input: Vec<usize> = std::iter::once(batch).chain(self.sample.iter().copied()).collect();
        Step::new(self.network, &input, self.loss)
    }

    /// Its step.
    pub fn step(&self) -> Step {
        self.step_of(self.batch)
    }
}

/// Every activation function of the table that needs no arguments.
pub fn activations() -> impl Iterator<Item = (&'static str, ActivationSpec)> {
    ActivationSpec::ENTRIES.iter().filter_map(|entry| {
        Some((entry.name, ActivationSpec::from_arguments(entry.name, vec![], vec![]).ok()?))
    })
}

/// Every optimizer of the table that needs no arguments.
pub fn optimizers() -> impl Iterator<Item = (&'static str, OptimizerSpec)> {
    OptimizerSpec::ENTRIES.iter().filter_map(|entry| {
        Some((entry.name, OptimizerSpec::from_arguments(entry.name, vec![], vec![]).ok()?))
    })
}
