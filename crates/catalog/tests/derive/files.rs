//! JSON is written with all options, and read with options left out.

use crate::specs::*;
use relume_catalog::{Default, Described, Literal};
use serde_json::json;

#[test]
fn json_has_all_options_in_the_order_of_the_fields() {
    let json = |spec: LayerSpec| serde_json::to_string(&spec).unwrap();
    assert_eq!(
        json(Dense::new(3).into()),
        r#"{"dense":{"units":3,"bias":true,"dropout":0.0,"forget":null,"label":"","init":{"zeros":{}}}}"#
    );
    assert_eq!(
        json(Conv1d::new(4, 3).into()),
        r#"{"conv1d":{"out_channels":4,"kernel":3,"stride":1,"padding":0}}"#
    );
    assert_eq!(
        json(Conv2d::new(4, 3).padding(Padding::Same).into()),
        r#"{"conv2d":{"out_channels":4,"kernel":[3,3],"stride":[1,1],"padding":"same"}}"#
    );
}

#[test]
fn options_with_their_defaults_are_omitted_where_they_are_said_to_be() {
    let json = |spec: OptimizerSpec| serde_json::to_value(&spec).unwrap();
    let own = json!({
        "lr": 0.001, "betas": [0.9, 0.999], "layers": null, "adjust": "match_rms_adamw", "steps": 5, "fallback": null
    });
    assert_eq!(json(Adam::new().into()), json!({ "adam": own }));
    let mut with = own;
    with["ema"] = json!(0.5);
    with["names"] = json!(["a"]);
    assert_eq!(json(Adam::new().ema(0.5).names(["a"]).into()), json!({ "adam": with }));
}

#[test]
fn shared_options_keep_their_place_and_the_defaults_of_their_struct() {
    let names: Vec<&str> = Lamb::ENTRY.arguments.iter().map(|argument| argument.name).collect();
    assert_eq!(names, ["lr", "l1", "ema", "names", "amsgrad"]);
    assert_eq!(Lamb::ENTRY.argument("l1").unwrap().default, Default::Is(Literal::Number(0.5)));
    assert_eq!((Lamb::new().common.l1, Adam::new().common.l1), (0.5, 0.0));
    let json = |lamb: Lamb| serde_json::to_string(&lamb).unwrap();
    assert_eq!(json(Lamb::new()), r#"{"lr":0.001,"amsgrad":false}"#);
    assert_eq!(json(Lamb::new().l1(0.0)), r#"{"lr":0.001,"l1":0.0,"amsgrad":false}"#);
    assert_eq!(serde_json::from_str::<Lamb>("{}").unwrap(), Lamb::new());
    assert_eq!("lamb(0.1, 0.25)".parse(), Ok(Lamb::new().lr(0.1).l1(0.25)));
}

#[test]
fn json_is_read_back_and_options_may_be_left_out() {
    for spec in [
        LayerSpec::from(Dense::new(3).forget(0.5).init(Normal::new(2.0).mean(1.0))),
        Conv2d::new(4, [3, 5]).padding([0, 1]).into(),
        Conv1d::new(4, 3).padding(Padding::Valid).into(),
        Flatten { from: 2 }.into(),
    ] {
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<LayerSpec>(&json).unwrap(), spec);
    }
    let read = serde_json::from_value::<LayerSpec>;
    assert_eq!(read(json!({ "dense": { "units": 3 } })).unwrap(), Dense::new(3).into());
    assert_eq!(
        read(json!({ "dense": { "units": 3, "init": "zeros" } })).unwrap(),
        Dense::new(3).into()
    );
    assert_eq!(
        read(json!({ "conv2d": { "out_channels": 4, "kernel": 3, "padding": 1 } })).unwrap(),
        Conv2d::new(4, 3).padding(1).into()
    );
    assert_eq!(serde_json::from_str::<Dense>(r#"{"units":3}"#).unwrap(), Dense::new(3));
    let optimizer = json!({ "adam": { "layers": [1, 2], "fallback": { "adam": { "lr": 1 } } } });
    assert_eq!(
        serde_json::from_value::<OptimizerSpec>(optimizer).unwrap(),
        Adam::new().layers(vec![1, 2]).fallback(Adam::new().lr(1.0)).into()
    );
}

#[test]
fn options_that_do_not_exist_are_refused_in_files() {
    let read = |json| serde_json::from_value::<LayerSpec>(json).unwrap_err().to_string();
    assert_eq!(
        read(json!({ "dense": { "units": 3, "bios": true } })),
        "dense has no argument `bios`"
    );
    assert!(serde_json::from_value::<AdjustLr>(json!("bernsten")).is_err());
    assert_eq!(serde_json::from_value::<AdjustLr>(json!("bernstein")).unwrap(), AdjustLr::Spectral);
    assert_eq!(serde_json::from_value::<Padding<2>>(json!(3)).unwrap(), Padding::By([3, 3]));
}
