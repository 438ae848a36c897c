//! Numbers that are no longer finite: the origin is named, and finite weights are kept.

use crate::common::{bits, model, moons, plan, sgd, stage};
use relume_layers::NetworkSpec;
use relume_training::{Divergence, Interrupt, Model, Plan, Silent, TrainError, fit};

fn diverge(model: &mut Model, plan: &Plan) -> Divergence {
    match fit(model, &moons(), plan, &mut Silent, &Interrupt::default()) {
        Err(TrainError::Diverged(divergence)) => *divergence,
        other => panic!("{other:?}"),
    }
}

fn is_finite(model: &Model) -> bool {
    let parameters = model.network().unwrap().parameters();
    parameters.iter().all(|(_, parameter)| parameter.value.is_finite())
}

#[test]
fn a_learning_rate_far_too_large_is_named_with_its_step_and_finite_weights_stay() {
    let layers =
        vec![stage("dense", Some(8.into())), stage("relu", None), stage("dense", Some(2.into()))];
    let mut model = Model::new(NetworkSpec::new(layers), 42);
    let plan = Plan { optimizer: sgd(1e20), ..plan(&moons(), 3) };
    let divergence = diverge(&mut model, &plan);
    assert!(is_finite(&model));
    assert_eq!((divergence.epoch, divergence.step), (1, divergence.batch));
    assert!(divergence.step > 1, "the first step is still finite: {divergence:?}");
    assert!(
        divergence.place.contains("stage") || divergence.place.contains("gradient"),
        "{divergence:?}"
    );
}

#[test]
fn a_weight_that_is_not_finite_is_found() {
    let mut model = model();
    let network = model.build(2.into()).unwrap();
    let id = network.parameters().find("4.bias").unwrap();
    network.parameters_mut().get_mut(id).value.data_mut()[1] = f32::NAN;
    let divergence = diverge(&mut model, &plan(&moons(), 1));
    assert_eq!(divergence.place, "the parameter 4.bias");
    assert_eq!((divergence.epoch, divergence.batch, divergence.step), (1, 1, 1));
}

#[test]
fn an_infinite_gradient_stops_before_it_reaches_the_weights() {
    // Outputs of about 1e30 are still finite; their gradients are multiplied by the factor of 1e30 again in the
    // backward pass.
    let mut model = model();
    let network = model.build(2.into()).unwrap();
    let id = network.parameters().find("1.weight").unwrap();
    network.parameters_mut().get_mut(id).value.data_mut().fill(1e30);
    let before = bits(&model);
    let mut plan = plan(&moons(), 1);
    plan.optimizer = sgd(0.1);
    let divergence = diverge(&mut model, &plan);
    // The forward pass has already updated the running statistics.
    let weights = |bits: Vec<(String, Vec<u32>)>| -> Vec<(String, Vec<u32>)> {
        bits.into_iter().filter(|(name, _)| !name.contains("running")).collect()
    };
    assert!(divergence.place.contains("gradient"), "{divergence:?}");
    assert_eq!(weights(bits(&model)), weights(before), "{divergence:?}");
}
