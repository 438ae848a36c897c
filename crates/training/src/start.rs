//! What a run began with, and how it differs from what it is to go on with.

use crate::{Model, Plan, TrainError};
use relume_datasets::Dataset;
use relume_layers::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Display;

/// What a run began with. Two runs that began with the same end in the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStart {
    /// The network as text.
    network: String,
    /// Its stages, as text.
    stages: Vec<String>,
    /// The seed of its random numbers.
    seed: u64,
    /// A hash of the weights that were there before; in a fresh network without a given input there are none.
    weights: u64,
    /// Steps of the model before.
    step: u64,
    /// The plan as it was given.
    plan: Plan,
    data: DataStart,
}

/// The data that a run began with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct DataStart {
    name: String,
    /// Samples of the train, the validation and the test part.
    samples: [usize; 3],
    /// The shape of a sample.
    shape: Vec<usize>,
    /// Their augmentations, as text.
    augmentations: Vec<String>,
    /// [`Dataset::fingerprint`].
    fingerprint: u64,
}

impl DataStart {
    fn of(data: &Dataset, fingerprint: u64) -> Self {
        DataStart {
            name: data.name().to_string(),
            samples: [data.train().len(), data.validation().len(), data.test().len()],
            shape: data.sample_shape().to_vec(),
            augmentations: data.augmentations().iter().map(ToString::to_string).collect(),
            fingerprint,
        }
    }
}

impl RunStart {
    /// What a run of this model on these data begins with. All samples are read for it once.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn of(model: &Model, data: &Dataset, plan: &Plan) -> Result<Self, TrainError> {
        Ok(Self::with_data(model, data, plan, data.fingerprint()?))
    }

    /// The same with a fingerprint of all but the samples, none of which are read.
    pub(crate) fn outline(model: &Model, data: &Dataset, plan: &Plan) -> Self {
        Self::with_data(model, data, plan, data.outline_fingerprint())
    }

    fn with_data(model: &Model, data: &Dataset, plan: &Plan, fingerprint: u64) -> Self {
        RunStart {
            network: model.spec().to_string(),
            stages: model.spec().layers.iter().map(ToString::to_string).collect(),
            seed: model.seed(),
            weights: weights_hash(model),
            step: model.run().step,
            plan: plan.clone(),
            data: DataStart::of(data, fingerprint),
        }
    }

    /// The data's name, samples of the three parts, shape of a sample, augmentations, and fingerprint.
    pub(crate) fn data(&self) -> (&str, [usize; 3], &[usize], &[String], u64) {
        let DataStart { name, samples, shape, augmentations, fingerprint } = &self.data;
        (name, *samples, shape, augmentations, *fingerprint)
    }

    /// The plan as it was given.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether the model is the one that the run has got to, as `reached` holds it, instead of one that begins it.
    pub fn is_reached_by(&self, reached: &Model, model: &Model) -> bool {
        let place = |model: &Model| (model.run().epoch, model.run().batch, model.run().step);
        model.run().step > 0
            && place(model) == place(reached)
            && weights_hash(model) == weights_hash(reached)
    }

    /// How a start differs from this one, each difference as a sentence without its end: `lr was 0.001 and is 0.01`.
    /// Further metrics are no difference: they are only looked at.
    pub fn differences(&self, now: &RunStart, is_reached: bool) -> Vec<String> {
        let mut found = Vec::new();
        self.network_differences(now, is_reached, &mut found);
        plan_differences(&self.plan, &now.plan, &mut found);
        self.data.differences(&now.data, &mut found);
        found
    }

    fn network_differences(&self, now: &RunStart, is_reached: bool, found: &mut Vec<String>) {
        if self.network != now.network {
            let stages = self.stages.iter().zip(&now.stages).enumerate();
            let other = stages.filter(|(_, (was, is))| was != is);
            let other: Vec<String> = other
                .map(|(at, (was, is))| differs(&format!("stage {at} of the network"), was, is))
                .collect();
            match other.is_empty() || self.stages.len() != now.stages.len() {
                true => found.push(differs("the network", &self.network, &now.network)),
                false => found.extend(other),
            }
        }
        if self.seed != now.seed {
            found.push(differs("the seed", self.seed, now.seed));
        }
        let is_same_start = (self.weights, self.step) == (now.weights, now.step);
        if found.is_empty() && !is_same_start && !is_reached {
            found.push("the network has other weights than it began with".to_string());
        }
    }
}

impl DataStart {
    fn differences(&self, now: &DataStart, found: &mut Vec<String>) {
        let before = found.len();
        for (part, (was, is)) in
            ["train", "validation", "test"].iter().zip(self.samples.iter().zip(now.samples))
        {
            if *was != is {
                found.push(differs(&format!("the number of {part} samples"), was, is));
            }
        }
        if self.shape != now.shape {
            let text = |shape: &[usize]| {
                let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
                sizes.join("x")
            };
            found.push(differs("the shape of a sample", text(&self.shape), text(&now.shape)));
        }
        if self.augmentations != now.augmentations {
            let text = |own: &[String]| match own.is_empty() {
                true => "none".to_string(),
                false => own.join(" -> "),
            };
            let (was, is) = (text(&self.augmentations), text(&now.augmentations));
            found.push(differs("the augmentation", was, is));
        }
        if found.len() == before && self.fingerprint != now.fingerprint {
            found.push(match self.name == now.name {
                true => format!("the contents of {} have changed", self.name),
                false => differs("the data set", &self.name, &now.name),
            });
        }
    }
}

fn differs(what: &str, was: impl Display, is: impl Display) -> String {
    format!("{what} was {was} and is {is}")
}

/// How two plans differ: option by option, and of specifications of one name by their own options. What is only looked
/// at is no difference.
pub(crate) fn plan_differences(was: &Plan, is: &Plan, found: &mut Vec<String>) {
    if was.optimizer.entry().name == is.optimizer.entry().name {
        record_differences(&was.optimizer.arguments(), &is.optimizer.arguments(), found);
    } else {
        found.push(differs("the optimizer", &was.optimizer, &is.optimizer));
    }
    if was.loss != is.loss {
        found.push(differs("the loss", &was.loss, &is.loss));
    }
    if was.schedule != is.schedule {
        found.push(differs("the schedule", &was.schedule, &is.schedule));
    }
    // What is left is plain. Plans are always written as objects.
    if let [Some(was), Some(is)] = [was, is].map(words) {
        record_differences(&was, &is, found);
    }
}

/// The plain options of a plan, under the names that `train` has for them.
fn words(plan: &Plan) -> Option<Map<String, Value>> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(plan) else { return None };
    ["optimizer", "loss", "schedule", "early_stop", "metrics"]
        .iter()
        .for_each(|told| drop(all.remove(*told)));
    let done = all.remove("schedule_epochs").unwrap_or_default();
    all.insert("the number of epochs that the schedule has run before".to_string(), done);
    let stop = plan.early_stop;
    all.insert("early_stop".to_string(), stop.map(|stop| stop.patience).into());
    all.insert("min_delta".to_string(), stop.map(|stop| stop.min_delta).into());
    Some(all)
}

fn record_differences(was: &Map<String, Value>, is: &Map<String, Value>, found: &mut Vec<String>) {
    for (name, was) in was.iter() {
        let is = is.get(name).unwrap_or(&Value::Null);
        if was != is {
            found.push(differs(name, plain(was), plain(is)));
        }
    }
}

/// A value of an option as it is told.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "not given".to_string(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}

/// The FNV-1a hash of a model's parameters and buffers.
pub(crate) fn weights_hash(model: &Model) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u64| hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    for parameter in model.state().iter() {
        parameter.name.bytes().for_each(|byte| add(byte.into()));
        add(u64::from(parameter.frozen) | (u64::from(parameter.role == Role::Buffer) << 1));
        parameter.value.dims().iter().for_each(|&size| add(size as u64));
        parameter.value.data().iter().for_each(|x| add(x.to_bits().into()));
    }
    hash
}
