//! Training steps and sums on several processes; benches/scaling.py starts it by mpirun, beside PyTorch.
//!
//! One JSON line for each measurement, from rank 0. `us` is the time of a step, `sum_us` what its sums over the ranks
//! took, `wait_us` how long the step waited for them after its backward pass.

mod common;

use common::workloads::WORKLOADS;
use relume_datasets::{Dataset, Split, Targets};
use relume_layers::NetworkSpec;
use relume_optimizers::rules::Sgd;
use relume_tensor::{Rng, Shape, Tensor, threads};
use relume_training::group::Group;
use relume_training::{Interrupt, Model, Plan, Silent, fit};
use serde_json::json;
use std::time::Instant;

const NETWORKS: [&str; 3] = ["mnistmlp", "cnn", "lstm"];
/// Steps of the warm-up, and of each repetition.
const STEPS: usize = 20;
const REPETITIONS: usize = 5;
const SUMS: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

fn main() {
    let membership = relume_mpi::join().expect("MPI");
    let group = membership.as_ref().map_or_else(Group::default, |own| own.group().clone());
    threads::set_threads(1).expect("a thread");
    group.within(|| {
        SUMS.into_iter().for_each(|numbers| sum(&group, numbers));
        for name in NETWORKS {
            for shards in [group.size(), 8] {
                train(&group, name, shards);
            }
        }
    });
    if let Some(membership) = membership {
        membership.leave();
    }
}

/// Samples like those of a workload, so many batches of them.
fn data(sample: &[usize], samples: usize, classes: usize) -> Dataset {
    let mut rng = Rng::new(3);
    let shape = Shape::new(sample).expect("a shape").with_batch(samples).expect("a shape");
    let inputs = Tensor::from_fn(shape, |_| rng.normal());
    let names = (0..classes).map(|class| class.to_string()).collect();
    let labels = (0..samples).map(|i| i % 2).collect();
    let split = Split { train: (0..samples).collect(), validation: vec![], test: vec![] };
    Dataset::new("noise", inputs, Targets::Classes { names, labels }, split).expect("data")
}

fn train(group: &Group, name: &str, shards: usize) {
    let workload = WORKLOADS.iter().find(|own| own.name == name).expect("a workload");
    let (network, classes) = match name {
        "lstm" => ("lstm(120, layers=3, output=\"last\") -> dense(2)", 2),
        _ => (workload.network, 10),
    };
    let data = data(workload.sample, workload.batch * STEPS, classes);
    let mut model = Model::new(network.parse::<NetworkSpec>().expect("a network"), 1);
    let plan = Plan { batch: workload.batch, shards, ..Plan::for_data(&data, 1) };
    let plan = Plan { optimizer: Sgd::new().lr(0.01).into(), ..plan };
    let mut epoch = || {
        let (sums, waits) = (group.traffic().summing(), group.traffic().waiting());
        let began = Instant::now();
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).expect("a training");
        let each = |seconds: f64| seconds / STEPS as f64 * 1e6;
        [
            each(began.elapsed().as_secs_f64()),
            each((group.traffic().summing() - sums).as_secs_f64()),
            each((group.traffic().waiting() - waits).as_secs_f64()),
        ]
    };
    epoch();
    let before = group.traffic().numbers();
    let mut times: Vec<[f64; 3]> = (0..REPETITIONS).map(|_| epoch()).collect();
    let numbers = (group.traffic().numbers() - before) as usize / (REPETITIONS * STEPS);
    times.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let [us, sum_us, wait_us] = times[REPETITIONS / 2];
    tell(
        group,
        json!({
            "workload": name, "ranks": group.size(), "shards": shards, "us": us, "sum_us": sum_us,
            "wait_us": wait_us, "bytes": 4 * numbers,
        }),
    );
}

fn sum(group: &Group, numbers: usize) {
    let one = || {
        let own = vec![1.0; numbers];
        group.barrier("a measurement").expect("the others");
        let began = Instant::now();
        let sums = group.sum(own).expect("a sum");
        assert_eq!(sums[0], group.size() as f32);
        began.elapsed().as_secs_f64() * 1e6
    };
    one();
    let mut times: Vec<f64> = (0..11).map(|_| one()).collect();
    times.sort_by(f64::total_cmp);
    tell(group, json!({ "sum": 4 * numbers, "ranks": group.size(), "us": times[5] }));
}

fn tell(group: &Group, line: serde_json::Value) {
    if group.is_first() {
        println!("{line}");
    }
}
