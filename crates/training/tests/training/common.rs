//! Small models, data and observers for the tests.

use relume_activations::ActivationSpec;
use relume_catalog::Value;
use relume_datasets::Dataset;
use relume_formats::DataSpec;
use relume_layers::{LayerSpec, NetworkSpec, Stage};
use relume_optimizers::{OptimizerSpec, ScheduleSpec};
use relume_training::{EpochRecord, Interrupt, Model, Observer, Plan, Progress};

/// 200 points in two half circles.
pub fn moons() -> Dataset {
    moons_of(200)
}

pub fn moons_of(samples: usize) -> Dataset {
    moons_tested(samples, 0.2)
}

/// Points of which this share is the test part.
pub fn moons_tested(samples: usize, test: f64) -> Dataset {
    let named = vec![("samples".to_string(), samples.into()), ("test".to_string(), test.into())];
    DataSpec::from_arguments("moons", vec![], named).unwrap().inner().load().unwrap()
}

/// A stage by its name, with one positional argument where there is one.
pub fn stage(name: &str, argument: Option<Value>) -> Stage {
    let positional: Vec<Value> = argument.into_iter().collect();
    match LayerSpec::find(name) {
        Some(_) => LayerSpec::from_arguments(name, positional, vec![]).unwrap().into(),
        None => ActivationSpec::from_arguments(name, positional, vec![]).unwrap().into(),
    }
}

/// Dense, batch norm, ReLU, dropout, dense: with buffers, and with something random in training.
pub fn model() -> Model {
    let layers = vec![
        stage("dense", Some(16.into())),
        stage("batchnorm", None),
        stage("relu", None),
        stage("dropout", Some(0.2.into())),
        stage("dense", Some(2.into())),
    ];
    Model::new(NetworkSpec::new(layers), 42)
}

pub fn plan(data: &Dataset, epochs: u64) -> Plan {
    Plan { batch: 16, ..Plan::for_data(data, epochs) }
}

pub fn sgd(lr: f64) -> OptimizerSpec {
    OptimizerSpec::from_arguments("sgd", vec![], vec![("lr".to_string(), lr.into())]).unwrap()
}

/// The arguments of a specification, given by name.
pub fn named(options: &serde_json::Value) -> Vec<(String, Value)> {
    let map = options.as_object().expect("arguments by name");
    map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

pub fn optimizer(name: &str, options: &serde_json::Value) -> OptimizerSpec {
    OptimizerSpec::from_arguments(name, vec![], named(options)).unwrap()
}

pub fn schedule(name: &str, options: &serde_json::Value) -> ScheduleSpec {
    ScheduleSpec::from_arguments(name, vec![], named(options)).unwrap()
}

/// The bits of all parameters and buffers.
pub fn bits(model: &Model) -> Vec<(String, Vec<u32>)> {
    let parameters = model.network().expect("a built network").parameters().iter();
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect();
    parameters.map(|(_, p)| (p.name.clone(), bits(p.value.data()))).collect()
}

/// Asks to stop after some batches, and records what it is told.
#[derive(Default)]
pub struct Watch {
    pub stop_after: Option<usize>,
    pub interrupt: Interrupt,
    pub batches: usize,
    pub epochs: Vec<EpochRecord>,
    pub warnings: Vec<String>,
    pub remarks: Vec<String>,
}

impl Observer for Watch {
    fn batch(&mut self, _: &Progress) {
        self.batches += 1;
        if Some(self.batches) == self.stop_after {
            self.interrupt.set();
        }
    }

    fn epoch(&mut self, _: &Progress, record: &EpochRecord, _: &str) {
        self.epochs.push(record.clone());
    }

    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_string());
    }

    fn warning(&mut self, text: &str) {
        self.warnings.push(text.to_string());
    }
}
