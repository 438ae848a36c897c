#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use relume_activations as activations;
pub use relume_autograd as autograd;
pub use relume_catalog as catalog;
pub use relume_datasets as datasets;
#[cfg(feature = "formats")]
pub use relume_formats as formats;
#[cfg(feature = "inspection")]
pub use relume_inspection as inspection;
pub use relume_layers as layers;
pub use relume_losses as losses;
pub use relume_optimizers as optimizers;
#[cfg(feature = "prompt")]
pub use relume_repl as repl;
#[cfg(feature = "inspection")]
pub use relume_report as report;
pub use relume_tensor as tensor;
#[cfg(feature = "tensorboard")]
pub use relume_tensorboard as tensorboard;
pub use relume_training as training;

/// What most programs use: `use relume::prelude::*;`.
pub mod prelude {
    pub use relume_activations::{ActivationSpec, Formula};
    pub use relume_autograd::{Tape, Var};
    pub use relume_catalog::Described;
    pub use relume_datasets::{Batches, Dataset, Part, Split, Targets};
    #[cfg(feature = "formats")]
    pub use relume_formats::{Csv, DataSpec, FramesOptions, RandomSplitOptions, Source};
    pub use relume_layers::conv::{ConvInitOptions, ConvOptions};
    pub use relume_layers::embedding::EmbeddingOptions;
    pub use relume_layers::recurrent::RecurrentOptions;
    pub use relume_layers::{LayerSpec, Mode, Network, NetworkSpec, Stage, Workspace};
    pub use relume_losses::{ClassWeightsOptions, LossSpec, ReductionOptions};
    pub use relume_optimizers::rules::{Adam, Adamw, CommonOptions, MomentsOptions, Sgd};
    pub use relume_optimizers::schedules::WarmupOptions;
    pub use relume_optimizers::{Optimizer, OptimizerSpec, ScheduleSpec};
    pub use relume_tensor::{Rng, Shape, Tensor};
    pub use relume_training::{
        Evaluation, Interrupt, Model, Observer, Outcome, Plan, Silent, evaluate, fit, load,
        predict, save,
    };
}

/// What a layer, an activation, a loss or an optimizer of one's own needs: `use relume::extend::*;`.
pub mod extend {
    pub use relume_activations::{Activation, ActivationSpec, Facts};
    pub use relume_autograd::{
        AutogradError, Backward, DerivativeOf, Elementwise, GradcheckOptions, GradcheckReport, Map,
        Op, OpRef, Saved, Tape, Var, gradcheck, ops,
    };
    pub use relume_catalog::{Choice, Described, RegistrationError, Spec};
    pub use relume_layers::{
        Builder, BuiltChain, InitializerSpec, InnerNetwork, InputMismatch, Layer, LayerError,
        LayerKind, LayerSpec, Mode, NetworkSpec, ParameterId, Parameters, Pass, Refusal, Stage,
        Workspace,
    };
    pub use relume_losses::{
        Expects, Loss, LossSpec, Pointwise, PointwiseLoss, Reduced, Reduction, ReductionOptions,
    };
    pub use relume_optimizers::rules::{Common, CommonOptions, Moments, MomentsOptions, Rule};
    pub use relume_optimizers::{OptimizerError, OptimizerSpec, Step};
    pub use relume_tensor::{Rng, Shape, Tensor};
    pub use std::sync::Arc;
}
