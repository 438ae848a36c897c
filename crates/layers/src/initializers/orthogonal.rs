//! The orthogonal initializer.

use super::Initializer;
use super::gain::Gain;
use nalgebra::DMatrix;
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Rows orthogonal to one another: keeps the length of what passes through, for deep and recurrent networks.
///
/// The Q of a QR decomposition of normally distributed numbers, all axes but the first taken together. Saxe and others,
/// "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014.
///
/// ```relume
/// net = dense(64, init=orthogonal) -> tanh -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Orthogonal {
    /// The length of each row, or the activation that follows.
    #[spec(default = 1.0, omit_default)]
    pub gain: Gain,
}

impl Initializer for Orthogonal {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.tail(1).count();
        let (long, short) = (rows.max(columns), rows.min(columns));
        let gain = self.gain.factor() as f32;
        let qr = DMatrix::from_fn(long, short, |_, _| rng.normal()).qr();
        let (q, r) = (qr.q(), qr.r());
        // Signs taken from R make Q uniform over all orthogonal matrices (Mezzadri, 2007).
        let at = |i: usize, j: usize| q[(i, j)] * r[(j, j)].signum() * gain;
        Tensor::from_fn(shape, |i| {
            let (row, column) = (i / columns, i % columns);
            if rows >= columns { at(row, column) } else { at(column, row) }
        })
    }
}
