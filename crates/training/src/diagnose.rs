//! The origin of the first number that is not finite.

use relume_datasets::Batch;
use relume_layers::{Mode, Network, Workspace};

/// The first parameter that is not finite, or the first stage whose output is not; otherwise the loss.
pub(crate) fn first_not_finite(network: &Network, batch: &Batch) -> String {
    if batch.inputs.as_tensor().is_some_and(|inputs| !inputs.is_finite()) {
        return "the input of this batch".to_string();
    }
    if let Some((_, parameter)) = network.parameters().iter().find(|(_, p)| !p.value.is_finite()) {
        return format!("the parameter {}", parameter.name);
    }
    let mut network = network.clone();
    let mut workspace = Workspace::recording();
    let x = workspace.tape.constant(batch.inputs.clone());
    let mut outputs = Vec::new();
    let passed = network.forward_watched(&mut workspace, x, Mode::Training, |index, value| {
        outputs.push((index, value))
    });
    if let Err(error) = passed {
        return error.to_string();
    }
    let broken = outputs.into_iter().find(|&(_, value)| !workspace.tape.value(value).is_finite());
    match broken {
        Some((index, _)) => {
            format!("the output of stage {index}, {}", network.spec().layers[index])
        }
        None => "the loss".to_string(),
    }
}
