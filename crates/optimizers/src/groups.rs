//! Parameter groups: options for some of the parameters.

use crate::OptimizerSpec;
use relume_catalog::{Choice, Given, Spec, Value, table};
use relume_tensor::Shape;

/// One, or several in a list.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T, const N: usize> From<[T; N]> for OneOrMany<T> {
    fn from(many: [T; N]) -> Self {
        OneOrMany::Many(many.into())
    }
}

impl From<&str> for OneOrMany<String> {
    fn from(one: &str) -> Self {
        OneOrMany::One(one.to_string())
    }
}

impl<const N: usize> From<[&str; N]> for OneOrMany<String> {
    fn from(many: [&str; N]) -> Self {
        many.map(String::from).into()
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// Options for some of the parameters, instead of the optimizer's.
///
/// Parameters are chosen by their names (the stage and PyTorch's name, such as `0.weight`; `inspect` lists them), where
/// `*` stands for any text and `?` for one letter; "vectors" stands for all parameters with a single axis: biases, and
/// the weights of norms. If `layers` is given too, both must match. A parameter belongs to the first group that matches
/// it. A schedule changes all rates by the same factor.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=adamw(groups=[group("vectors", weight_decay=0), group(layers=0, lr=0.0001)])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(group, check = Self::consistent)]
pub struct Group {
    /// Patterns of names ("*.bias"), or "vectors".
    pub parameters: Option<OneOrMany<String>>,
    /// Indices of stages, as `summary` counts them.
    pub layers: Option<OneOrMany<u64>>,
    /// Their learning rate.
    #[spec(non_negative)]
    pub lr: Option<f64>,
    /// Their weight decay.
    #[spec(non_negative)]
    pub weight_decay: Option<f64>,
    /// Their penalty on absolute weights.
    #[spec(non_negative)]
    pub l1: Option<f64>,
    /// Their momentum.
    #[spec(non_negative)]
    pub momentum: Option<f64>,
    /// Their betas.
    #[spec(fraction)]
    pub betas: Option<Vec<f64>>,
    /// Their eps.
    #[spec(non_negative)]
    pub eps: Option<f64>,
}

/// The pattern that stands for all parameters with a single axis.
const VECTORS: &str = "vectors";

impl Group {
    fn consistent(&self) -> Result<(), String> {
        if self.parameters.is_none() && self.layers.is_none() {
            return Err(
                "say which parameters: group(\"*.bias\", ...) or group(layers=[0, 2], ...)"
                    .to_string(),
            );
        }
        match self.overrides().first() {
            Some(_) => Ok(()),
            None => Err("say what is different for them: lr=, weight_decay=, ...".to_string()),
        }
    }
}

/// Which parameters belong to a group, and their options.
pub trait Selection {
    /// Whether the parameter of this name and shape belongs to it.
    fn selects(&self, name: &str, shape: Shape) -> bool;

    /// Their options, by the names of the optimizers' arguments.
    fn overrides(&self) -> Vec<(&'static str, Value)>;
}

impl Selection for Group {
    fn selects(&self, name: &str, shape: Shape) -> bool {
        let named = self.parameters.as_ref().is_none_or(|patterns| {
            patterns.as_slice().iter().any(|pattern| match pattern.as_str() {
                VECTORS => shape.rank() <= 1,
                pattern => fits(pattern.as_bytes(), name.as_bytes()),
            })
        });
        let stage = name.split('.').next().and_then(|stage| stage.parse::<u64>().ok());
        let placed = self
            .layers
            .as_ref()
            .is_none_or(|layers| stage.is_some_and(|stage| layers.as_slice().contains(&stage)));
        named && placed
    }

    fn overrides(&self) -> Vec<(&'static str, Value)> {
        let number = |x: Option<f64>| x.map(Value::from);
        [
            ("lr", number(self.lr)),
            ("weight_decay", number(self.weight_decay)),
            ("l1", number(self.l1)),
            ("momentum", number(self.momentum)),
            ("betas", self.betas.clone().map(Value::from)),
            ("eps", number(self.eps)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// Whether a text matches a pattern, in which `*` stands for any text and `?` for one letter.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // The position of the last star, and the current end of the text that it stands for.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&letter) if letter == b'?' || letter == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, end)) => {
                    star = Some((at, end + 1));
                    p = at + 1;
                    t = end + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&letter| letter == b'*')
}

table! {
    /// Every way to name a group.
    pub enum GroupSpec: dyn Selection as Group { Group }
}

/// An optimizer with a group's options instead of its own.
///
/// # Errors
/// An option that the optimizer does not have, or that contradicts its others.
pub(crate) fn overridden(spec: &OptimizerSpec, group: &GroupSpec) -> Result<OptimizerSpec, String> {
    let mut arguments = spec.arguments();
    arguments.remove("groups");
    let has = |spec: &OptimizerSpec, name| spec.entry().argument(name).is_some();
    // A rule with a fallback passes the options on to it.
    let mut other = spec.inner().fallback_optimizer();
    for (name, value) in group.inner().overrides() {
        let own = has(spec, name);
        let others = other.as_ref().is_some_and(|other| has(other, name));
        if !own && !others {
            let optimizer = spec.entry().name;
            return Err(format!("{group}: {optimizer} has no `{name}`"));
        }
        if own {
            arguments.insert(name.to_string(), value.clone());
        }
        if let Some(spec) = other.as_mut().filter(|_| others) {
            let mut arguments = spec.arguments();
            arguments.insert(name.to_string(), value);
            *spec = rebuilt(spec, arguments, None, group)?;
        }
    }
    rebuilt(spec, arguments, other, group)
}

/// An optimizer with other arguments, and with another fallback if there is one.
fn rebuilt(
    spec: &OptimizerSpec,
    mut arguments: relume_catalog::Map<String, Value>,
    fallback: Option<OptimizerSpec>,
    group: &GroupSpec,
) -> Result<OptimizerSpec, String> {
    let fallback = fallback.map(|own| ("fallback".to_string(), Given::built(own)));
    if let Some((name, _)) = &fallback {
        arguments.remove(name);
    }
    let plain = arguments.into_iter().filter(|(_, value)| !value.is_null());
    let named = plain.map(|(name, value)| (name, Given::Plain(value))).chain(fallback).collect();
    OptimizerSpec::from_given(spec.entry().name, Vec::new(), named)
        .map_err(|error| format!("{group}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_catalog::Described;

    #[test]
    fn stars_stand_for_any_text_and_question_marks_for_a_letter() {
        for (pattern, text, expected) in [
            ("0.*", "0.weight", true),
            ("0.*", "10.weight", false),
            ("*.bias", "3.bias", true),
            ("*.bias", "3.bias_hh_l0", false),
            ("*bias*", "3.bias_hh_l0", true),
            ("?.weight", "3.weight", true),
            ("?.weight", "13.weight", false),
            ("*a*b", "xaxbxab", true),
            ("*a*b", "xaxbxa", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn names_layers_and_vectors_choose() {
        let group = |positional: Vec<Value>, named: Vec<(&str, Value)>| {
            let named = named.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
            Group::from_arguments(positional, named)
        };
        let lr = || ("lr", 0.1.into());
        let vectors = group(vec!["vectors".into()], vec![lr()]).unwrap();
        assert!(vectors.selects("0.bias", 3.into()) && !vectors.selects("0.weight", [3, 3].into()));
        let both = group(vec!["*.bias".into()], vec![("layers", vec![0, 2].into()), lr()]).unwrap();
        assert!(both.selects("2.bias", 3.into()) && !both.selects("1.bias", 3.into()));
        assert!(!both.selects("2.weight", 3.into()));
        assert!(group(vec![], vec![lr()]).is_err(), "nothing is chosen");
        assert!(group(vec!["*".into()], vec![]).is_err(), "nothing is different");
    }

    #[test]
    fn options_that_the_optimizer_lacks_are_refused() {
        let groups: Value =
            serde_json::json!([{ "group": { "parameters": "*", "betas": [0.5, 0.5] } }]);
        let named = |groups: &Value| vec![("groups".to_string(), groups.clone())];
        let error = OptimizerSpec::from_arguments("sgd", vec![], named(&groups)).unwrap_err();
        assert!(error.to_string().ends_with("sgd has no `betas`"), "{error}");
        assert!(OptimizerSpec::from_arguments("adam", vec![], named(&groups)).is_ok());
        let groups: Value = serde_json::json!([{ "group": { "parameters": "*", "betas": [0.5] } }]);
        assert!(OptimizerSpec::from_arguments("adam", vec![], named(&groups)).is_err());
    }

    #[test]
    fn options_of_a_group_reach_the_fallback_too() {
        let groups: Value = serde_json::json!([
            { "group": { "parameters": "vectors", "lr": 0.5, "betas": [0.5, 0.6] } }
        ]);
        let named = vec![("groups".to_string(), groups)];
        let spec = OptimizerSpec::from_arguments("muon", vec![], named).unwrap();
        let OptimizerSpec::Muon(muon) = &spec else { panic!("{spec}") };
        let changed = overridden(&spec, &muon.common.groups[0]).unwrap();
        assert_eq!(
            changed.to_string(),
            "muon(0.5, fallback=adamw(lr=0.5, betas=[0.5, 0.6], eps=1e-8, weight_decay=0.01, amsgrad=false))"
        );
    }
}
