//! What a step takes: multiply-adds and memory by hand, and times that add up.

use relume_datasets::{Dataset, Split, Targets};
use relume_inspection::{Profile, ProfileOptions, profile};
use relume_layers::NetworkSpec;
use relume_tensor::{Shape, Tensor};
use relume_training::{Model, Plan};

/// 48 samples of this shape in two classes.
fn data(shape: &[usize]) -> Dataset {
    let sizes: Vec<usize> = [48].into_iter().chain(shape.iter().copied()).collect();
    let inputs = Tensor::from_fn(Shape::try_from(&sizes[..]).unwrap(), |i| (i as f32 * 0.7).sin());
    let names = vec!["a".to_string(), "b".to_string()];
    let targets = Targets::Classes { names, labels: (0..48).map(|i| i % 2).collect() };
    let split = Split { train: (0..48).collect(), ..Split::default() };
    Dataset::new("d", inputs, targets, split).unwrap()
}

fn measured(network: &str, shape: &[usize]) -> Profile {
    let data = data(shape);
    let model = Model::new(network.parse::<NetworkSpec>().unwrap(), 0);
    let before = model.clone();
    let found = profile(&model, &data.train(), &ProfileOptions { batch: Some(16), steps: 3 });
    assert_eq!(model.run(), before.run());
    found.unwrap()
}

/// The multiply-adds of the stage at a path.
fn products(found: &Profile, path: &str) -> u64 {
    let stage = found.stages.iter().find(|own| own.path == path);
    stage.unwrap_or_else(|| panic!("{path}: {:#?}", found.stages)).multiply_adds
}

#[test]
fn multiply_adds_are_those_of_the_products() {
    let found = measured(
        "conv2d(8, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(2)",
        &[3, 8, 8],
    );
    // 16 samples, 64 places, 8 channels of 3 x 3 x 3; 8 x 4 x 4 numbers to 2.
    assert_eq!(products(&found, "0"), 16 * 64 * 8 * 27);
    assert_eq!(products(&found, "4"), 16 * 128 * 2);
    assert_eq!(products(&found, "1"), 0);
    let found = measured("lstm(5, output=\"last\") -> dense(2)", &[7, 3]);
    let all: u64 = found.stages.iter().map(|own| own.multiply_adds).sum();
    // 7 steps of 4 gates of 5 units, from 3 inputs and 5 states.
    assert_eq!(all, 16 * 7 * 20 * 8 + 16 * 5 * 2);
    let found = measured("residual(dense(6) -> relu) -> dense(2)", &[6]);
    assert_eq!(products(&found, "0.body.0"), 16 * 36);
    assert_eq!(products(&found, "1"), 16 * 12);
    let found = measured(
        "conv2d(4, 3, groups=2) -> conv_transpose2d(6, 2, stride=2) -> flatten -> dense(2)",
        &[2, 4, 4],
    );
    assert_eq!(products(&found, "0"), 16 * 4 * 4 * 9);
    // Each of 4 x 2 x 2 numbers goes to 6 x 2 x 2.
    assert_eq!(products(&found, "1"), 16 * 16 * 24);
}

#[test]
fn times_shares_and_memory_add_up() {
    let network = "dense(32) -> batchnorm -> gelu -> dropout(0.2) -> dense(2)";
    let found = measured(network, &[10]);
    assert_eq!((found.batch, found.steps), (16, 3));
    let share: f64 = found.stages.iter().map(|own| own.share).sum();
    assert!((share - 1.0).abs() < 1e-9, "{share}");
    assert_eq!(found.stages.last().map(|own| own.path.as_str()), Some("loss"));
    let figures = [found.step, found.data, found.optimizer, found.samples_per_second];
    assert!(figures.iter().all(|own| own.is_finite() && *own >= 0.0) && found.step > 0.0);
    // 10 x 32 + 32, batch norm's 2 x 32 with 2 x 32 and the count of its buffers, 32 x 2 + 2.
    let trained = 4 * (352 + 64 + 66);
    assert_eq!(found.memory.gradients, trained);
    assert!(found.memory.parameters >= trained + 4 * 64);
    // adam keeps two numbers for each.
    assert_eq!(found.memory.optimizer, 2 * trained);
    assert!(found.memory.activations >= 4 * 16 * (4 * 32 + 2));
    let trace = found.trace();
    let events = trace["traceEvents"].as_array().unwrap();
    assert_eq!(events.len(), 2 * found.stages.len() + 2);
    assert!(events.iter().all(|own| own["ph"] == "X" && own["dur"].is_number()));
}

#[test]
fn a_plan_that_cannot_be_measured_says_why() {
    let data = data(&[4]);
    let model = Model::new("dense(2)".parse().unwrap(), 0);
    let lbfgs = relume_optimizers::OptimizerSpec::from_arguments("lbfgs", vec![], vec![]).unwrap();
    let plan = Plan { optimizer: lbfgs, ..Plan::for_data(&data, 1) };
    let mut model = model;
    let interrupt = relume_training::Interrupt::default();
    relume_training::fit(&mut model, &data, &plan, &mut relume_training::Silent, &interrupt)
        .unwrap();
    let error = profile(&model, &data.train(), &ProfileOptions::default()).unwrap_err();
    assert!(error.to_string().contains("lbfgs"), "{error}");
}
