//! Networks that differ in one thing: the activation function, the initial weights, an argument of a stage.

use crate::{Model, TrainError, Weights};
use relume_activations::ActivationSpec;
use relume_catalog::{Kind, Map, Type, Value};
use relume_layers::{InitializerSpec, LayerError, NetworkSpec, Stage};
use relume_tensor::Shape;

/// Activations that are no nonlinearity between layers: those that end a network of classes, and none at all.
const KEPT: [&str; 4] = ["softmax", "log_softmax", "softmin", "identity"];

/// The network with another activation function between its layers, at every depth and in the arguments of layers that
/// take one. The last stage stays, if it is an activation, and so do softmax and its relatives, and functions that
/// halve their input.
///
/// # Errors
/// A network that has none, or a layer that does not take this one.
pub fn with_activation(
    spec: &NetworkSpec,
    activation: &ActivationSpec,
) -> Result<NetworkSpec, TrainError> {
    let mut found = 0;
    let changed = spec.mapped(&mut |stage, is_end| match stage {
        Stage::Activation(own) if !is_end && is_between_layers(own) => {
            found += 1;
            Ok(Some(Stage::Activation(activation.clone())))
        }
        Stage::Activation(_) => Ok(None),
        Stage::Layer(_) => {
            let value = || serde_json::to_value(activation).unwrap_or(Value::Null);
            let changed = with_each(stage, Kind::Activation, |_| true, value)?;
            found += usize::from(changed.is_some());
            Ok(changed)
        }
    })?;
    match found {
        0 => Err(TrainError::Setting("the network has no activation between its layers".into())),
        _ => Ok(changed),
    }
}

/// Whether an activation can stand for another one: it is no ending, and gives as many numbers as it takes.
pub(super) fn is_between_layers(activation: &ActivationSpec) -> bool {
    let sample = Shape::from(4);
    let keeps_shape = activation.inner().output(sample).is_ok_and(|output| output == sample);
    keeps_shape && !KEPT.contains(&activation.entry().name)
}

/// The network with other initial values of its weights: those of each layer that has an argument `init`.
///
/// # Errors
/// A network without such a layer, or a layer that does not take this initializer.
pub fn with_initializer(
    spec: &NetworkSpec,
    initializer: &InitializerSpec,
) -> Result<NetworkSpec, TrainError> {
    let mut found = 0;
    let changed = spec.mapped(&mut |stage, _| {
        let value = || serde_json::to_value(initializer).unwrap_or(Value::Null);
        let changed = with_each(stage, Kind::Initializer, |name| name == "init", value)?;
        found += usize::from(changed.is_some());
        Ok(changed)
    })?;
    match found {
        0 => Err(TrainError::Setting("the network has no layer with an argument `init`".into())),
        _ => Ok(changed),
    }
}

/// A stage with a value in each argument that takes specifications of a kind; `None` if there is none.
pub(super) fn with_each(
    stage: &Stage,
    kind: Kind,
    is_meant: impl Fn(&str) -> bool,
    value: impl Fn() -> Value,
) -> Result<Option<Stage>, LayerError> {
    let arguments = stage.entry().arguments.iter();
    let meant: Vec<&str> = arguments
        .filter(|argument| argument.ty == Type::Spec(kind) && is_meant(argument.name))
        .map(|argument| argument.name)
        .collect();
    if meant.is_empty() {
        return Ok(None);
    }
    let (name, mut record) = stage.record();
    for argument in meant {
        record.insert(argument.to_string(), value());
    }
    Ok(Some(Stage::from_record(name, record)?))
}

/// The network with another value of one argument: `"0.units"` is that of the first stage, `"2.body.1.p"` one inside of
/// the third.
///
/// # Errors
/// A path without a stage, an argument that the stage does not have, or a value that it does not take.
pub fn with_argument(
    spec: &NetworkSpec,
    path: &str,
    value: Value,
) -> Result<NetworkSpec, TrainError> {
    let Some((place, argument)) = path.rsplit_once('.') else {
        let problem = format!("{path:?} is a stage and its argument, such as \"0.units\"");
        return Err(TrainError::Setting(problem));
    };
    let place = spec.place(place)?;
    let part = spec.part(&place)?;
    let stage = part.layers.first().ok_or(LayerError::Empty)?;
    let (name, mut record): (_, Map<String, Value>) = stage.record();
    record.insert(argument.to_string(), value);
    let stage = Stage::from_record(name, record).map_err(LayerError::from)?;
    Ok(spec.replaced(&place, &[stage])?)
}

/// The paths of an argument in a network, at every depth: `["0.units", "2.body.1.units"]` for `units`, as
/// [`with_argument`] takes them. Paths of containers' own arguments are among them, those of networks are not.
pub fn argument_paths(spec: &NetworkSpec, argument: &str) -> Vec<String> {
    fn add(spec: &NetworkSpec, before: &str, argument: &str, paths: &mut Vec<String>) {
        for (at, stage) in spec.layers.iter().enumerate() {
            let own = stage.entry().argument(argument);
            if own.is_some_and(|own| own.ty != Type::Network) {
                paths.push(format!("{before}{at}.{argument}"));
            }
            for inner in stage.kind().networks() {
                let dot = if inner.prefix.is_empty() { "" } else { "." };
                let inside = format!("{before}{at}.{}{dot}", inner.prefix);
                add(inner.spec, &inside, argument, paths);
            }
        }
    }
    let mut paths = Vec::new();
    add(spec, "", argument, &mut paths);
    paths
}

impl Model {
    /// The model with another network. Weights that are still those that its seed gave, and are not frozen, are drawn
    /// from the seed in the other network too; others are taken over where their shapes stay.
    ///
    /// # Errors
    /// A network that cannot be built for its input.
    pub fn with_network(&self, spec: NetworkSpec) -> Result<Model, TrainError> {
        match self.is_untouched()? && !self.has_given_weights() {
            true => Ok(Model { inputs: self.inputs.clone(), ..Model::new(spec, self.seed()) }),
            false => {
                let weights = self.weights();
                let state = self.undrawn(weights.state)?;
                Model::with_weights(spec, self.seed(), Weights { state, ..weights })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(text: &str) -> NetworkSpec {
        text.parse().unwrap()
    }

    fn tanh() -> ActivationSpec {
        ActivationSpec::from_arguments("tanh", vec![], vec![]).unwrap()
    }

    #[test]
    fn activations_change_between_layers_and_not_at_the_end() {
        for (before, after) in [
            ("dense(4) -> relu -> dense(2)", "dense(4) -> tanh -> dense(2)"),
            ("dense(4) -> relu -> dense(2) -> softmax", "dense(4) -> tanh -> dense(2) -> softmax"),
            (
                "dense(4) -> residual(dense(4) -> gelu) -> glu -> dense(2)",
                "dense(4) -> residual(dense(4) -> tanh) -> glu -> dense(2)",
            ),
        ] {
            let changed = with_activation(&spec(before), &tanh()).unwrap();
            assert_eq!(changed.to_string(), after);
        }
        let refused = with_activation(&spec("dense(4) -> sigmoid"), &tanh()).unwrap_err();
        assert_eq!(refused.to_string(), "the network has no activation between its layers");
    }

    #[test]
    fn the_activation_of_a_layer_with_one_changes_too() {
        let changed =
            with_activation(&spec("transformer_encoder(2, dim_feedforward=8)"), &tanh()).unwrap();
        assert!(changed.to_string().contains("tanh"), "{changed}");
    }

    #[test]
    fn initial_values_change_in_every_layer_that_has_them() {
        let init = InitializerSpec::from_arguments("he_normal", vec![], vec![]).unwrap();
        let changed = with_initializer(&spec("dense(4) -> residual(dense(4)) -> relu"), &init);
        let wanted = "dense(4, init=he_normal) -> residual(dense(4, init=he_normal)) -> relu";
        assert_eq!(changed.unwrap().to_string(), wanted);
        assert!(with_initializer(&spec("relu"), &init).is_err());
    }

    #[test]
    fn an_argument_changes_by_its_path() {
        let own = spec("dense(4) -> residual(dense(4) -> dropout(0.1))");
        let changed = |path: &str, value| with_argument(&own, path, value);
        let text = changed("1.body.1.p", json!(0.3)).unwrap().to_string();
        assert_eq!(text, "dense(4) -> residual(dense(4) -> dropout(0.3))");
        let text = changed("0.units", json!(8)).unwrap().to_string();
        assert_eq!(text, "dense(8) -> residual(dense(4) -> dropout(0.1))");
        for (path, value) in [
            ("0.unitz", json!(8)),
            ("7.units", json!(8)),
            ("units", json!(8)),
            ("0.units", json!(0)),
        ] {
            assert!(changed(path, value).is_err(), "{path}");
        }
    }

    #[test]
    fn the_paths_of_an_argument_are_those_at_which_it_can_be_changed() {
        let own =
            spec("dense(4) -> residual(dense(4) -> concat(dense(2), dropout(0.1))) -> dense(3)");
        let units = argument_paths(&own, "units");
        assert_eq!(units.len(), 4, "{units:?}");
        for path in &units {
            assert!(with_argument(&own, path, json!(7)).is_ok(), "{path}");
        }
        assert_eq!(units[0], "0.units");
        assert_eq!(argument_paths(&own, "p").len(), 1);
        assert!(argument_paths(&own, "unitz").is_empty());
        assert!(argument_paths(&own, "body").is_empty());
    }
}
