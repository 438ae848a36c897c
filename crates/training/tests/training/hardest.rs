//! The samples with the greatest losses.

use crate::common::{Watch, model, moons, named, plan};
use relume_losses::LossSpec;
use relume_training::task::Decoded;
use relume_training::{Interrupt, TrainError, evaluate, fit, hardest};
use serde_json::json;

#[test]
fn losses_are_those_of_each_sample_by_itself_the_greatest_first() {
    let data = moons();
    let plan = plan(&data, 3);
    let mut model = model();
    fit(&mut model, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
    let part = data.test();
    let found = hardest(&model, &part, &plan.loss, 5, &|_| true).unwrap();
    let alone = |index: usize| {
        evaluate(&model, &part.slice(index, index + 1).unwrap(), &plan.loss).unwrap().loss
    };
    let all: Vec<f32> = (0..part.len()).map(alone).collect();
    let mut sorted = all.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    assert_eq!((found.hardest.len(), found.samples), (5, part.len()));
    for (own, wanted) in found.hardest.iter().zip(&sorted) {
        assert!((own.loss - wanted).abs() < 1e-5, "{} {wanted}", own.loss);
        assert!((all[own.index] - own.loss).abs() < 1e-5);
    }
    let mean = f64::from(evaluate(&model, &part, &plan.loss).unwrap().loss);
    assert!((found.mean - mean).abs() < 1e-5, "{} {mean}", found.mean);
    // What is said belongs to the same samples.
    let Decoded::Classes(said) = &found.predictions.decoded else { panic!("classes") };
    for ((own, truth), said) in
        found.hardest.iter().zip(said.truth.as_ref().unwrap()).zip(&said.samples)
    {
        assert_eq!(part.class_of(own.index).unwrap().0, *truth);
        let probability = said.scores[*truth];
        assert!((own.loss + probability.ln()).abs() < 1e-3, "{} {probability}", own.loss);
    }
}

#[test]
fn a_class_with_a_weight_has_losses_times_it_and_their_mean_is_that_of_an_evaluation() {
    let data = moons();
    let mut model = model();
    let plan = plan(&data, 2);
    fit(&mut model, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
    let part = data.test();
    let loss = |options: &serde_json::Value| {
        LossSpec::from_arguments("cross_entropy", vec![], named(options)).unwrap()
    };
    let of = |options: serde_json::Value| {
        let loss = loss(&options);
        let found = hardest(&model, &part, &loss, usize::MAX, &|_| true).unwrap();
        (found, f64::from(evaluate(&model, &part, &loss).unwrap().loss))
    };
    let (plain, _) = of(json!({}));
    let (weighted, evaluated) = of(json!({ "weight": [0.5, 4.0] }));
    assert!((weighted.mean - evaluated).abs() < 1e-5, "{} {evaluated}", weighted.mean);
    for own in &weighted.hardest {
        let weight = [0.5, 4.0][part.class_of(own.index).unwrap().0];
        let wanted = plain.hardest.iter().find(|plain| plain.index == own.index).unwrap().loss;
        assert!((own.loss - weight * wanted).abs() < 1e-5 * weight * wanted.max(1.0));
    }
    // A sum weighs each class already.
    let (summed, _) = of(json!({ "weight": [0.5, 4.0], "reduction": "sum" }));
    for (own, wanted) in summed.hardest.iter().zip(&weighted.hardest) {
        assert!((own.loss - wanted.loss).abs() < 1e-5 * wanted.loss.max(1.0));
    }
}

#[test]
fn it_stops_and_refuses() {
    let data = moons();
    let plan = plan(&data, 1);
    let mut own = model();
    let unbuilt = hardest(&own, &data.test(), &plan.loss, 5, &|_| true);
    assert!(matches!(unbuilt, Err(TrainError::NotBuilt)), "{unbuilt:?}");
    fit(&mut own, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
    let stopped = hardest(&own, &data.test(), &plan.loss, 5, &|_| false);
    assert!(matches!(stopped, Err(TrainError::Interrupted)), "{stopped:?}");
    let all = hardest(&own, &data.test(), &plan.loss, usize::MAX, &|_| true).unwrap();
    assert_eq!(all.hardest.len(), data.test().len());
}
