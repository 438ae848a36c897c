//! The orthogonal initializer.

use super::{Initializer, is_one, one};
use nalgebra::DMatrix;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Rows, or columns where there are fewer, that are orthogonal to one another and of length `gain`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orthogonal {
    /// The length of each row or column.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub gain: f64,
}

impl Described for Orthogonal {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "orthogonal",
        aliases: &[],
        summary: "rows orthogonal to one another: keeps the length of what passes through, for deep and recurrent networks",
        details: "The Q of a QR decomposition of normally distributed numbers, all axes but the first taken together. Saxe and others, \"Exact solutions to the nonlinear dynamics of learning in deep linear neural networks\", 2014.",
        arguments: &[
            Argument::new("gain", Type::NON_NEGATIVE, "the length of each row").or_number(1.0)
        ],
        example: "net = dense(64, init=orthogonal) -> tanh -> dense(1)",
    };
}

impl Initializer for Orthogonal {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.tail(1).count();
        let (long, short) = (rows.max(columns), rows.min(columns));
        let qr = DMatrix::from_fn(long, short, |_, _| rng.normal()).qr();
        let (q, r) = (qr.q(), qr.r());
        // Signs taken from R make Q uniform over all orthogonal matrices (Mezzadri, 2007).
        let at = |i: usize, j: usize| q[(i, j)] * r[(j, j)].signum() * self.gain as f32;
        Tensor::from_fn(shape, |i| {
            let (row, column) = (i / columns, i % columns);
            if rows >= columns { at(row, column) } else { at(column, row) }
        })
    }
}
