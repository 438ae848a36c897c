//! Tensors as they are sent: their sizes and their numbers.

use relume_tensor::{Shape, Tensor};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a tensor.
pub(crate) fn serialize<S: Serializer>(tensor: &Tensor, serializer: S) -> Result<S::Ok, S::Error> {
    (tensor.dims(), tensor.data()).serialize(serializer)
}

/// Reads a tensor.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tensor, D::Error> {
    let (sizes, numbers): (Vec<usize>, Vec<f32>) = Deserialize::deserialize(deserializer)?;
    let shape = Shape::new(&sizes).map_err(Error::custom)?;
    Tensor::new(shape, numbers).map_err(Error::custom)
}
