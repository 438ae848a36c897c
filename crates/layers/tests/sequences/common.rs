//! Networks from names and options.

use relume_activations::ActivationSpec;
use relume_layers::{LayerSpec, Network, NetworkSpec, Stage};
use serde_json::{Value, json};

pub fn stage(name: &str, options: Value) -> Stage {
    let named = options.as_object().cloned().unwrap_or_default().into_iter().collect();
    match LayerSpec::find(name) {
        Some(_) => LayerSpec::from_arguments(name, vec![], named).unwrap().into(),
        None => ActivationSpec::from_arguments(name, vec![], named).unwrap().into(),
    }
}

pub fn chain(stages: &[(&str, Value)]) -> NetworkSpec {
    NetworkSpec::new(stages.iter().map(|(name, options)| stage(name, options.clone())).collect())
}

pub fn built(stages: &[(&str, Value)], input: &[usize]) -> Network {
    Network::build(&chain(stages), input.try_into().unwrap(), 3).unwrap()
}

/// A decoder block beside an encoder that passes on what it gets, without what is padded.
pub fn decoder(options: Value, source: usize, padded: bool) -> NetworkSpec {
    let mut encoder = vec![("identity", json!({}))];
    let mut decoder = vec![("transformer_decoder", options)];
    if padded {
        encoder.insert(0, ("masking", json!({})));
        decoder.insert(0, ("masking", json!({})));
    }
    let halves = json!({"encoder": chain(&encoder), "decoder": chain(&decoder), "source": source});
    chain(&[("encoder_decoder", halves)])
}
