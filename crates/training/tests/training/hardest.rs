//! The samples with the greatest losses.

use crate::common::{Watch, model, moons, plan};
use relume_training::task::Decoded;
use relume_training::{Interrupt, TrainError, evaluate, fit, hardest};

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
