//! Data sets with the targets that a network was trained on.

use relume_datasets::{Dataset, Split, TargetNames, Targets};
use relume_tensor::Tensor;

/// 16,777,217 = 2^24 + 1 is 16,777,216 as f32.
#[test]
fn classes_named_after_numbers_are_numbers_with_all_their_digits() {
    let names = ["16777216", "16777217", "0.1"].map(str::to_string).to_vec();
    let targets = Targets::Classes { names, labels: vec![1, 0, 2, 1] };
    let inputs = Tensor::zeros([4, 1]);
    let data = Dataset::new("ids", inputs, targets, Split::train_only(4)).unwrap();
    let numbers = ["id".to_string()];
    let wanted = TargetNames { classes: &[], numbers: &numbers, labels: &[] };
    let matched = data.matched_to(wanted).unwrap();
    assert_eq!(matched.targets().numbers()[..], numbers);
    let expected = [16_777_217.0, 16_777_216.0, 0.1, 16_777_217.0];
    assert_eq!(matched.all().numbers().unwrap().concat(), expected);
    let targets = Targets::Classes { names: vec!["1e39".to_string()], labels: vec![0; 4] };
    let data = Dataset::new("ids", Tensor::zeros([4, 1]), targets, Split::train_only(4)).unwrap();
    let error = data.matched_to(wanted).unwrap_err().to_string();
    assert!(error.contains("holds the class \"1e39\""), "{error}");
}
