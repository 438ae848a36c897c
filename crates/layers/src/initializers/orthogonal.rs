//! The orthogonal initializer.

use super::Initializer;
use super::gain::Gain;
#[cfg(feature = "nalgebra")]
use nalgebra::DMatrix;
use relume_catalog::Spec;
#[cfg(feature = "nalgebra")]
use relume_tensor::interrupt;
use relume_tensor::{Rng, Shape, Tensor};

/// Rows orthogonal to one another, which keep the length of their input: for deep and recurrent networks.
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
    #[cfg(not(feature = "nalgebra"))]
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::full(shape, f32::NAN)
    }

    fn missing_feature(&self) -> Option<&'static str> {
        (!cfg!(feature = "nalgebra")).then_some("nalgebra")
    }

    #[cfg(feature = "nalgebra")]
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.tail(1).count();
        let (long, short) = (rows.max(columns), rows.min(columns));
        let gain = self.gain.factor() as f32;
        let mut column = 0;
        let normal = DMatrix::from_fn(long, short, |_, at| {
            if at > column {
                interrupt::check();
                column = at;
            }
            rng.normal()
        });
        let (q, r) = interrupt::waiting_for(move || {
            let qr = normal.qr();
            (qr.q(), qr.r())
        });
        // Signs taken from R make Q uniform over all orthogonal matrices (Mezzadri, 2007).
        let at = |i: usize, j: usize| q[(i, j)] * r[(j, j)].signum() * gain;
        Tensor::from_fn(shape, |i| {
            let (row, column) = (i / columns, i % columns);
            if rows >= columns { at(row, column) } else { at(column, row) }
        })
    }
}

#[cfg(all(test, not(feature = "nalgebra")))]
mod tests {
    use crate::{LayerError, Network, NetworkSpec};
    use serde_json::json;

    #[test]
    fn without_the_feature_a_network_with_it_is_refused_by_name() {
        for name in ["orthogonal", "lsuv", "whitening"] {
            let dense = json!({
                "units": 2, "inputs": null, "bias": true, "init": { name: {} }, "bias_init": { "zeros": {} }
            });
            let spec = json!({ "layers": [{ "dense": dense }] });
            let spec: NetworkSpec = serde_json::from_value(spec).unwrap();
            let error = Network::build(&spec, 3.into(), 0).map(drop).unwrap_err();
            assert!(matches!(error, LayerError::In { index: 0, .. }), "{error}");
            let wanted = format!("{name} needs the feature `nalgebra` of relume-layers");
            assert!(error.to_string().contains(&wanted), "{error}");
            assert!(error.help().is_some_and(|help| help.contains("nalgebra")));
        }
    }
}
