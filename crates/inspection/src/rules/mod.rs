//! The rules: what networks, data and plans are looked at for. One file each; all of them in one table.

mod batchnorm_last_batch;
mod batchnorm_small_batch;
mod class_imbalance;
mod collapsed_output;
mod constant_input;
mod contradictory_labels;
mod dead_units;
mod double_softmax;
mod duplicates;
mod exploding_gradient;
mod exploding_signal;
mod forgets;
mod initial_loss;
mod leak;
mod lost_signal;
mod low_rank;
mod memorising;
mod no_better_than_constant;
mod no_gradient;
mod no_nonlinearity;
mod not_finite;
mod order;
mod output_range;
mod overfitting;
mod padding_unmasked;
mod plateau;
mod rate_too_high;
mod rate_too_low;
mod redundant_bias;
mod redundant_log_softmax;
mod saturated_gates;
mod saturation;
mod symmetry;
mod too_few_samples;
mod train_use_gap;
mod underfitting;
mod unscaled_input;
mod unscaled_target;
mod unused_words;
mod vanishing_gradient;
mod wrong_loss;

pub(crate) use order::settled;

use crate::Finding;
use crate::facts::Seen;
use relume_catalog::table;

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The network and the plan.
    Spec,
    /// The samples and targets.
    Data,
    /// A batch on its way through the network and back.
    Pass,
    /// A step of the optimizer.
    Step,
    /// The epochs so far.
    History,
}

/// A rule.
pub trait Check {
    /// What it looks at, beside the network and the plan.
    fn needs(&self) -> Needs;

    /// What it finds, each finding with all its places.
    fn run(&self, seen: &Seen<'_>) -> Vec<Finding>;
}

macro_rules! rules {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(pub use $module::$name;)*

        table! {
            /// Every rule, the gravest causes first.
            pub enum RuleSpec: dyn Check as Rule { $($name),* }
        }

        impl RuleSpec {
            /// All of them.
            pub fn all() -> Vec<RuleSpec> {
                vec![$($name {}.into()),*]
            }
        }
    };
}

rules! {
    // A pass.
    not_finite::NotFinite, symmetry::Symmetry, dead_units::DeadUnits, collapsed_output::CollapsedOutput,
    exploding_signal::ExplodingSignal, lost_signal::LostSignal, no_gradient::NoGradient,
    vanishing_gradient::VanishingGradient, exploding_gradient::ExplodingGradient, saturation::Saturation,
    forgets::Forgets, saturated_gates::SaturatedGates, train_use_gap::TrainUseGap, initial_loss::InitialLoss,
    low_rank::LowRank,
    // A step.
    rate_too_high::RateTooHigh, rate_too_low::RateTooLow,
    // The network and the plan.
    batchnorm_last_batch::BatchnormLastBatch, wrong_loss::WrongLoss, double_softmax::DoubleSoftmax,
    output_range::OutputRange, no_nonlinearity::NoNonlinearity, batchnorm_small_batch::BatchnormSmallBatch,
    redundant_log_softmax::RedundantLogSoftmax, redundant_bias::RedundantBias,
    // The data.
    leak::Leak, contradictory_labels::ContradictoryLabels, unscaled_target::UnscaledTarget,
    unscaled_input::UnscaledInput, padding_unmasked::PaddingUnmasked, class_imbalance::ClassImbalance,
    duplicates::Duplicates, constant_input::ConstantInput, too_few_samples::TooFewSamples,
    unused_words::UnusedWords,
    // The epochs so far.
    overfitting::Overfitting, memorising::Memorising, no_better_than_constant::NoBetterThanConstant,
    underfitting::Underfitting, plateau::Plateau,
}
