//! Cross-validation learns the preparation of inputs anew for each fold.

use crate::common::{plan, stage};
use relume_datasets::{Dataset, Preparation, Refit, Split, Targets};
use relume_layers::NetworkSpec;
use relume_tensor::Tensor;
use relume_training::{Folds, Interrupt, Model, Silent, cross_validate};
use std::sync::{Arc, Mutex};

#[test]
fn the_preparation_of_a_fold_is_learned_from_the_others_alone() {
    let inputs = Tensor::from_fn([12, 1], |i| i as f32);
    let values = Tensor::from_fn([12, 1], |i| i as f32);
    let targets = Targets::Values { names: vec!["y".to_string()], values };
    let learned: Arc<Mutex<Vec<Vec<usize>>>> = Arc::default();
    let seen = Arc::clone(&learned);
    let learn = move |_: &Dataset, train: &[usize]| {
        seen.lock().unwrap().push(train.to_vec());
        let mean = train.iter().sum::<usize>() as f32 / train.len() as f32;
        Ok(Preparation::new(vec![mean], vec![1.0]))
    };
    let data = Dataset::new("data", inputs, targets, Split::train_only(12)).unwrap();
    let data = data.prepared(Preparation::new(vec![5.5], vec![1.0]));
    let data = data.with_refit(Refit::By(Arc::new(learn))).with_scaled_targets().unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(1.into()))]), 0);
    model.build(data.sample_shape()).unwrap();
    let plan = plan(&data, 1);
    let folds = Folds { count: 3, seed: 0 };
    cross_validate(&model, &data, &plan, folds, &mut Silent, &Interrupt::default()).unwrap();
    let learned = learned.lock().unwrap().clone();
    assert_eq!(learned.len(), 3);
    for (train, own) in learned.iter().zip(data.folds(3, 0).unwrap()) {
        assert_eq!(train, own.train().indices());
        assert!(own.test().indices().iter().all(|tested| !train.contains(tested)));
        // What a fold's inputs and targets are scaled by is its own.
        let refitted = own.refitted().unwrap();
        let mean = train.iter().sum::<usize>() as f64 / train.len() as f64;
        assert!((f64::from(refitted.preparation().unwrap().shift[0]) - mean).abs() < 1e-6);
        assert!((refitted.target_scaling().unwrap().mean[0] - mean).abs() < 1e-9);
    }
}
