//! The initializer that lets everything pass.

use super::{Initializer, is_one, one};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// The identity: outputs are inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// What passes is multiplied with this.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub gain: f64,
    /// Groups of a convolution.
    #[serde(default = "one_group", skip_serializing_if = "is_one_group")]
    pub groups: usize,
}

fn one_group() -> usize {
    1
}

fn is_one_group(groups: &usize) -> bool {
    *groups == 1
}

impl Described for Identity {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "identity",
        aliases: &["eye", "dirac"],
        summary: "outputs are inputs, as many as there are: ones on the diagonal, or in the middle of the kernel",
        details: "PyTorch's `eye_` for matrices and `dirac_` for convolutions, whose groups must be given here too. A vector is taken as a matrix of one column.",
        arguments: &[
            Argument::new("gain", Type::REAL, "what passes is multiplied with this").or_number(1.0),
            Argument::new("groups", Type::COUNT, "groups of the convolution").or_integer(1),
        ],
        example: "net = input(8) -> dense(8, init=identity) -> relu -> dense(1)",
    };
}

impl Initializer for Identity {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        let mut out = Tensor::zeros(shape);
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.get(1).copied().unwrap_or(1);
        let kernel = shape.tail(2.min(shape.rank()));
        // The middle of each axis of the kernel.
        let middle = kernel.iter().fold(0, |at, &size| at * size + size / 2);
        let points = kernel.count();
        let in_group = (rows / self.groups.max(1)).max(1);
        for row in 0..rows {
            let column = row % in_group;
            if column < columns {
                out.data_mut()[(row * columns + column) * points + middle] = self.gain as f32;
            }
        }
        out
    }
}
