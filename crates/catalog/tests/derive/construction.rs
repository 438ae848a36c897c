//! Construction in Rust: `new`, `Default` and setters.

use crate::specs::*;

#[test]
fn new_takes_what_must_be_given_and_setters_the_rest() {
    let dense = Dense::new(128).bias(false).forget(1.0).label("trunk").init(Normal::new(0.5));
    assert_eq!(dense.units, 128);
    assert_eq!((dense.bias, dense.dropout, dense.forget), (false, 0.0, Some(1.0)));
    assert_eq!(dense.label, "trunk");
    assert_eq!(dense.init, InitializerSpec::Normal(Normal { mean: 0.0, std: 0.5 }));
    assert_eq!(Dense::new(1).init, InitializerSpec::from(Zeros {}));
    assert_eq!(Mish::new(), Mish::default());
}

#[test]
fn sizes_are_one_number_for_all_axes_or_one_for_each() {
    let conv = Conv2d::new(16, 3).stride([2, 1]).padding(1);
    assert_eq!((conv.kernel, conv.stride), ([3, 3], [2, 1]));
    assert_eq!(conv.padding, Padding::By([1, 1]));
    assert_eq!(Conv2d::new(16, [3, 5]).padding([1, 2]).padding, Padding::By([1, 2]));
    assert_eq!(Conv1d::new(16, 3).padding(Padding::Same).padding, Padding::Same);
}

#[test]
fn shared_options_are_set_by_their_trait() {
    let adam = Adam::new().lr(0.01).l1(0.1).ema(0.5).names(["a", "b"]).fallback(Adam::new());
    assert_eq!((adam.lr, adam.betas), (0.01, [0.9, 0.999]));
    assert_eq!(
        adam.common,
        Common { l1: 0.1, ema: Some(0.5), names: vec!["a".into(), "b".into()] }
    );
    assert_eq!(adam.fallback, Some(Box::new(Adam::default().into())));
    assert_eq!(Adam::default().common, Common::default());
    assert_eq!(Adam::new().layers(3).layers, Some(OneOrMany::One(3)));
    assert_eq!(Adam::new().layers(vec![3, 4]).layers, Some(OneOrMany::Many(vec![3, 4])));
}
