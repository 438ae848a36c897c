//! Samples of numbers and whole batches, varied in training.

mod mixup;
mod sequences;

use relume_catalog::Value;
use relume_datasets::AugmentationSpec;

/// The augmentation of this name, with these arguments by place.
fn augmentation(name: &str, positional: Value) -> AugmentationSpec {
    let positional = positional.as_array().unwrap().clone();
    AugmentationSpec::from_arguments(name, positional, vec![]).unwrap()
}
