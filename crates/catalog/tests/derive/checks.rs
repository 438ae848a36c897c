//! Refusals: the same at the prompt, in Rust and in files.

use crate::specs::*;
use relume_catalog::{ArgumentError, Described, Map, Place, Problem, Value};
use serde_json::json;

fn record(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn refused(result: Result<impl Sized, ArgumentError>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn ranges_hold_for_specifications_built_in_rust() {
    assert_eq!(Conv2d::new(16, 3).check(), Ok(()));
    assert_eq!(
        refused(Conv2d::new(16, 3).stride(0).check()),
        "conv2d's `stride` wants a whole number or [height, width], each at least 1, not [0, 0]"
    );
    assert_eq!(
        refused(Adam::new().lr(-1.0).check()),
        "adam's `lr` wants a number of at least 0, not -1"
    );
    assert_eq!(
        refused(Dense::new(3).dropout(7.0).check()),
        "dense's `dropout` wants a number from 0 to 1, not 7"
    );
    assert_eq!(refused(Dense::new(7).check()), "dense: 7 outputs bring bad luck");
    assert_eq!(
        refused(Adam::new().l1(-1.0).check()),
        "adam's `l1` wants a number of at least 0, not -1"
    );
    assert!(Dense::new(usize::MAX).check().is_err());
}

#[test]
fn the_rules_of_shared_options_hold_in_every_struct() {
    assert_eq!(refused(Adam::new().ema(1.0).check()), "adam: ema must be below 1");
    assert_eq!(refused("lamb(ema=1)".parse::<Lamb>()), "lamb: ema must be below 1");
}

#[test]
fn what_is_no_number_is_refused_where_a_number_may_be_left_out_too() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(refused(Dense::new(3).forget(number).check()).contains("`forget`"));
        assert!(refused(Adam::new().lr(number).check()).contains("`lr`"));
    }
}

#[test]
fn specifications_within_are_checked_too() {
    let error = Dense::new(3).init(Normal::new(-1.0)).check().unwrap_err();
    assert_eq!(error.to_string(), "dense's `init`: normal's `std` wants a number above 0, not -1");
    let inner = Adam::new().lr(-1.0);
    let error = LayerSpec::from(Dense::new(3).init(Normal::new(0.0))).check().unwrap_err();
    assert!(matches!(error.problem, Problem::Within { name: "init", .. }), "{error:?}");
    let error = OptimizerSpec::from(Adam::new().fallback(inner)).check().unwrap_err();
    assert_eq!(
        error.to_string(),
        "adam's `fallback`: adam's `lr` wants a number of at least 0, not -1"
    );
}

#[test]
fn records_are_checked_as_calls_are() {
    for (name, arguments, message) in [
        ("dense", json!({}), "dense needs `units`"),
        (
            "dense",
            json!({ "units": 0 }),
            "dense's `units` wants a whole number of at least 1, not 0",
        ),
        ("dense", json!({ "units": 3, "unit": 3 }), "dense has no argument `unit`"),
        (
            "dense",
            json!({ "units": 3, "dropout": 7 }),
            "dense's `dropout` wants a number from 0 to 1, not 7",
        ),
        ("dense", json!({ "units": 7 }), "dense: 7 outputs bring bad luck"),
        (
            "conv2d",
            json!({ "out_channels": 1, "kernel": 3, "stride": [1, 0] }),
            "conv2d's `stride` wants a whole number or [height, width], each at least 1, not [1, 0]",
        ),
        (
            "dense",
            json!({ "units": 3, "init": { "normal": { "std": 0 } } }),
            "dense's `init`: normal's `std` wants a number above 0, not 0",
        ),
        (
            "dense",
            json!({ "units": 3, "init": { "norm": {} } }),
            "dense's `init`: there is no `norm`",
        ),
    ] {
        let error = LayerSpec::from_record(name, record(arguments)).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.place, Place::Call);
    }
    let error =
        LayerSpec::from_record("dense", record(json!({ "units": 3, "init": { "norm": {} } })));
    assert_eq!(error.unwrap_err().help().unwrap(), "did you mean `normal`?");
}

#[test]
fn calls_say_which_argument_is_wrong() {
    let error =
        LayerSpec::from_arguments("dense", vec![3.into()], vec![("dropout".into(), 7.into())]);
    assert_eq!(error.unwrap_err().place, Place::Named(0));
    let error = LayerSpec::from_arguments("linear", vec![true.into()], vec![]).unwrap_err();
    assert_eq!((error.place, error.callee.as_str()), (Place::Positional(0), "dense"));
    let named = vec![("betas".to_string(), json!([0.9]))];
    let error = OptimizerSpec::from_arguments("adam", vec![], named).unwrap_err();
    assert_eq!(error.to_string(), "adam's `betas` wants a list of 2 numbers, not [0.9]");
}
