//! A network on data, looked into: what it is like at every place, and what the rules find.

use crate::facts::{
    DataFacts, ParameterFacts, PassFacts, PlaceFacts, RecurrentFacts, Seen, StepFacts,
};
use crate::rules::settled;
use crate::{Finding, Names, Needs, RuleSpec};
use relume_catalog::Entry;
use relume_datasets::{Dataset, Part, Prepared};
use relume_training::{Baseline, Model, Plan, Task, TrainError};
use serde::Serialize;

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// Samples of the batch that passes forward and backward.
    pub samples: usize,
    /// Rules that are left out.
    pub ignore: Vec<RuleSpec>,
    /// What network and data are called, for the statements of cures.
    pub names: Names,
}

impl Default for Options {
    fn default() -> Self {
        Options { samples: 256, ignore: Vec::new(), names: Names::default() }
    }
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
/// Data that the model does not take.
pub fn inspect(model: &Model, part: &Part, options: &Options) -> Result<Inspection, TrainError> {
    let mut model = model.clone();
    let (part, _) = model.prepare_part(part)?;
    let data = part.data().clone();
    let plan = plan_of(&model, &data);
    model.build(data.sample_shape())?;
    let network = model.network().ok_or(TrainError::NotBuilt)?;
    let task = Task::new(network, &data, &plan.loss)?;
    let pass = PassFacts::of(network, &task, &part, options.samples)?;
    let step = StepFacts::of(&model, &data, &plan);
    let baseline = task.baseline(&data.train(), &data.train())?;
    let held_out = held_out_baseline(&task, &data)?;
    let samples = DataFacts::of(&data)?;
    let seen = Seen {
        network,
        data: &data,
        plan: &plan,
        run: model.run(),
        names: &options.names,
        samples: &samples,
        baseline: baseline.as_ref(),
        held_out_baseline: held_out.as_ref(),
        pass: Some(&pass),
        step: Some(&step),
    };
    let (rules, findings) = run_rules(&seen, options, |_| true);
    let report =
        |own: ParameterFacts| ParameterReport { update: step.update(&own.name), pass: own };
    Ok(Inspection {
        samples: pass.samples,
        counted: pass.counted,
        train: data.train().len(),
        loss: pass.loss,
        constant: baseline.clone(),
        optimizer: plan.optimizer.to_string(),
        batch: plan.batch,
        parameters: pass.parameters.iter().cloned().map(report).collect(),
        places: pass.places.clone(),
        recurrent: pass.recurrent.clone(),
        no_step: step.refused.clone(),
        rules,
        findings,
    })
}

/// What a constant reaches on the validation part, or on the test part without one.
pub(crate) fn held_out_baseline(
    task: &Task,
    data: &Dataset,
) -> Result<Option<Baseline>, TrainError> {
    let validation = data.validation();
    let part = if validation.is_empty() { data.test() } else { validation };
    task.baseline(&data.train(), &part)
}

/// The plan by which a model was trained last, or would be trained next.
pub(crate) fn plan_of(model: &Model, data: &Dataset) -> Plan {
    model.run().plan.clone().unwrap_or_else(|| Plan::next(model, data, None))
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

/// A data set as a model takes it, and the model built for it.
pub(crate) fn prepared(model: &Model, data: &Dataset) -> Result<(Model, Dataset), TrainError> {
    let mut model = model.clone();
    let Prepared { data, .. } = model.prepare(data)?;
    model.build(data.sample_shape())?;
    Ok((model, data))
}
