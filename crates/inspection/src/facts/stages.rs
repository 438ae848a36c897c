//! The stages of a network at every depth, with their arguments.

use relume_layers::{NetworkSpec, Stage};
use serde_json::Value;

/// A stage at some depth.
#[derive(Clone, Debug)]
pub struct Located<'a> {
    /// Its path.
    pub path: String,
    /// The stage.
    pub stage: &'a Stage,
}

impl Located<'_> {
    /// Its name in the table.
    pub fn name(&self) -> &'static str {
        self.stage.entry().name
    }
}

/// All stages in the order of the network; those inside a stage follow it.
pub fn located(spec: &NetworkSpec) -> Vec<Located<'_>> {
    fn walk<'a>(spec: &'a NetworkSpec, prefix: &str, all: &mut Vec<Located<'a>>) {
        for (index, stage) in spec.layers.iter().enumerate() {
            let path = format!("{prefix}{index}");
            all.push(Located { path: path.clone(), stage });
            for inner in stage.kind().networks() {
                let prefix = match inner.prefix.as_str() {
                    "" => format!("{path}."),
                    own => format!("{path}.{own}."),
                };
                walk(inner.spec, &prefix, all);
            }
        }
    }
    let mut all = Vec::new();
    walk(spec, "", &mut all);
    all
}

/// Whether a stage multiplies by a weight that is trained.
pub fn is_weighted(name: &str) -> bool {
    name == "dense" || name.starts_with("conv")
}

/// Stages without weights that are linear in their input.
const LINEAR: [&str; 20] = [
    "flatten",
    "reshape",
    "permute",
    "slice",
    "identity",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "avgpool1d",
    "avgpool2d",
    "avgpool3d",
    "globalavgpool",
    "globalavgpool1d",
    "batchnorm",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pad1d",
    "pad2d",
    "pad3d",
];

/// Whether a stage is linear in its input: in a row, such stages are no more than one of them.
pub fn is_linear(name: &str) -> bool {
    is_weighted(name) || LINEAR.contains(&name)
}

/// The same network, whose layers have no argument of these names: their defaults count. `None` if nothing changes.
pub fn without_arguments(spec: &NetworkSpec, arguments: &[&str]) -> Option<NetworkSpec> {
    fn strip(value: &mut Value, arguments: &[&str]) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !arguments.contains(&name.as_str()));
                fields.values_mut().for_each(|inner| strip(inner, arguments));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, arguments)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(spec).ok()?;
    strip(&mut value, arguments);
    let changed: NetworkSpec = serde_json::from_value(value).ok()?;
    (changed != *spec).then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::LINEAR;
    use relume_activations::ActivationSpec;
    use relume_layers::LayerSpec;

    #[test]
    fn the_names_are_those_of_stages() {
        for name in LINEAR {
            let is_known = LayerSpec::find(name).is_some() || ActivationSpec::find(name).is_some();
            assert!(is_known, "{name}");
        }
    }
}
