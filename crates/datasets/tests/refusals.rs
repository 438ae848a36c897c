//! Data sets of samples and targets that do not go together are refused, typed and with the place.

use relume_datasets::{Batches, DataError, Dataset, Split, Targets};
use relume_tensor::{Indices, Shape, Tensor};

fn made(targets: Targets) -> Result<Dataset, DataError> {
    let split = Split { train: vec![0, 1], test: vec![2], ..Split::default() };
    Dataset::new("set", Tensor::ones([3, 2]), targets, split)
}

fn classes(names: &[&str], labels: &[usize]) -> Targets {
    let names = names.iter().map(ToString::to_string).collect();
    Targets::Classes { names, labels: labels.to_vec() }
}

fn values(values: Tensor) -> Targets {
    Targets::Values { names: vec!["y".to_string()], values }
}

#[test]
fn a_label_beyond_the_names_of_the_classes_is_refused_with_its_sample() {
    assert!(made(classes(&["a", "b"], &[0, 1, 1])).is_ok());
    for (names, labels, sample) in [(["a", "b"], [0, 1, 2], 2), (["a", "b"], [0, usize::MAX, 5], 1)]
    {
        match made(classes(&names, &labels)).unwrap_err() {
            DataError::Label { sample: at, label, classes } => {
                assert_eq!((at, label, classes), (sample, labels[sample], 2));
            }
            other => panic!("{other}"),
        }
    }
    assert!(matches!(made(classes(&[], &[0, 0, 0])), Err(DataError::Label { sample: 0, .. })));
}

#[test]
fn a_target_that_is_not_finite_is_refused_with_its_place() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let numbers = Tensor::new([3, 2], vec![1.0, 2.0, 3.0, bad, bad, 0.0]).unwrap();
        let refused = made(values(numbers)).unwrap_err();
        assert!(
            matches!(refused, DataError::TargetNotFinite { sample: 1, position: 1 }),
            "{refused}"
        );
    }
}

#[test]
fn targets_of_another_number_or_shape_are_refused() {
    for shape in [Shape::SCALAR, 3.into(), [3, 1, 1].into()] {
        let refused = made(values(Tensor::ones(shape))).unwrap_err();
        assert!(matches!(refused, DataError::TargetShape(given) if given == shape), "{refused}");
    }
    let refused = made(values(Tensor::ones([4, 1]))).unwrap_err();
    assert!(matches!(refused, DataError::Counts { inputs: 3, targets: 4 }), "{refused}");
    assert!(matches!(made(classes(&["a"], &[0])), Err(DataError::Counts { .. })));
    // Nothing is counted where there is no axis.
    assert_eq!(values(Tensor::scalar(1.0)).len(), 0);
    assert!(values(Tensor::scalar(1.0)).is_empty());
}

#[test]
fn inputs_without_samples_are_refused() {
    let split = || Split { train: vec![], test: vec![], ..Split::default() };
    for shape in [Shape::SCALAR, 3.into(), [0, 2].into(), [3, 0].into()] {
        let targets = classes(&["a"], &[]);
        let refused = Dataset::new("set", Tensor::zeros(shape), targets, split()).unwrap_err();
        assert!(matches!(refused, DataError::NoSamples(given) if given == shape), "{refused}");
    }
}

#[test]
fn a_label_that_ends_no_string_or_has_no_name_is_refused_with_its_sample() {
    let made = |labels: [u32; 6]| {
        let names = vec!["a".to_string(), "b".to_string()];
        let labels = Indices::new([3, 2], labels.to_vec()).unwrap();
        made(Targets::Sequences { names, labels })
    };
    let data = made([1, 2, 2, 0, 0, 0]).unwrap();
    assert_eq!(
        (data.outputs(), data.labels(), data.classes()),
        (2, &["a", "b"].map(String::from)[..], None)
    );
    let refused = made([1, 2, 0, 2, 1, 0]).unwrap_err().to_string();
    assert!(refused.starts_with("sample 1: the label 2 follows a 0"), "{refused}");
    let refused = made([1, 2, 2, 1, 3, 0]).unwrap_err().to_string();
    assert!(refused.starts_with("sample 2: the label 3 is not one of the 2"), "{refused}");
}

#[test]
fn labels_are_whole_numbers_from_the_data_set_to_the_batch() {
    // f32 would round 2^24 + 1.
    let labels = Indices::new([3, 2], vec![(1 << 24) + 1, 7, 3, 0, u32::MAX, 1]).unwrap();
    let data = made(Targets::Sequences { names: Vec::new(), labels: labels.clone() }).unwrap();
    assert_eq!(data.all().targets().unwrap(), labels.into());
    let batch = Batches::in_order(data.test(), 1).next().unwrap().unwrap();
    assert_eq!(batch.targets.as_indices().unwrap().data(), [u32::MAX, 1]);
}
