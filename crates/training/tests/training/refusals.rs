//! What cannot be trained is refused, and nothing has changed then.

use crate::common::{Watch, bits, model, moons, plan, stage};
use relume_layers::NetworkSpec;
use relume_training::{Interrupt, Model, Silent, TrainError, fit};

#[test]
fn too_few_outputs_are_refused_with_the_layer_to_add() {
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 1);
    let error = fit(&mut model, &moons(), &plan(&moons(), 1), &mut Silent, &Interrupt::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the network gives 3 numbers for each sample, but moons wants 2 (its classes)"
    );
    assert_eq!(error.help().as_deref(), Some("end the network with dense(2)"));
    assert!(model.network().is_none(), "it was not even built");
    assert_eq!(model.run(), &Default::default());
}

#[test]
fn frozen_layers_stay_and_a_wholly_frozen_network_is_refused() {
    let mut model = model();
    model.build(2.into()).unwrap().set_frozen(0, true);
    let before = bits(&model);
    let plan = plan(&moons(), 2);
    fit(&mut model, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap();
    for ((name, before), (_, after)) in before.iter().zip(bits(&model)) {
        assert_eq!(before == &after, name.starts_with("0."), "{name}");
    }
    for stage in 0..5 {
        model.network_mut().unwrap().set_frozen(stage, true);
    }
    let error = fit(&mut model, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::AllFrozen), "{error}");
}

#[test]
fn softmax_before_cross_entropy_gets_a_warning() {
    for (last, warned) in [("softmax", true), ("log_softmax", true), ("tanh", false)] {
        let layers = vec![stage("dense", Some(2.into())), stage(last, None)];
        let mut model = Model::new(NetworkSpec::new(layers), 1);
        let mut watch = Watch::default();
        fit(&mut model, &moons(), &plan(&moons(), 1), &mut watch, &Interrupt::default()).unwrap();
        assert_eq!(watch.warnings.iter().any(|text| text.contains(last)), warned, "{last}");
    }
}
