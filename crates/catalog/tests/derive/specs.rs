//! The specifications of these tests.

use relume_catalog::{Choice, Spec, table};

/// x times the tanh of its softplus.
///
/// f(x) = x tanh(ln(1 + e^x)). Misra,
/// 2019.
///
/// Range: about -0.309 and above.
///
/// ```relume
/// mish([-1, 2])
/// mish(0)
/// ```
/// # In Rust
/// This is for rustdoc alone.
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Mish {}

/// A matrix product.
///
/// ```relume
/// net = dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["linear"], check = Self::not_seven)]
pub struct Dense {
    /// Number of outputs.
    #[spec(positive)]
    pub units: usize,
    /// Whether a bias is added.
    #[spec(default = true)]
    pub bias: bool,
    /// Dropout of the inputs.
    #[spec(default = 0, fraction)]
    pub dropout: f64,
    /// What is added to the forget gate.
    #[spec(non_negative)]
    pub forget: Option<f64>,
    /// Name of the stage.
    #[spec(default = "")]
    pub label: String,
    /// Initial values of the weight.
    #[spec(default = crate::specs::Zeros)]
    pub init: InitializerSpec,
}

impl Dense {
    fn not_seven(&self) -> Result<(), String> {
        match self.units == 7 {
            true => Err("7 outputs bring bad luck".to_string()),
            false => Ok(()),
        }
    }
}

/// What is put around a sample.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Padding<const D: usize> {
    /// So much on both sides.
    By([usize; D]),
    /// The output is as large as the input.
    Same,
    /// None.
    Valid,
}

impl<const D: usize> From<usize> for Padding<D> {
    fn from(size: usize) -> Self {
        Padding::By([size; D])
    }
}

/// A kernel moves over the sample.
///
/// Output sizes are those of PyTorch.
///
/// # conv1d
/// Convolution over lines `[channels, length]`.
/// ```relume
/// net = conv1d(4, 3)
/// ```
/// # conv2d
/// Convolution over images `[channels, height, width]`.
///
/// Sequences are lines.
/// ```relume
/// net = conv2d(4, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["conv1d", "conv2d"], aliases = [["convolution1d"], []])]
pub struct Conv<const D: usize> {
    /// Channels of the output.
    #[spec(positive)]
    pub out_channels: usize,
    /// Size of the kernel.
    #[spec(positive)]
    pub kernel: [usize; D],
    /// Steps between two places of the kernel.
    #[spec(default = 1, positive)]
    pub stride: [usize; D],
    /// Zeros around the input; "same" keeps its size.
    #[spec(default = 0)]
    pub padding: Padding<D>,
}

pub type Conv1d = Conv<1>;
pub type Conv2d = Conv<2>;

/// All axes as one.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct Flatten {
    /// First axis.
    #[spec(default = 1, range = 1..=5)]
    pub from: i64,
}

pub trait Layer {
    fn inputs(&self) -> i64 {
        1
    }
}
impl Layer for Dense {}
impl<const D: usize> Layer for Conv<D> {}
impl Layer for Flatten {
    fn inputs(&self) -> i64 {
        self.from
    }
}

table! {
    /// Every layer.
    pub enum LayerSpec: dyn Layer as Layer { Dense, Conv1d, Conv2d, Flatten }
}

/// All zeros.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Zeros {}

/// Normally distributed.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Normal {
    /// Mean.
    #[spec(default = 0.0, omit_default)]
    pub mean: f64,
    /// Standard deviation.
    #[spec(positive)]
    pub std: f64,
}

pub trait Initializer {
    fn mean(&self) -> f64 {
        0.0
    }
}
impl Initializer for Zeros {}
impl Initializer for Normal {}

table! {
    /// Every initializer.
    pub enum InitializerSpec: dyn Initializer as Initializer { Zeros, Normal }
}

/// One or several.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

/// How a rate depends on the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum AdjustLr {
    /// Jordan's.
    Original,
    /// As large as AdamW's.
    MatchRmsAdamw,
    /// Under a name of its own.
    #[spec(name = "bernstein")]
    Spectral,
}

/// Options of all optimizers.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = CommonOptions, check = Self::average_moves)]
pub struct Common {
    /// Strength of the penalty on absolute weights.
    #[spec(default = 0.0, non_negative, omit_default)]
    pub l1: f64,
    /// How much of a moving average is kept.
    #[spec(fraction, omit_default)]
    pub ema: Option<f64>,
    /// Names of parameters.
    #[spec(default = [], omit_default)]
    pub names: Vec<String>,
}

impl Common {
    fn average_moves(&self) -> Result<(), String> {
        match self.ema == Some(1.0) {
            true => Err("ema must be below 1".to_string()),
            false => Ok(()),
        }
    }
}

/// Momentum and adaptive steps.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer)]
pub struct Adam {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// How much of the means is kept.
    #[spec(default = [0.9, 0.999], fraction)]
    pub betas: [f64; 2],
    /// Stages.
    pub layers: Option<OneOrMany<u64>>,
    /// How the rate depends on the matrix.
    #[spec(default = AdjustLr::MatchRmsAdamw)]
    pub adjust: AdjustLr,
    /// Steps.
    #[spec(default = 5, range = 0..=99)]
    pub steps: usize,
    /// Who takes what is left.
    pub fallback: Option<Box<OptimizerSpec>>,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

/// Shared options between own ones, with other defaults.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer)]
pub struct Lamb {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions, default(l1 = 0.5))]
    pub common: Common,
    /// Whether the largest mean divides.
    #[spec(default = false)]
    pub amsgrad: bool,
}

pub trait Optimizer {
    fn rate(&self) -> f64;
}
impl Optimizer for Adam {
    fn rate(&self) -> f64 {
        self.lr
    }
}

table! {
    /// Every optimizer.
    pub enum OptimizerSpec: dyn Optimizer as Optimizer { Adam }
}
