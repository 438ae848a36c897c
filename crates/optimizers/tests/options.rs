//! Options that are out of their range are refused, wherever the optimizer was built or read.

use relume_optimizers::rules::{Adam, CommonOptions, Lbfgs, Muon, Sgd};
use relume_optimizers::schedules::{Cosine, Plateau, WarmupOptions};
use relume_optimizers::{Group, Optimizer, OptimizerSpec, ScheduleSpec};
use relume_tensor::{Shape, Tensor};

const NEGATIVE: &str = "sgd's `lr` wants a number of at least 0, not -0.1";

#[test]
fn a_negative_rate_moves_no_weight() {
    let mut optimizer = Optimizer::new(Sgd::new().lr(-0.1).into());
    let mut weight = Tensor::vector(&[1.0]);
    let gradient = weight.clone();
    let error = optimizer.update(0, &mut weight, &gradient, 1.0).unwrap_err();
    assert_eq!(error.to_string(), NEGATIVE);
    assert_eq!(weight.data(), [1.0]);
    let error = optimizer.assign(&[("0.weight", Shape::from(1))]).unwrap_err();
    assert_eq!(error.to_string(), NEGATIVE);
    optimizer.set_spec(Sgd::new().lr(0.5).into());
    optimizer.update(0, &mut weight, &gradient, 1.0).unwrap();
    assert_eq!(weight.data(), [0.5]);
    // Options that change later are checked again.
    optimizer.set_spec(Sgd::new().lr(f64::NAN).into());
    assert!(optimizer.update(0, &mut weight, &gradient, 1.0).is_err());
}

#[test]
fn an_optimizer_of_all_parameters_is_checked_too() {
    let mut optimizer = Optimizer::new(Lbfgs::new().max_iter(0).into());
    let evaluate = |_: &[Tensor]| Ok::<_, Box<dyn std::error::Error>>((0.0, vec![]));
    let error = optimizer.update_together(&mut [], 1.0, evaluate).unwrap_err();
    assert_eq!(error.to_string(), "lbfgs's `max_iter` wants a whole number of at least 1, not 0");
}

#[test]
fn files_with_options_out_of_range_are_refused() {
    for (file, message) in [
        (r#"{"sgd": {"lr": -0.1}}"#, NEGATIVE),
        (r#"{"adam": {"lr": 0.1, "betas": [0.9, 1.5]}}"#, "adam's `betas` wants"),
        (r#"{"adam": {"betas": [0.9]}}"#, "adam's `betas` wants a list of 2 numbers, not [0.9]"),
        (r#"{"adam": {"rate": 0.1}}"#, "adam has no argument `rate`"),
        (r#"{"muon": {"fallback": {"sgd": {"lr": -0.1}}}}"#, "muon's `fallback`: sgd's `lr` wants"),
        (
            r#"{"adam": {"groups": [{"group": {"layers": 0, "lr": -1}}]}}"#,
            "adam's `groups`: group's `lr` wants",
        ),
    ] {
        let error = serde_json::from_str::<OptimizerSpec>(file).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let error = serde_json::from_str::<ScheduleSpec>(r#"{"cosine": {"floor": 2}}"#).unwrap_err();
    assert!(error.to_string().starts_with("cosine's `floor` wants a number from 0 to 1, not 2"));
    assert!(ScheduleSpec::from(Plateau::new().factor(2.0)).check().is_err());
}

#[test]
fn options_left_out_have_their_defaults() {
    let read = serde_json::from_str::<OptimizerSpec>;
    assert_eq!(read(r#"{"adam": {}}"#).unwrap(), Adam::new().into());
    assert_eq!(read(r#"{"adam": {"l1": 0.5}}"#).unwrap(), Adam::new().l1(0.5).into());
    assert_eq!(
        serde_json::from_str::<ScheduleSpec>(r#"{"cosine": {"warmup": 2}}"#).unwrap(),
        Cosine::new().warmup(2).into()
    );
}

#[test]
fn shared_options_print_and_are_written_when_they_are_given() {
    let group = Group::new().parameters("*.bias").layers([0, 2]).weight_decay(0.0);
    let adam = OptimizerSpec::from(Adam::new().lr(0.01).ema(0.9).groups([group]));
    assert_eq!(
        adam.to_string(),
        "adam(0.01, ema=0.9, groups=[group(parameters=\"*.bias\", layers=[0, 2], weight_decay=0)])"
    );
    let json = serde_json::to_string(&adam).unwrap();
    assert!(
        json.contains(
            r#""ema":0.9,"groups":[{"group":{"parameters":"*.bias","layers":[0,2],"lr":null"#
        ),
        "{json}"
    );
    assert!(!json.contains(r#""l1":0"#), "{json}");
    let muon = OptimizerSpec::from(Muon::new().fallback(Sgd::new().lr(0.1)));
    assert_eq!(
        muon.to_string(),
        "muon(fallback=sgd(lr=0.1, momentum=0, dampening=0, weight_decay=0, nesterov=false))"
    );
}
