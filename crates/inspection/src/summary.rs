//! A network's stages with their shapes and parameters.

use relume_layers::{Network, Role};
use relume_tensor::Shape;
use serde::Serialize;

/// A network at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The sizes of one sample that it takes.
    pub input: Vec<usize>,
    /// Its stages.
    pub rows: Vec<SummaryRow>,
    /// Numbers that could be trained.
    pub parameters: usize,
    /// Numbers that are trained: those of frozen stages do not count.
    pub trained: usize,
}

/// One stage at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Its index.
    pub index: usize,
    /// The stage as text.
    pub stage: String,
    /// The sizes of one sample behind it.
    pub output: Vec<usize>,
    /// Numbers that could be trained.
    pub parameters: usize,
    /// Whether training leaves them as they are.
    pub frozen: bool,
}

/// Sums a network up.
pub fn summarise(network: &Network) -> Summary {
    let stages = network.spec().layers.iter().zip(network.shapes()).enumerate();
    let rows = stages.map(|(index, (stage, shape))| {
        let prefix = format!("{index}.");
        let own = || {
            let all = network.parameters().iter().map(|(_, parameter)| parameter);
            all.filter(|p| p.role == Role::Trained && p.name.starts_with(&prefix))
        };
        SummaryRow {
            index,
            stage: stage.to_string(),
            output: sizes(shape),
            parameters: own().map(|p| p.value.count()).sum(),
            frozen: own().next().is_some() && own().all(|p| p.frozen),
        }
    });
    Summary {
        input: sizes(&network.input()),
        rows: rows.collect(),
        parameters: network.parameters().count(),
        trained: network.parameters().trained_count(),
    }
}

fn sizes(shape: &Shape) -> Vec<usize> {
    shape.to_vec()
}
