//! The file's text about the network.

use crate::Calibrated;
use relume_datasets::TargetScaling;
use relume_layers::{LayerError, NetworkSpec};
use serde::{Deserialize, Serialize};

/// The content of the file's `network` text.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedNetwork {
    pub spec: NetworkSpec,
    /// The sample shape that the parameters were made for.
    pub input: Vec<usize>,
    pub classes: Vec<String>,
    /// The names of predicted numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// The labels, from label 1 on, of predicted strings. In files of before they stand with the preparation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// How predicted numbers are scaled for the loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_scaling: Option<TargetScaling>,
    /// The temperature by which it was calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<Calibrated>,
}

/// The deepest nesting of JSON brackets: each nested network takes five with `concat`, the others fewer, and an option
/// of an inner layer a few more.
const DEEPEST_JSON: usize = 8 * (NetworkSpec::MAX_NESTING + 2);

/// The network of its text, whose brackets may be nested deeper than serde_json's own limit of 128.
pub(super) fn read(text: &str) -> Result<SavedNetwork, String> {
    if depth(text) > DEEPEST_JSON {
        return Err(LayerError::NestedTooDeep.to_string());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let network: SavedNetwork = super::read("network", &mut reader)?;
    network.spec.check_nesting().map_err(|error| error.to_string())?;
    Ok(network)
}

/// How deeply brackets are nested, outside strings.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_not_counted() {
        assert_eq!(depth(r#"{"a": [1, [2]], "b[": "[[\"[[", "c": {}}"#), 3);
    }

    #[test]
    fn text_without_end_of_brackets_is_refused_before_it_is_read() {
        for bracket in ["[", r#"{"spec":"#] {
            let refused = read(&bracket.repeat(100_000)).map(drop);
            assert_eq!(refused, Err(LayerError::NestedTooDeep.to_string()));
        }
    }
}
