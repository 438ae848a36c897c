//! Dropout of channels, and noise.

use crate::noise::dropout::{drop_out, mask};
use crate::shape::space::space;
use crate::{Builder, Layer, LayerError, LayerKind, Pass, Refusal};
use relume_autograd::{Var, ops};
use relume_catalog::{Described, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// In training, sets whole channels to 0 with probability p and scales the others by 1 / (1 - p).
///
/// Neighbours in space are similar, so dropping single values drops little information. Tompson and others, "Efficient
/// object localization using convolutional networks", 2015. In inference it passes values on unchanged.
///
/// # dropout1d
/// Dropout of whole channels of lines `[channels, length]`.
/// ```relume
/// net = input(3, 20) -> conv1d(8, 3) -> relu -> dropout1d(0.2) -> flatten -> dense(2)
/// ```
/// # dropout2d
/// Dropout of whole channels of images `[channels, height, width]`.
/// ```relume
/// net = input(3, 9, 9) -> conv2d(8, 3) -> relu -> dropout2d(0.2) -> flatten -> dense(2)
/// ```
/// # dropout3d
/// Dropout of whole channels of volumes `[channels, depth, height, width]`.
/// ```relume
/// net = input(1, 6, 6, 6) -> conv3d(4, 3) -> relu -> dropout3d(0.2) -> flatten -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["dropout1d", "dropout2d", "dropout3d"])]
#[spec(aliases = [["spatial_dropout1d"], ["spatial_dropout2d"], ["spatial_dropout3d"]])]
pub struct DropoutNd<const D: usize> {
    /// Probability of setting a channel to 0.
    #[spec(default = 0.5, fraction)]
    pub p: f64,
}

/// Dropout of whole channels of lines `[channels, length]`.
pub type Dropout1d = DropoutNd<1>;
/// Dropout of whole channels of images `[channels, height, width]`.
pub type Dropout2d = DropoutNd<2>;
/// Dropout of whole channels of volumes `[channels, depth, height, width]`.
pub type Dropout3d = DropoutNd<3>;

/// Dropout for networks of selu: dropped values become its lower limit, and mean and variance are preserved.
///
/// In training, a value becomes -1.7581 with probability p; then all are scaled by a = ((1.7581^2 p + 1) (1 - p))^-1/2
/// and shifted by 1.7581 a p. Klambauer and others, "Self-normalizing neural networks", 2017. In inference it passes
/// values on unchanged.
///
/// ```relume
/// net = dense(128) -> elu -> alpha_dropout(0.1) -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct AlphaDropout {
    /// Probability of dropping a value.
    #[spec(default = 0.5, fraction)]
    pub p: f64,
}

/// In training, adds normally distributed noise of mean 0.
///
/// Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995. In inference it passes values on
/// unchanged.
///
/// ```relume
/// net = gaussian_noise(0.05) -> dense(32) -> relu -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct GaussianNoise {
    /// Standard deviation of the noise.
    #[spec(default = 0.1, non_negative)]
    pub std: f64,
}

/// The effect on values in training.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Channels with so many axes in space are set to 0.
    Drop {
        p: f32,
        axes: usize,
    },
    Alpha {
        p: f32,
    },
    Add {
        std: f32,
    },
}

impl<const D: usize> LayerKind for DropoutNd<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        space::<D>(input, &self.text())?;
        Ok(input)
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(Noise::Drop { p: self.p as f32, axes: D }))
    }
}

impl LayerKind for AlphaDropout {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(input)
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(Noise::Alpha { p: self.p as f32 }))
    }
}

impl LayerKind for GaussianNoise {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(input)
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(Noise::Add { std: self.std as f32 }))
    }
}

impl Layer for Noise {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        if !pass.is_training() {
            return Ok(x);
        }
        let shape = pass.tape.value(x).shape();
        match *self {
            Noise::Drop { p, axes } => drop_out(pass, x, p, axes),
            Noise::Alpha { p: 0.0 } => Ok(x),
            Noise::Add { std: 0.0 } => Ok(x),
            Noise::Alpha { p } => {
                // -alpha scale of selu is the value that it approaches far below 0.
                const LEAST: f32 = 1.758_099_3;
                let scale = match p < 1.0 {
                    true => ((LEAST * LEAST * p + 1.0) * (1.0 - p)).sqrt().recip(),
                    false => 0.0,
                };
                let mask = mask(pass, shape, p, scale);
                let shift = scale * LEAST * p;
                let shift = mask.map(|kept| match kept == 0.0 {
                    true => shift - scale * LEAST,
                    false => shift,
                });
                let (mask, shift) = (pass.tape.constant(mask), pass.tape.constant(shift));
                let kept = ops::mul(pass.tape, x, mask)?;
                Ok(ops::add(pass.tape, kept, shift)?)
            }
            Noise::Add { std } => {
                let noise = pass.rng.normal_tensor(shape, 0.0, std);
                let noise = pass.tape.constant(noise);
                Ok(ops::add(pass.tape, x, noise)?)
            }
        }
    }
}
