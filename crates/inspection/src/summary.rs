//! A network's stages with their shapes and parameters.

use relume_layers::{Network, Role};
use relume_tensor::Shape;
use serde::Serialize;

/// A network at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The sizes of one sample of its input.
    pub input: Vec<usize>,
    /// Its stages.
    pub rows: Vec<SummaryRow>,
    /// The number of parameters' elements, frozen ones included.
    pub parameters: usize,
    /// The number of those that are trained: frozen stages do not count.
    pub trained: usize,
}

/// One stage at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Its index.
    pub index: usize,
    /// The stage as text.
    pub stage: String,
    /// The stage as a table names it.
    #[serde(skip)]
    pub label: String,
    /// The formula of an activation function of one's own: `swoosh(x) = x * sigmoid(1.5 * x)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The sizes of one sample of its output.
    pub output: Vec<usize>,
    /// The number of parameters' elements, frozen ones included.
    pub parameters: usize,
    /// Whether it is frozen.
    pub frozen: bool,
}

/// Summarises a network.
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
            label: stage.label(),
            formula: stage.formula().map(|formula| formula.text()),
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
