//! Warnings about training.

use relume_activations::ActivationSpec;
use relume_layers::{NetworkSpec, Stage};
use relume_losses::{Expects, LossSpec};

/// A network's last stage that does not match the loss.
pub(super) fn of(network: &NetworkSpec, loss: &LossSpec) -> Option<String> {
    let last = match network.layers.last() {
        Some(Stage::Activation(activation)) => Some(activation),
        _ => None,
    };
    let own = match last {
        Some(ActivationSpec::Softmax(_) | ActivationSpec::LogSoftmax(_)) => Some("softmax"),
        Some(ActivationSpec::Sigmoid(_)) => Some("sigmoid"),
        _ => None,
    };
    let name = loss.entry().name;
    match (loss.inner().expects(), own, last) {
        (Expects::Logits, Some(own), Some(last)) => Some(format!(
            "{name} has its own {own}: leave {} out at the end, or learning will be slow",
            last.entry().name
        )),
        (Expects::LogProbabilities, _, last)
            if !matches!(last, Some(ActivationSpec::LogSoftmax(_))) =>
        {
            Some(format!(
                "{name} wants logarithms of probabilities: end the network with log_softmax"
            ))
        }
        _ => None,
    }
}
