//! Numbers to predict in their own units, and classes of different sizes.

use crate::common::{Watch, model, named, optimizer, stage};
use relume_datasets::{Batches, Dataset, Sampler, Split, Targets};
use relume_layers::NetworkSpec;
use relume_losses::LossSpec;
use relume_tensor::Tensor;
use relume_training::metrics::LabelResults;
use relume_training::task::Decoded;
use relume_training::{
    EvaluateOptions, Interrupt, MetricInput, MetricSpec, Model, Plan, Silent, evaluate,
    evaluate_with, fit, load, predict_part, save,
};
use serde_json::json;

/// Prices 10, 20, 30 and 40, and 1 to 4 rooms beside them: means 25 and 2.5, variances 125 and 1.25.
fn prices() -> Dataset {
    let inputs = Tensor::from_fn([4, 1], |i| i as f32);
    let values = Tensor::new([4, 2], vec![10., 1., 20., 2., 30., 3., 40., 4.]).unwrap();
    let names = vec!["price".to_string(), "rooms".to_string()];
    let targets = Targets::Values { names, values };
    let data = Dataset::new("prices", inputs, targets, Split::train_only(4)).unwrap();
    data.with_scaled_targets().unwrap()
}

/// A network whose outputs are 0, after a run that changes nothing.
fn zero(data: &Dataset) -> (Model, Plan) {
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(2.into()))]), 0);
    let network = model.build(data.sample_shape()).unwrap();
    network.parameters_mut().iter_mut().for_each(|(_, own)| own.value = own.value.map(|_| 0.0));
    let optimizer = optimizer("sgd", &json!({ "lr": 0.0 }));
    let plan = Plan { optimizer, ..Plan::for_data(data, 1) };
    fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    (model, plan)
}

#[test]
fn scaled_targets_are_predicted_and_measured_in_their_own_units() {
    let data = prices();
    let (model, plan) = zero(&data);
    let metrics: Vec<MetricSpec> = ["mae", "mse", "r2"]
        .map(|name| MetricSpec::from_arguments(name, vec![], vec![]).unwrap())
        .to_vec();
    let options = EvaluateOptions { metrics: &metrics, ..EvaluateOptions::default() };
    let result = evaluate_with(&model, &data.all(), &plan.loss, &options).unwrap();
    // The loss is that of numbers with variance 1.
    assert!((result.loss - 1.0).abs() < 1e-5, "{}", result.loss);
    // Deviations 15, 5, 5, 15 and 1.5, 0.5, 0.5, 1.5: means 10 and 1, of the squares 125 and 1.25.
    let values: Vec<f64> =
        result.metrics.iter().map(|metric| metric.value.number().unwrap()).collect();
    assert!((f64::from(result.metric_value) - 5.5).abs() < 1e-5);
    for (value, expected) in values.iter().zip([5.5, 63.125, 0.0]) {
        assert!((value - expected).abs() < 1e-4, "{values:?}");
    }
    let Decoded::Numbers(found) = predict_part(&model, &data.all()).unwrap().decoded else {
        panic!("numbers");
    };
    assert_eq!(found.samples, vec![vec![25.0, 2.5]; 4]);
    assert_eq!(found.truth.unwrap()[3], [40.0, 4.0]);
}

/// The mean misses prices by 15, 5, 5, 15 and rooms by 1.5, 0.5, 0.5, 1.5: 10 and 1 on average, 125 and 1.25 squared.
#[test]
fn what_a_constant_reaches_is_measured_in_the_same_units_with_and_without_scaling() {
    let scaled = prices();
    let plain = scaled.clone().with_target_scaling(None);
    for (data, loss) in [(scaled, 1.0), (plain, 63.125)] {
        let (model, plan) = zero(&data);
        let constant = evaluate(&model, &data.all(), &plan.loss).unwrap().constant.unwrap();
        assert!((constant.metric - 5.5).abs() < 1e-5, "{constant:?}");
        assert!((constant.loss - loss).abs() < 1e-5, "{constant:?}");
    }
}

/// Three samples of the first class weigh 1 each, and one of the second 0.5, by its own weight or by that of its class:
/// shares 6/7 and 1/7, whose entropy is 0.41012.
#[test]
fn the_best_constant_is_that_of_the_weights_of_samples_and_classes() {
    let inputs = Tensor::from_fn([4, 1], |i| i as f32);
    let names = vec!["a".to_string(), "b".to_string()];
    let targets = Targets::Classes { names, labels: vec![0, 0, 0, 1] };
    let data = Dataset::new("d", inputs, targets, Split::train_only(4)).unwrap();
    let weighted = data.clone().with_weights(vec![1.0, 1.0, 1.0, 0.5]).unwrap();
    for (data, loss) in [(weighted, "cross_entropy"), (data, "cross_entropy(weight=[1, 0.5])")] {
        let (model, _) = zero(&data);
        let loss: LossSpec = loss.parse().unwrap();
        let constant = evaluate(&model, &data.all(), &loss).unwrap().constant.unwrap();
        assert!((constant.loss - 0.41012).abs() < 1e-5, "{loss} {constant:?}");
    }
}

#[test]
fn the_scaling_of_targets_is_saved_and_is_the_models_for_other_data() {
    let data = prices();
    let (model, plan) = zero(&data);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.rlm");
    save(&model, &path).unwrap();
    let loaded = load(&path).unwrap();
    // The same samples without a scaling of their own.
    let plain = data.clone().with_target_scaling(None);
    for other in [&plain, &data] {
        let result = evaluate(&loaded, &other.all(), &plan.loss).unwrap();
        assert!((result.loss - 1.0).abs() < 1e-5 && (result.metric_value - 5.5).abs() < 1e-5);
        assert_eq!(
            predict_part(&loaded, &other.all()).unwrap().decoded,
            predict_part(&model, &data.all()).unwrap().decoded
        );
    }
}

#[test]
fn a_scaled_target_is_learned_where_its_size_would_be_in_the_way() {
    let count = 64;
    let inputs = Tensor::from_fn([count, 1], |i| i as f32 / 32.0 - 1.0);
    let values = Tensor::from_fn([count, 1], |i| 1e6 + 2e5 * (i as f32 / 32.0 - 1.0));
    let targets = Targets::Values { names: vec!["price".to_string()], values };
    let data = Dataset::new("prices", inputs, targets, Split::train_only(count)).unwrap();
    let data = data.with_scaled_targets().unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(1.into()))]), 0);
    let optimizer = optimizer("sgd", &json!({ "lr": 0.1 }));
    let plan = Plan { optimizer, batch: 16, ..Plan::for_data(&data, 100) };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let mae = evaluate(&model, &data.all(), &plan.loss).unwrap().metric_value;
    assert!(mae < 1000.0, "{mae}");
}

/// Seconds since 1970, one after the other, which are one number as f32.
#[test]
fn seconds_since_1970_are_predicted_with_all_their_digits() {
    let inputs = Tensor::from_fn([3, 1], |i| i as f32 - 1.0);
    let seconds: Vec<f64> = (0..3).map(|i| 1.7e9 + f64::from(i)).collect();
    let values = Tensor::from_fn([3, 1], |i| seconds[i] as f32);
    let targets = Targets::Values { names: vec!["when".to_string()], values };
    let data = Dataset::new("times", inputs, targets, Split::train_only(3)).unwrap();
    let data = data.with_exact_targets(seconds).unwrap().with_scaled_targets().unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(1.into()))]), 0);
    let optimizer = optimizer("sgd", &json!({ "lr": 0.3 }));
    let plan = Plan { optimizer, batch: 3, ..Plan::for_data(&data, 60) };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let metrics = vec![MetricSpec::from_arguments("r2", vec![], vec![]).unwrap()];
    let options = EvaluateOptions { metrics: &metrics, ..EvaluateOptions::default() };
    let result = evaluate_with(&model, &data.all(), &plan.loss, &options).unwrap();
    assert!(result.metric_value < 1e-3, "mae {}", result.metric_value);
    assert!(result.metrics[0].value.number().unwrap() > 0.999);
    let Decoded::Numbers(found) = predict_part(&model, &data.all()).unwrap().decoded else {
        panic!("numbers");
    };
    assert!((found.samples[2][0] - 1_700_000_002.0).abs() < 1e-3, "{:?}", found.samples);
    assert_eq!(found.truth.unwrap()[2], [1_700_000_002.0]);
}

/// Six samples of one class and two of another.
fn unequal() -> Dataset {
    let inputs = Tensor::from_fn([8, 2], |i| (i as f32).sin());
    let labels = vec![0, 0, 0, 1, 0, 0, 1, 0];
    let names = vec!["often".to_string(), "seldom".to_string()];
    let targets = Targets::Classes { names, labels };
    Dataset::new("unequal", inputs, targets, Split::train_only(8)).unwrap()
}

/// `compute_class_weight("balanced", classes=[0, 1], y=[0, 0, 0, 1, 0, 0, 1, 0])` of scikit-learn: 0.66666667, 2.
#[test]
fn balanced_weights_are_those_of_scikit_learn() {
    let data = unequal();
    let loss = |weight: serde_json::Value| {
        LossSpec::from_arguments("cross_entropy", vec![], named(&json!({ "weight": weight })))
            .unwrap()
    };
    let run = |loss: LossSpec| {
        let mut model = model();
        let plan = Plan { loss, batch: 8, ..Plan::for_data(&data, 2) };
        let mut watch = Watch::default();
        fit(&mut model, &data, &plan, &mut watch, &Interrupt::default()).unwrap();
        (watch.epochs.iter().map(|epoch| epoch.loss).collect::<Vec<_>>(), model)
    };
    let (balanced, model) = run(loss(json!("balanced")));
    let (given, _) = run(loss(json!([8.0 / 12.0, 2.0])));
    assert_eq!(balanced, given);
    let (plain, _) = run(LossSpec::from_arguments("cross_entropy", vec![], vec![]).unwrap());
    assert_ne!(balanced, plain);
    // The weights are part of the plan: the loss is the same on any data.
    let kept = model.run().plan.as_ref().unwrap().loss.to_string();
    assert!(kept.contains("0.666") && kept.contains("2]"), "{kept}");
    assert_eq!(loss(json!("balanced")).entry().name, "cross_entropy");
}

#[test]
fn a_balanced_sampler_draws_each_class_as_often() {
    let data = unequal();
    let mut seldom = 0;
    for epoch in 0..200 {
        let batches = Batches::for_training(data.train(), 4, 1, epoch).balanced(1, epoch).unwrap();
        for batch in batches {
            let labels = batch.unwrap().targets;
            seldom += labels.numbers().filter(|&label| label == 1.0).count();
        }
    }
    // 1,600 draws of which half are expected; the standard deviation is 20.
    assert!((720..=880).contains(&seldom), "{seldom}");
    let plan = Plan { sampler: Sampler::Balanced, ..Plan::for_data(&prices(), 1) };
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(2.into()))]), 0);
    let error = fit(&mut model, &prices(), &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(error.to_string().contains("has no classes"), "{error}");
}

const EXPECTED: [(&str, &str, f64); 5] = [
    ("f1", "macro", 0.7),
    ("f1", "micro", 0.714_285_714_285_714_3),
    ("precision", "micro", 0.714_285_714_285_714_3),
    ("recall", "weighted", 0.714_285_714_285_714_3),
    ("roc_auc", "macro", 0.833_333_333_333_333_4),
];

/// `f1_score`, `precision_score`, `recall_score` and `roc_auc_score` of scikit-learn, of `scores >= 0.5` or the scores.
#[test]
fn metrics_of_several_labels_are_those_of_scikit_learn() {
    let scores = vec![0.9, 0.2, 0.6, 0.4, 0.7, 0.1, 0.8, 0.6, 0.3, 0.1, 0.55, 0.7];
    let targets = [1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1].map(|x| x == 1).to_vec();
    let input = MetricInput::MultiLabels(LabelResults { labels: 3, scores, targets });
    for (name, average, expected) in EXPECTED {
        let options = named(&json!({ "average": average }));
        let metric = MetricSpec::from_arguments(name, vec![], options).unwrap();
        let value = metric.inner().measure(&input).unwrap().number().unwrap();
        assert!((value - expected).abs() < 1e-9, "{name} {average}: {value}");
    }
}

/// Two labels: whether x is above 0, and whether it is above 1.
#[test]
fn several_labels_are_learned_measured_and_predicted() {
    let count = 60;
    let x = |i: usize| i as f32 / 15.0 - 2.0;
    let inputs = Tensor::from_fn([count, 1], x);
    let above = |i: usize| if x(i / 2) > (i % 2) as f32 { 1.0 } else { 0.0 };
    let values = Tensor::from_fn([count, 2], above);
    let names = vec!["positive".to_string(), "large".to_string()];
    let split = Split::train_only(count);
    let data = Dataset::new("signs", inputs, Targets::Values { names, values }, split).unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(2.into()))]), 0);
    let plan =
        Plan { optimizer: optimizer("adam", &json!({ "lr": 0.1 })), ..Plan::for_data(&data, 300) };
    assert_eq!(plan.loss.entry().name, "bce_with_logits");
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let metrics: Vec<MetricSpec> = ["f1", "roc_auc", "hamming_loss"]
        .map(|name| MetricSpec::from_arguments(name, vec![], vec![]).unwrap())
        .to_vec();
    let options = EvaluateOptions { metrics: &metrics, ..EvaluateOptions::default() };
    let result = evaluate_with(&model, &data.all(), &plan.loss, &options).unwrap();
    assert_eq!(result.metric, "subset_accuracy");
    assert!(result.metric_value > 0.9, "{result:?}");
    assert!(result.metrics[1].value.number().unwrap() > 0.999);
    let Decoded::Numbers(found) = predict_part(&model, &data.all()).unwrap().decoded else {
        panic!("probabilities of labels");
    };
    assert_eq!(found.names, ["positive", "large"]);
    let [first, last] = [&found.samples[0], &found.samples[count - 1]];
    assert!(first.iter().all(|&p| p < 0.1) && last.iter().all(|&p| p > 0.8), "{first:?} {last:?}");
    let mae = MetricSpec::from_arguments("mae", vec![], vec![]).unwrap();
    let options = EvaluateOptions { metrics: &[mae], ..EvaluateOptions::default() };
    let error = evaluate_with(&model, &data.all(), &plan.loss, &options).unwrap_err();
    assert!(error.help().unwrap().contains("subset_accuracy"), "{error}");
}
