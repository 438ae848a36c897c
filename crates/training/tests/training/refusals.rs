//! What cannot be trained is refused, and nothing has changed then.

use crate::common::{bits, model, moons, plan, stage};
use relume_datasets::{Dataset, Split, Targets};
use relume_layers::NetworkSpec;
use relume_losses::LossSpec;
use relume_tensor::Tensor;
use relume_training::{Interrupt, Model, Outcome, Plan, Silent, TrainError, fit};

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
fn a_single_class_is_refused_whatever_the_number_of_outputs() {
    let inputs = Tensor::new([4, 2], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).unwrap();
    let targets = Targets::Classes { names: vec!["yes".to_string()], labels: vec![0; 4] };
    let data = Dataset::new("alike", inputs, targets, Split::every(4, 4)).unwrap();
    for outputs in [1, 2] {
        let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(outputs.into()))]), 1);
        let plan = plan(&data, 1);
        let error = fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err();
        let expected =
            "alike: all samples are of the class \"yes\", so there is nothing to tell apart";
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(model.network().is_none(), "it was not even built");
    }
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
fn more_labels_than_steps_are_named() {
    // Three labels of which two are equal: four steps, since a blank stands between these.
    let values = Tensor::new([2, 3], vec![1.0, 1.0, 2.0, 1.0, 2.0, -1.0]).unwrap();
    let names = ["first", "second", "third"].map(str::to_string).to_vec();
    let run_with = |steps: usize, zero_infinity: bool, bias: f32| {
        let inputs = Tensor::full([2, steps, 3], 1.0);
        let targets = Targets::Values { names: names.clone(), values: values.clone() };
        let split = Split { train: vec![0, 1], test: Vec::new(), ..Split::default() };
        let data = Dataset::new("strings", inputs, targets, split).unwrap();
        let named = vec![("zero_infinity".to_string(), zero_infinity.into())];
        let loss = LossSpec::from_arguments("ctc", vec![], named).unwrap();
        let plan = Plan { loss, ..plan(&data, 1) };
        let mut model = Model::new(
            NetworkSpec::new(vec![stage("dense", Some(3.into())), stage("log_softmax", None)]),
            1,
        );
        let network = model.build([steps, 3].into()).unwrap();
        let id = network.parameters().find("0.bias").unwrap();
        network.parameters_mut().get_mut(id).value.data_mut().fill(bias);
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default())
    };
    let run = |steps: usize, zero_infinity: bool| run_with(steps, zero_infinity, 0.0);
    let error = run(3, false).unwrap_err();
    let TrainError::TooFewSteps { labels, wanted, given } = error else { panic!("{error:?}") };
    assert_eq!((labels, wanted, given), (3, 4, 3));
    assert!(error.help().unwrap().contains("zero_infinity"));
    for (steps, zero_infinity) in [(3, true), (4, false)] {
        assert_eq!(run(steps, zero_infinity).unwrap(), Outcome::Finished);
    }
    // Nor is it the labels' fault that a parameter is no number.
    let error = run_with(3, true, f32::NAN).unwrap_err();
    assert!(matches!(error, TrainError::Diverged(_)), "{error:?}");
}
