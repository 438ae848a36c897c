//! Public functions refuse arguments that contradict each other: they never panic, and never return wrong numbers.

use crate::common::{model, moons, named, plan, stage};
use relume_datasets::{Batch, DataError, Dataset, Mixed, Split, Targets};
use relume_layers::{Network, NetworkSpec, Workspace};
use relume_losses::LossSpec;
use relume_tensor::{Array, Tensor};
use relume_training::metrics::{ClassResults, best_path, edit_distance};
use relume_training::{
    EarlyStop, EvaluateOptions, History, InputKind, Interrupt, MetricInput, MetricSpec, Model,
    Plan, Silent, Task, TrainError, evaluate, evaluate_with, fit, load, predict, predict_part,
    save,
};
use serde_json::{Value, json};
use std::path::Path;

fn loss(name: &str, options: &Value) -> LossSpec {
    LossSpec::from_arguments(name, vec![], named(options)).unwrap()
}

fn dense(units: u64) -> Model {
    Model::new(NetworkSpec::new(vec![stage("dense", Some(units.into()))]), 1)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| i.to_string()).collect()
}

fn classes(labels: Vec<usize>, count: usize) -> Dataset {
    let split = Split::every(labels.len(), labels.len() + 1);
    let inputs = Tensor::zeros([labels.len(), 2]);
    Dataset::new("few", inputs, Targets::Classes { names: names(count), labels }, split).unwrap()
}

fn numbers(values: Tensor) -> Dataset {
    let (samples, width) = (values.dims()[0], values.dims()[1]);
    let targets = Targets::Values { names: names(width), values };
    let split = Split { train: (0..samples).collect(), test: Vec::new(), ..Split::default() };
    Dataset::new("few", Tensor::zeros([samples, 2]), targets, split).unwrap()
}

fn fit_error(model: &mut Model, data: &Dataset, plan: &Plan) -> TrainError {
    fit(model, data, plan, &mut Silent, &Interrupt::default()).unwrap_err()
}

fn trained() -> Model {
    let mut model = model();
    fit(&mut model, &moons(), &plan(&moons(), 1), &mut Silent, &Interrupt::default()).unwrap();
    model
}

#[test]
fn what_cannot_be_trained_is_refused() {
    // Labels beyond the classes' names and targets that are not finite are no data set.
    let wrong = Targets::Classes { names: names(2), labels: vec![0, 1, 2] };
    let error = Dataset::new("few", Tensor::zeros([3, 2]), wrong, Split::every(3, 4)).unwrap_err();
    let told = "sample 2: its label 2 is not one of the 2 classes, counted from 0";
    assert_eq!(error.to_string(), told);
    let values = Tensor::new([2, 1], vec![1.0, f32::NAN]).unwrap();
    let wrong = Targets::Values { names: names(1), values };
    let error = Dataset::new("few", Tensor::zeros([2, 2]), wrong, Split::every(2, 3)).unwrap_err();
    assert_eq!(error.to_string(), "sample 1: its target is not a finite number at position 0");
    let data = classes(vec![0, 1], 2);
    for (name, options, message) in [
        ("cross_entropy", json!({ "reduction": "none" }), "training wants one number"),
        ("triplet_margin", json!({}), "anchors, positives, negatives"),
        ("ctc", json!({}), "2 classes to predict, which ctc does not take"),
        ("gaussian_nll", json!({}), "2 classes to predict, which gaussian_nll does not take"),
        ("cross_entropy", json!({ "weight": [1, 2, 3] }), "3 weights for 2 classes"),
    ] {
        let plan = Plan { loss: loss(name, &options), ..plan(&data, 1) };
        let error = fit_error(&mut dense(2), &data, &plan);
        assert!(error.to_string().contains(message), "{name}: {error}");
    }
    let empty = classes(vec![0, 1], 2);
    let empty = Dataset::new(
        "empty",
        Tensor::zeros([2, 2]),
        empty.targets().clone(),
        Split { train: Vec::new(), test: vec![0, 1], ..Split::default() },
    );
    let empty = empty.unwrap();
    let error = fit_error(&mut dense(2), &empty, &plan(&empty, 1));
    assert_eq!(error.to_string(), "empty.train has no samples");
    let values = numbers(Tensor::zeros([2, 1]));
    let ctc = Plan { loss: loss("ctc", &json!({})), ..plan(&values, 1) };
    let error = fit_error(&mut dense(2), &values, &ctc).to_string();
    assert!(error.contains("a row of classes for each time step"), "{error}");
    let cross = Plan { loss: loss("cross_entropy", &json!({})), ..plan(&values, 1) };
    let error = fit_error(&mut dense(2), &values, &cross).to_string();
    assert_eq!(error, "few has numbers to predict, which cross_entropy does not take");
    // A network that was built for other data.
    let mut other = trained();
    let before = other.run().clone();
    let data = classes(vec![0, 1], 2);
    let wide =
        Dataset::new("wide", Tensor::zeros([2, 3]), data.targets().clone(), Split::every(2, 3));
    assert!(matches!(
        fit_error(&mut other, &wide.unwrap(), &before.plan.clone().unwrap()),
        TrainError::Layer(_)
    ));
    assert_eq!(other.run(), &before);
}

#[test]
fn plans_of_any_size_are_taken() {
    let stopped = Interrupt::default();
    stopped.set();
    let early_stop = Some(EarlyStop { patience: u64::MAX, min_delta: 0.0 });
    let plan = Plan { epochs: u64::MAX, batch: usize::MAX, early_stop, ..plan(&moons(), 1) };
    let mut model = trained();
    fit(&mut model, &moons(), &plan, &mut Silent, &stopped).unwrap();
    assert!(model.run().remaining() > 0);
    let plan = Plan { epochs: 1, batch: 0, ..plan };
    fit(&mut dense(2), &classes(vec![0, 1], 2), &plan, &mut Silent, &Interrupt::default()).unwrap();
}

#[test]
fn what_cannot_be_evaluated_or_predicted_is_refused() {
    let (new, model, data) = (model(), trained(), moons());
    let cross_entropy = loss("cross_entropy", &json!({}));
    let none = data.test().slice(0, 0).unwrap();
    assert!(matches!(evaluate(&new, &data.test(), &cross_entropy), Err(TrainError::NotBuilt)));
    assert!(matches!(evaluate(&model, &none, &cross_entropy), Err(TrainError::Empty(_))));
    let three = classes(vec![0, 1, 2], 3).all();
    // A class that the model was not trained on is refused by name, even if the number of outputs would fit.
    let refused = evaluate(&model, &three, &cross_entropy);
    assert!(matches!(refused, Err(TrainError::Data(DataError::Mismatch { .. }))));
    let options = EvaluateOptions { variants: 0, ..EvaluateOptions::default() };
    let found = evaluate_with(&model, &data.test(), &cross_entropy, &options);
    assert!(matches!(found, Err(TrainError::NoVariants)));
    assert!(matches!(predict(&new, &Tensor::zeros([1, 2])), Err(TrainError::NotBuilt)));
    for shape in [vec![], vec![2], vec![1, 3], vec![1, 2, 1]] {
        let inputs = Tensor::zeros(relume_tensor::Shape::new(&shape).unwrap());
        assert!(matches!(predict(&model, &inputs), Err(TrainError::Layer(_))), "{shape:?}");
    }
    assert!(matches!(predict(&model, &Tensor::zeros([0, 2])), Err(TrainError::Empty(_))));
    assert!(matches!(predict_part(&model, &none), Err(TrainError::Empty(_))));
    assert!(matches!(predict_part(&new, &data.test()), Err(TrainError::NotBuilt)));
    assert!(load(Path::new("nowhere.rlm")).is_err());
    assert!(matches!(save(&new, Path::new("nowhere.rlm")), Err(TrainError::NotBuilt)));
    assert_eq!(History::default().series("accuracy"), None);
    assert_eq!(History::default().last(), None);
}

#[test]
fn a_task_refuses_batches_that_are_not_its_own() {
    let spec = NetworkSpec::new(vec![stage("dense", Some(2.into()))]);
    let network = Network::build(&spec, 2.into(), 1).unwrap();
    let data = classes(vec![0, 1], 2);
    for name in ["cross_entropy", "mse", "hinge", "bce_with_logits"] {
        let task = Task::new(&network, &data, &loss(name, &json!({}))).unwrap();
        for targets in [&[0.0, 2.0][..], &[0.5, 1.0], &[-1.0, 0.0], &[f32::NAN, 0.0], &[0.0], &[]] {
            for mixed in [false, true] {
                let targets = Array::from(Tensor::vector(targets));
                let mixed = mixed.then(|| Mixed { share: 0.3, targets: targets.clone() });
                let inputs = Tensor::zeros([2, 2]).into();
                let batch = Batch { inputs, targets, mixed, weights: None, places: None };
                let mut workspace = Workspace::recording();
                let output = workspace.tape.variable(Tensor::zeros([2, 2]));
                let refused = task.loss(&mut workspace, output, &batch);
                assert!(refused.is_err(), "{name}: {:?}", batch.targets);
            }
        }
        for shape in [vec![], vec![2], vec![2, 3], vec![2, 2, 1]] {
            let outputs = Tensor::zeros(relume_tensor::Shape::new(&shape).unwrap());
            assert!(task.decode(outputs, None).is_err(), "{name}: {shape:?}");
        }
        let beside = Array::from(Tensor::zeros(3));
        assert!(task.decode(Tensor::zeros([2, 2]), Some(&beside)).is_err());
    }
}

#[test]
fn no_metric_takes_predictions_that_do_not_go_with_the_targets() {
    let class = |classes, predicted: &[usize], targets: &[usize], scores: &[f64]| {
        MetricInput::Classes(ClassResults {
            classes,
            predicted: predicted.to_vec(),
            targets: targets.to_vec(),
            scores: scores.to_vec(),
        })
    };
    let texts = |predicted: &[&str], targets: &[&str]| MetricInput::Texts {
        predicted: predicted.iter().map(|text| (*text).to_string()).collect(),
        targets: targets.iter().map(|text| (*text).to_string()).collect(),
    };
    let inputs = [
        class(2, &[], &[], &[]),
        class(2, &[0], &[0, 1], &[]),
        class(2, &[0, 2], &[0, 1], &[]),
        class(2, &[0, 1], &[0, 2], &[0.5; 4]),
        class(usize::MAX, &[0], &[0], &[]),
        class(0, &[0], &[0], &[]),
        MetricInput::Values { predicted: Tensor::zeros([2, 1]), targets: Tensor::zeros(2) },
        MetricInput::Values { predicted: Tensor::zeros([2, 0]), targets: Tensor::zeros([2, 0]) },
        texts(&["a"], &[]),
        texts(&[], &[]),
        MetricInput::Labels { predicted: vec![vec![1]], targets: Vec::new() },
        MetricInput::Labels { predicted: Vec::new(), targets: Vec::new() },
    ];
    for entry in MetricSpec::ENTRIES {
        let metric = MetricSpec::from_arguments(entry.name, vec![], vec![]).unwrap();
        for input in &inputs {
            assert!(metric.inner().measure(input).is_err(), "{}: {input:?}", entry.name);
        }
        for kind in [InputKind::Classes, InputKind::Scores, InputKind::Values, InputKind::Texts] {
            for (predicted, targets) in [(0, 1), (1, 0), (3, 2)] {
                let [predicted, targets] =
                    [predicted, targets].map(|count| Tensor::zeros([count, 1]));
                let input = MetricInput::of_tensors(entry.name, kind, &predicted, &targets);
                assert!(input.is_err(), "{}: {kind:?}", entry.name);
            }
        }
    }
    // Both are class indices, but the matrix would not fit into memory.
    let far = MetricInput::of_tensors(
        "confusion_matrix",
        InputKind::Classes,
        &Tensor::vector(&[16_000_000.0]),
        &Tensor::vector(&[0.0]),
    );
    let matrix = MetricSpec::from_arguments("confusion_matrix", vec![], vec![]).unwrap();
    let error = matrix.inner().measure(&far.unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "confusion_matrix is not defined here: a matrix of 16,000,001 classes is too large (2048.0 TB); 4,096 classes \
         are the most"
    );
}

#[test]
fn paths_and_distances_of_nothing_are_nothing() {
    assert_eq!(best_path(&[], 0, 0), Vec::<usize>::new());
    assert_eq!(best_path(&[1.0, 2.0], 0, 7), [0]);
    assert_eq!(edit_distance::<u8>(&[], &[]), 0);
    assert_eq!(edit_distance(b"", b"abc"), 3);
}
