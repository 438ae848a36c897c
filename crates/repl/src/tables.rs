//! The tables of all kinds in one place, for look-ups by name.

use relume_activations::ActivationSpec;
use relume_catalog::{ArgumentError, Entry, Given, Kind, Value as Json};
use relume_datasets::AugmentationSpec;
use relume_formats::DataSpec;
use relume_inspection::RuleSpec;
use relume_layers::{InitializerSpec, LayerSpec, Stage};
use relume_losses::LossSpec;
use relume_optimizers::{GroupSpec, OptimizerSpec, ScheduleSpec};
use relume_training::{DistributionSpec, MetricSpec};
use std::fmt;

/// A specification of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Spec {
    /// A stage of a network.
    Stage(Stage),
    /// A loss.
    Loss(LossSpec),
    /// A metric.
    Metric(MetricSpec),
    /// An optimizer.
    Optimizer(OptimizerSpec),
    /// Options for some of the parameters.
    Group(GroupSpec),
    /// A learning-rate schedule.
    Schedule(ScheduleSpec),
    /// An initializer.
    Initializer(InitializerSpec),
    /// A source of data.
    Data(Box<DataSpec>),
    /// An augmentation.
    Augmentation(AugmentationSpec),
    /// A rule.
    Rule(RuleSpec),
    /// A distribution.
    Distribution(DistributionSpec),
}

/// The kinds whose names may be used in an expression, in the order of look-up.
pub const KINDS: [Kind; 12] = [
    Kind::Layer,
    Kind::Activation,
    Kind::Optimizer,
    Kind::Loss,
    Kind::Metric,
    Kind::Data,
    Kind::Augmentation,
    Kind::Group,
    Kind::Schedule,
    Kind::Initializer,
    Kind::Rule,
    Kind::Distribution,
];

/// The entries of a kind, those from outside included; commands and functions have theirs with their code.
pub fn entries(kind: Kind) -> Vec<&'static Entry> {
    match kind {
        Kind::Layer => LayerSpec::entries(),
        Kind::Activation => ActivationSpec::entries(),
        Kind::Loss => LossSpec::entries(),
        Kind::Metric => MetricSpec::entries(),
        Kind::Optimizer => OptimizerSpec::entries(),
        Kind::Group => GroupSpec::entries(),
        Kind::Schedule => ScheduleSpec::entries(),
        Kind::Initializer => InitializerSpec::entries(),
        Kind::Data => DataSpec::entries(),
        Kind::Augmentation => AugmentationSpec::entries(),
        Kind::Rule => RuleSpec::entries(),
        Kind::Distribution => DistributionSpec::entries(),
        Kind::Command => crate::commands::ENTRIES.to_vec(),
        Kind::Function => crate::eval::FUNCTION_ENTRIES.to_vec(),
    }
}

/// The entry of a kind with this name.
pub fn find(kind: Kind, name: &str) -> Option<&'static Entry> {
    entries(kind).into_iter().find(|entry| entry.answers_to(name))
}

/// Builds a specification of a kind from arguments as they were given.
pub fn build(
    kind: Kind,
    name: &str,
    positional: Vec<Given>,
    named: Vec<(String, Given)>,
) -> Result<Spec, ArgumentError> {
    Ok(match kind {
        Kind::Layer => Spec::Stage(LayerSpec::from_given(name, positional, named)?.into()),
        Kind::Activation => {
            Spec::Stage(ActivationSpec::from_given(name, positional, named)?.into())
        }
        Kind::Loss => Spec::Loss(LossSpec::from_given(name, positional, named)?),
        Kind::Metric => Spec::Metric(MetricSpec::from_given(name, positional, named)?),
        Kind::Optimizer => Spec::Optimizer(OptimizerSpec::from_given(name, positional, named)?),
        Kind::Group => Spec::Group(GroupSpec::from_given(name, positional, named)?),
        Kind::Schedule => Spec::Schedule(ScheduleSpec::from_given(name, positional, named)?),
        Kind::Initializer => {
            Spec::Initializer(InitializerSpec::from_given(name, positional, named)?)
        }
        Kind::Data => Spec::Data(Box::new(DataSpec::from_given(name, positional, named)?)),
        Kind::Augmentation => {
            Spec::Augmentation(AugmentationSpec::from_given(name, positional, named)?)
        }
        Kind::Rule => Spec::Rule(RuleSpec::from_given(name, positional, named)?),
        Kind::Distribution => {
            Spec::Distribution(DistributionSpec::from_given(name, positional, named)?)
        }
        Kind::Command | Kind::Function => return Err(ArgumentError::unknown_name(name, &[])),
    })
}

impl Spec {
    /// Its kind, with an article.
    pub fn kind(&self) -> &'static str {
        match self {
            Spec::Stage(_) => "a layer",
            Spec::Loss(_) => "a loss",
            Spec::Metric(_) => "a metric",
            Spec::Optimizer(_) => "an optimizer",
            Spec::Group(_) => "a parameter group",
            Spec::Schedule(_) => "a schedule",
            Spec::Initializer(_) => "an initializer",
            Spec::Data(_) => "a data set",
            Spec::Augmentation(_) => "an augmentation",
            Spec::Rule(_) => "a rule",
            Spec::Distribution(_) => "a distribution",
        }
    }

    /// Its description.
    pub fn entry(&self) -> &'static Entry {
        match self {
            Spec::Stage(spec) => spec.entry(),
            Spec::Loss(spec) => spec.entry(),
            Spec::Metric(spec) => spec.entry(),
            Spec::Optimizer(spec) => spec.entry(),
            Spec::Group(spec) => spec.entry(),
            Spec::Schedule(spec) => spec.entry(),
            Spec::Initializer(spec) => spec.entry(),
            Spec::Data(spec) => spec.entry(),
            Spec::Augmentation(spec) => spec.entry(),
            Spec::Rule(spec) => spec.entry(),
            Spec::Distribution(spec) => spec.entry(),
        }
    }

    /// The specification as an argument of another one, which uses it unchanged.
    pub fn given(self) -> Given {
        match self {
            Spec::Stage(Stage::Layer(spec)) => Given::built(spec),
            Spec::Stage(Stage::Activation(spec)) => Given::built(spec),
            Spec::Loss(spec) => Given::built(spec),
            Spec::Metric(spec) => Given::built(spec),
            Spec::Optimizer(spec) => Given::built(spec),
            Spec::Group(spec) => Given::built(spec),
            Spec::Schedule(spec) => Given::built(spec),
            Spec::Initializer(spec) => Given::built(spec),
            Spec::Data(spec) => Given::built(*spec),
            Spec::Augmentation(spec) => Given::built(spec),
            Spec::Rule(spec) => Given::built(spec),
            Spec::Distribution(spec) => Given::built(spec),
        }
    }

    /// The specification as JSON.
    pub fn json(&self) -> Json {
        use serde_json::json;
        match self {
            Spec::Stage(spec) => json!(spec),
            Spec::Loss(spec) => json!(spec),
            Spec::Metric(spec) => json!(spec),
            Spec::Optimizer(spec) => json!(spec),
            Spec::Group(spec) => json!(spec),
            Spec::Schedule(spec) => json!(spec),
            Spec::Initializer(spec) => json!(spec),
            Spec::Data(spec) => json!(spec),
            Spec::Augmentation(spec) => json!(spec),
            Spec::Rule(spec) => json!(spec),
            Spec::Distribution(spec) => json!(spec),
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Stage(spec) => spec.fmt(f),
            Spec::Loss(spec) => spec.fmt(f),
            Spec::Metric(spec) => spec.fmt(f),
            Spec::Optimizer(spec) => spec.fmt(f),
            Spec::Group(spec) => spec.fmt(f),
            Spec::Schedule(spec) => spec.fmt(f),
            Spec::Initializer(spec) => spec.fmt(f),
            Spec::Data(spec) => spec.fmt(f),
            Spec::Augmentation(spec) => spec.fmt(f),
            Spec::Rule(spec) => spec.fmt(f),
            Spec::Distribution(spec) => spec.fmt(f),
        }
    }
}
