//! Initial weights that suit the activation function which follows.

use super::change::{is_between_layers, with_each};
use crate::TrainError;
use relume_activations::ActivationSpec;
use relume_catalog::{Kind, Value};
use relume_layers::initializers::{Gain, HeNormal, LecunNormal, Nonlinearity, XavierUniform};
use relume_layers::{InitializerSpec, NetworkSpec, Stage};

/// Bounded functions that are about linear around 0, for which Xavier's initial weights are made, and two more bounded
/// ones, gaussian and sin. The weights of SIREN, uniform up to sqrt(6 / fan_in), are for networks that have sin
/// everywhere (Sitzmann and others, "Implicit neural representations with periodic activation functions", 2020).
const BOUNDED: [&str; 8] =
    ["tanh", "sigmoid", "softsign", "hardtanh", "hardsigmoid", "dynamic_tanh", "gaussian", "sin"];
/// Functions of which nothing is known: what they compute is an option, or they have none.
const UNKNOWN: [&str; 4] = ["formula", "rational", "identity", "kan"];

/// The initializer that suits a layer before an activation: Xavier's for tanh, sigmoid and their relatives (Glorot and
/// Bengio, 2010), LeCun's for selu (Klambauer and others, "Self-normalizing neural networks", 2017), He's with its
/// slope for leaky_relu, and He's for the other rectifiers (He and others, "Delving deep into rectifiers", 2015).
/// `None` for functions of which nothing is known.
pub fn suiting_initializer(activation: &ActivationSpec) -> Option<InitializerSpec> {
    let name = activation.entry().name;
    let slope = activation.arguments().get("slope").and_then(Value::as_f64);
    match name {
        name if UNKNOWN.contains(&name) => None,
        name if BOUNDED.contains(&name) => Some(XavierUniform { gain: Gain::ONE }.into()),
        "selu" => Some(LecunNormal { gain: Gain::ONE }.into()),
        "leaky_relu" => Some(
            HeNormal {
                nonlinearity: Nonlinearity::LeakyRelu,
                a: slope.unwrap_or(0.01),
                ..HeNormal::new()
            }
            .into(),
        ),
        _ => Some(HeNormal::new().into()),
    }
}

/// The network with other initial values in each layer that an activation follows before the next such layer, if the
/// layer has the default ones. The last layer of a network has none after it, and keeps its own.
///
/// # Errors
/// A layer that does not take this initializer.
pub fn with_suiting_initializer(
    spec: &NetworkSpec,
    initializer: &InitializerSpec,
) -> Result<NetworkSpec, TrainError> {
    // What each stage is, in the order in which they are visited.
    let mut seen = Vec::new();
    spec.mapped(&mut |stage, is_end| {
        seen.push(match stage {
            Stage::Activation(own) if !is_end && is_between_layers(own) => Visited::Activation,
            Stage::Layer(_) if has_init(stage) => Visited::Layer { is_default: is_default(stage) },
            _ => Visited::Other,
        });
        Ok(None)
    })?;
    let mut at = 0;
    let changed = spec.mapped(&mut |stage, _| {
        let rest = seen.get(at + 1..).unwrap_or_default();
        let next = rest.iter().find(|own| !matches!(own, Visited::Other));
        let is_meant = matches!(seen.get(at), Some(Visited::Layer { is_default: true }))
            && matches!(next, Some(Visited::Activation));
        at += 1;
        if !is_meant {
            return Ok(None);
        }
        let value = || serde_json::to_value(initializer).unwrap_or(Value::Null);
        with_each(stage, Kind::Initializer, |name| name == "init", value)
    })?;
    Ok(changed)
}

enum Visited {
    Activation,
    /// A layer with an argument `init`.
    Layer {
        is_default: bool,
    },
    Other,
}

fn has_init(stage: &Stage) -> bool {
    stage.entry().argument("init").is_some()
}

fn is_default(stage: &Stage) -> bool {
    stage.kind().initializers().iter().all(|own| own.entry().name == "default")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suiting(text: &str) -> String {
        let activation = text.parse().unwrap();
        suiting_initializer(&activation).map_or_else(|| "none".to_string(), |own| own.to_string())
    }

    #[test]
    fn each_activation_has_the_initializer_that_was_made_for_it() {
        for (activation, initializer) in [
            ("relu", "he_normal"),
            ("gelu", "he_normal"),
            ("tanh", "xavier_uniform"),
            ("sigmoid", "xavier_uniform"),
            ("selu", "lecun_normal"),
            ("leaky_relu(slope=0.2)", "he_normal(nonlinearity=\"leaky_relu\", a=0.2)"),
            ("identity", "none"),
        ] {
            assert_eq!(suiting(activation), initializer, "{activation}");
        }
    }

    #[test]
    fn layers_before_an_activation_change_and_others_do_not() {
        let init = suiting_initializer(&"relu".parse().unwrap()).unwrap();
        for (before, after) in [
            ("dense(4) -> relu -> dense(2)", "dense(4, init=he_normal) -> relu -> dense(2)"),
            (
                "conv2d(4, 3) -> batchnorm -> relu -> flatten -> dense(2) -> softmax",
                "conv2d(4, 3, init=he_normal) -> batchnorm -> relu -> flatten -> dense(2) -> softmax",
            ),
            (
                "dense(4, init=orthogonal) -> tanh -> residual(dense(4) -> gelu -> dense(4)) -> dense(2)",
                "dense(4, init=orthogonal) -> tanh -> \
                 residual(dense(4, init=he_normal) -> gelu -> dense(4)) -> dense(2)",
            ),
        ] {
            let spec: NetworkSpec = before.parse().unwrap();
            assert_eq!(with_suiting_initializer(&spec, &init).unwrap().to_string(), after);
        }
    }
}
