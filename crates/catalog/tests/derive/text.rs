//! Specifications print as text of the command language, without arguments that have their defaults.

use crate::specs::*;

#[test]
fn text_leaves_defaults_out() {
    assert_eq!(Mish::new().to_string(), "mish");
    assert_eq!(Dense::new(128).to_string(), "dense(128)");
    assert_eq!(Dense::new(128).bias(false).to_string(), "dense(128, bias=false)");
    assert_eq!(
        LayerSpec::from(Conv2d::new(16, 3).stride(2).padding(Padding::Same)).to_string(),
        "conv2d(16, 3, stride=2, padding=\"same\")"
    );
    assert_eq!(
        Adam::new().lr(0.01).l1(0.1).adjust(AdjustLr::Original).to_string(),
        "adam(0.01, adjust=\"original\", l1=0.1)"
    );
    assert_eq!(Adam::new().l1(0.0).to_string(), "adam");
}

#[test]
fn text_parses_back() {
    for spec in [
        OptimizerSpec::from(Adam::new()),
        Adam::new().lr(1e-8).adjust(AdjustLr::Original).l1(0.1).into(),
        Adam::new().layers(vec![1, 2]).names(["a \"b\"\n", "ü"]).into(),
        Adam::new().layers(4).fallback(Adam::new().betas([0.5, 0.6]).ema(0.5)).into(),
    ] {
        assert_eq!(spec.to_string().parse(), Ok(spec.clone()), "{spec}");
    }
    let conv = Conv2d::new(16, [3, 5]).padding(Padding::Same);
    assert_eq!(conv.to_string().parse(), Ok(conv));
    assert_eq!(
        "dense( 3 , init = normal(std=2) )".parse(),
        Ok(Dense::new(3).init(Normal::new(2.0)))
    );
    assert_eq!("mish".parse(), Ok(Mish::new()));
    assert_eq!("mish()".parse(), Ok(Mish::new()));
}

#[test]
fn text_that_is_no_specification_is_refused_with_its_place() {
    for (text, message) in [
        ("dense(", "at the end of `dense(`: something is missing at the end"),
        ("dense(3", "in `dense(3` at `(3`: this bracket is never closed"),
        (
            "dense(3) -> relu",
            "in `dense(3) -> relu` at `dense(3) -> relu`: a name is wanted here, or a name with arguments",
        ),
        (
            "dense(bias=true, 3)",
            "in `dense(bias=true, 3)` at `3)`: arguments without names stand before those with names",
        ),
        ("dense(label=\"a", "in `dense(label=\"a` at `\"a`: this string has no end"),
        ("dense(1e)", "in `dense(1e)` at `1e)`: a name cannot begin with a digit"),
        ("", "at the end of ``: something is missing at the end"),
        (
            "dense(init=normal(3))",
            "in `dense(init=normal(3))` at `normal(3))`: the arguments of a specification inside go by name",
        ),
        ("densely(3)", "there is no `densely`"),
        ("dense(3, bais=true)", "dense has no argument `bais`"),
        ("dense(0)", "dense's `units` wants a whole number of at least 1, not 0"),
    ] {
        assert_eq!(text.parse::<LayerSpec>().unwrap_err().to_string(), message);
    }
    assert!("conv2d(1, 3)".parse::<Dense>().is_err());
}
