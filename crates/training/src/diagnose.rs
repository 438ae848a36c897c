//! The origin of the first number that is not finite.

use relume_datasets::Batch;
use relume_layers::{Mode, Network, NetworkSpec, Watch, Watched, Workspace};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Where numbers stopped being finite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    /// The place in words.
    pub text: String,
    /// The path of a stage.
    pub path: Option<String>,
    /// The operation that gave its output.
    pub operation: Option<String>,
}

impl Found {
    /// A place that is no stage.
    pub fn text(text: impl Into<String>) -> Self {
        Found { text: text.into(), path: None, operation: None }
    }
}

/// The first parameter that is not finite, or the first stage whose output is not; otherwise the loss.
pub(crate) fn first_not_finite(network: &Network, batch: &Batch) -> Found {
    if batch.inputs.as_tensor().is_some_and(|inputs| !inputs.is_finite()) {
        return Found::text("the input of this batch");
    }
    if let Some((_, parameter)) = network.parameters().iter().find(|(_, p)| !p.value.is_finite()) {
        return Found::text(format!("the parameter {}", parameter.name));
    }
    let mut network = network.clone();
    let mut workspace = Workspace::recording().watching();
    let x = workspace.tape.constant(batch.inputs.clone());
    if let Err(error) = network.forward(&mut workspace, x, Mode::Training) {
        return Found::text(error.to_string());
    }
    let is_finite = |own: &&Watched| workspace.tape.get(own.output).is_ok_and(Tensor::is_finite);
    let seen = workspace.watch().map_or(&[][..], Watch::seen);
    match seen.iter().find(|own| !is_finite(own)) {
        Some(own) => Found {
            text: format!("the output of stage {}", described(network.spec(), &own.path)),
            path: Some(own.path.clone()),
            operation: workspace.tape.first_not_finite().map(str::to_string),
        },
        None => Found::text("the loss"),
    }
}

/// A path with the stage that it leads to: `2.body.1, relu`.
fn described(spec: &NetworkSpec, path: &str) -> String {
    let stage = spec.place(path).and_then(|place| spec.part(&place));
    stage.map_or_else(
        |_| path.to_string(),
        |stage| format!("{path}, {}", NetworkSpec { input: None, ..stage }),
    )
}
