//! Specifications print as text of the command language, without what has its default.

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
