//! A network on data, looked into: what it is like at every place, and what the rules find.

use crate::facts::{
    DataFacts, ParameterFacts, PassFacts, PlaceFacts, RecurrentFacts, Seen, StepFacts,
};
use crate::prepared::{Found, Prepared};
use crate::rules::settled;
use crate::{Finding, Names, Needs, RuleSpec};
use relume_catalog::Entry;
use relume_datasets::Part;
use relume_training::{Baseline, Model, TrainError};
use serde::Serialize;
use std::sync::Arc;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Samples of the batch that passes forward and backward; 256 by default, or as many as in a batch of training
    /// where what the layers give for 256 takes more than 64 MiB.
    pub samples: Option<usize>,
    /// Rules that are left out.
    pub ignore: Vec<RuleSpec>,
    /// What network and data are called, for the statements of cures.
    pub names: Names,
    /// What the samples are like, if [`DataFacts::of`] was asked about the data as the model takes them before.
    pub facts: Option<Arc<DataFacts>>,
}

impl Options {
    /// Whether a rule is left out.
    pub(crate) fn ignores(&self, rule: &Entry) -> bool {
        self.ignore.iter().any(|own| own.entry().name == rule.name)
    }
}

/// What a network is like on data.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Samples of the batch.
    pub samples: usize,
    /// Samples over which dead, rare and saturated units were counted.
    pub counted: usize,
    /// Samples of the train part.
    pub train: usize,
    /// The loss of the batch.
    pub loss: f32,
    /// What the best constant outputs reach on the train part.
    pub constant: Option<Baseline>,
    /// The optimizer.
    pub optimizer: String,
    /// The samples of a batch in training.
    pub batch: usize,
    /// Every stage and part of one.
    pub places: Vec<PlaceFacts>,
    /// The trained parameters.
    pub parameters: Vec<ParameterReport>,
    /// The recurrent layers.
    pub recurrent: Vec<RecurrentFacts>,
    /// Why there was no step of the optimizer, if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_step: Option<String>,
    /// How many rules looked at it.
    pub rules: usize,
    /// What they found, the gravest first.
    pub findings: Vec<Finding>,
}

/// A trained parameter.
#[derive(Clone, Debug, Serialize)]
pub struct ParameterReport {
    /// What a pass shows.
    #[serde(flatten)]
    pub pass: ParameterFacts,
    /// By how much one step of the optimizer changes it: norm(after - before) / norm(before).
    pub update: Option<f64>,
}

/// Looks into a model on a part of a data set: a batch passes forward and backward, and one step is made, all on
/// clones.
///
/// # Errors
/// Data that the model does not take, or too little memory for the batch.
pub fn inspect(model: &Model, part: &Part, options: &Options) -> Result<Inspection, TrainError> {
    let (prepared, part) = Prepared::of_part(model, part)?;
    let Prepared { model, data, plan, task } = &prepared;
    let found = Found {
        pass: Some(PassFacts::of(&prepared, &part, prepared.samples(options.samples)?)?),
        step: Some(StepFacts::of(model, data, plan)),
        baselines: task.baselines(data, plan.sampler)?.into(),
        samples: prepared.facts(options.facts.as_ref())?,
    };
    let seen = prepared.seen(&options.names, &found)?;
    let (rules, findings) = run_rules(&seen, options, |_| true);
    let (Some(pass), Some(step)) = (found.pass, found.step) else {
        return Err(TrainError::NotBuilt);
    };
    let report =
        |own: ParameterFacts| ParameterReport { update: step.update(&own.name), pass: own };
    Ok(Inspection {
        samples: pass.samples,
        counted: pass.counted,
        train: data.train().len(),
        loss: pass.loss,
        constant: found.baselines.into_inner().and_then(|own| own.train),
        optimizer: plan.optimizer.to_string(),
        batch: plan.batch,
        parameters: pass.parameters.into_iter().map(report).collect(),
        places: pass.places,
        recurrent: pass.recurrent,
        no_step: step.refused.clone(),
        rules,
        findings,
    })
}

/// Runs rules; returns how many, and what is left of their findings.
pub(crate) fn run_rules(
    seen: &Seen<'_>,
    options: &Options,
    wanted: impl Fn(Needs) -> bool,
) -> (usize, Vec<Finding>) {
    let rules = RuleSpec::all().into_iter().filter(|rule| !options.ignores(rule.entry()));
    let rules: Vec<RuleSpec> = rules.filter(|rule| wanted(rule.inner().needs())).collect();
    let findings = rules.iter().flat_map(|rule| rule.inner().run(seen)).collect();
    (rules.len(), settled(findings))
}
