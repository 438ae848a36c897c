//! Padding that recurrent and attention layers read like words.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::facts::{Located, located};
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_layers::Stage;

/// Padding that recurrent and attention layers read like words.
///
/// Sequences end with steps of 0 in a tenth of the samples or more, and nothing tells the layers after them where a
/// sample ends: a network then learns from the padding, and forgets over it. A warning. embedding(padding_idx=0) or
/// masking tells it; Dwarampudi and Reddy, "Effects of padding on LSTMs and CNNs", 2019.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[padding_unmasked]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct PaddingUnmasked {}

impl Check for PaddingUnmasked {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl PaddingUnmasked {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let [steps, samples] = seen.samples.padding;
        if samples < 0.1 || steps < 0.02 {
            return None;
        }
        let all = located(seen.spec());
        let reads = |name: &str| {
            matches!(
                name,
                "rnn"
                    | "gru"
                    | "lstm"
                    | "multihead_attention"
                    | "transformer_encoder"
                    | "pool_over_time"
            )
        };
        let reader = all.iter().position(|own| reads(own.name()))?;
        let tells = |own: &Located<'_>| match own.name() {
            "masking" => true,
            "embedding" => {
                own.stage.record().1.get("padding_idx").is_some_and(|index| !index.is_null())
            }
            _ => false,
        };
        if all[..reader].iter().any(tells) {
            return None;
        }
        let text = format!(
            "{:.0} % of the steps are padding, in {:.0} % of the samples, and {} reads them like any other",
            steps * 100.0,
            samples * 100.0,
            all[reader].name()
        );
        let finding = Finding::new("padding_unmasked", Severity::Warning, text)
            .measured(samples, 0.1, "of the samples")
            .at(vec![seen.place(&all[reader].path)]);
        Some(masked(seen).into_iter().fold(finding, Finding::cured))
    }
}

/// The network with an embedding that knows the padding, or masking before everything else.
fn masked(seen: &Seen<'_>) -> Option<Cure> {
    let mut network = seen.spec().clone();
    let table = network.layers.iter().position(|stage| stage.entry().name == "embedding");
    let text = match (table, seen.samples.are_indices) {
        (Some(at), _) => {
            let (name, mut arguments) = network.layers[at].record();
            arguments.insert("padding_idx".to_string(), 0.into());
            network.layers[at] = Stage::from_record(name, arguments).ok()?;
            "an embedding that knows its padding"
        }
        (None, false) => {
            network.layers.insert(0, Stage::from_record("masking", serde_json::Map::new()).ok()?);
            "masking first"
        }
        (None, true) => return None,
    };
    Some(seen.other_network(text, network))
}
