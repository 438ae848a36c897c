//! What a task makes of targets and outputs: metrics, classes with probabilities, numbers, transcripts.

use crate::common::{model, moons, plan, stage};
use relume_datasets::{Dataset, Part, Split, Targets};
use relume_layers::{NetworkSpec, Stage};
use relume_losses::LossSpec;
use relume_tensor::{Indices, Tensor};
use relume_training::task::Decoded;
use relume_training::{
    EvaluateOptions, Interrupt, MetricError, MetricSpec, MetricValue, Model, Plan, Silent,
    TrainError, evaluate, evaluate_with, fit, predict, predict_part,
};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

fn loss(name: &str) -> LossSpec {
    LossSpec::from_arguments(name, vec![], vec![]).unwrap()
}

fn metric(name: &str) -> MetricSpec {
    MetricSpec::from_arguments(name, vec![], vec![]).unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

/// A data set whose samples are all for training and for the test.
fn data(inputs: Tensor, targets: Targets) -> Dataset {
    let all: Vec<usize> = (0..targets.len()).collect();
    Dataset::new(
        "data",
        inputs,
        targets,
        Split { train: all.clone(), test: all, ..Split::default() },
    )
    .unwrap()
}

/// A network that a plan of no epochs has made a model of the data, with these numbers as its parameters.
fn set(stages: Vec<Stage>, data: &Dataset, loss: LossSpec, numbers: &[(&str, &[f32])]) -> Model {
    let mut model = Model::new(NetworkSpec::new(stages), 1);
    let plan = Plan { loss, ..plan(data, 0) };
    fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let network = model.network_mut().unwrap();
    for (name, numbers) in numbers {
        let id = network.parameters().find(name).unwrap();
        network.parameters_mut().get_mut(id).value.data_mut().copy_from_slice(numbers);
    }
    model
}

fn dense(units: u64) -> Stage {
    stage("dense", Some(units.into()))
}

/// Strings of the labels 1 and 2; frames of zeros are padding.
fn strings() -> Dataset {
    let inputs =
        Tensor::new([2, 3, 2], vec![1., 0., 0., 0., 0., 0., 1., 0., 0., 1., 0., 0.]).unwrap();
    let values = Tensor::new([2, 2], vec![1., -1., 1., 2.]).unwrap();
    data(inputs, Targets::Values { names: names(&["first", "second"]), values })
}

/// Says label 1 to a frame of 1 and 0, label 2 to a frame of 0 and 1, and label 2 to padding.
fn speller(data: &Dataset) -> Model {
    let stages = vec![stage("masking", None), dense(3), stage("log_softmax", None)];
    let numbers: [(&str, &[f32]); 2] =
        [("1.weight", &[0., 0., 5., 0., 0., 5.]), ("1.bias", &[-9., 0., 1.])];
    set(stages, data, loss("ctc"), &numbers)
}

#[test]
fn the_metric_of_a_run_is_the_one_of_the_table() {
    let numbers = data(
        Tensor::new([3, 1], vec![1., 2., 3.]).unwrap(),
        Targets::Values {
            names: names(&["x", "y"]),
            values: Tensor::new([3, 2], vec![1., 0., 2., 0.5, 3., 7.]).unwrap(),
        },
    );
    let classes = data(
        Tensor::new([3, 1], vec![1., 2., 3.]).unwrap(),
        Targets::Classes { names: names(&["a", "b", "c"]), labels: vec![0, 2, 1] },
    );
    let strings = strings();
    for (model, data) in [
        (set(vec![dense(2)], &numbers, loss("mse"), &[]), &numbers),
        (set(vec![dense(3)], &classes, loss("cross_entropy"), &[]), &classes),
        (speller(&strings), &strings),
    ] {
        let loss = &model.run().plan.as_ref().unwrap().loss;
        let plain = evaluate(&model, &data.test(), loss).unwrap();
        let metrics = [metric(plain.metric)];
        let options = EvaluateOptions { metrics: &metrics, ..EvaluateOptions::default() };
        let further = evaluate_with(&model, &data.test(), loss, &options).unwrap();
        let MetricValue::Number(value) = further.metrics[0].value else { panic!("a number") };
        assert!((value - f64::from(plain.metric_value)).abs() < 1e-6, "{plain:?} {value}");
    }
}

#[test]
fn a_metric_of_another_kind_is_refused_before_anything_is_evaluated() {
    let model = set(vec![dense(2)], &moons(), loss("cross_entropy"), &[]);
    let asked = AtomicUsize::new(0);
    let goes_on = |_: usize| asked.fetch_add(1, Ordering::SeqCst) < usize::MAX;
    for (name, message) in [
        ("mae", "mae is measured on numbers, not on classes"),
        ("word_error_rate", "word_error_rate is measured on texts, not on classes"),
    ] {
        let metrics = [metric(name)];
        let options =
            EvaluateOptions { metrics: &metrics, goes_on: &goes_on, ..EvaluateOptions::default() };
        let error = evaluate_with(&model, &moons().test(), &loss("cross_entropy"), &options);
        let error = error.unwrap_err();
        assert!(matches!(error, TrainError::Metric(MetricError::Kind { .. })), "{error}");
        assert_eq!(error.to_string(), message);
        assert!(error.help().unwrap().contains("f1"), "{error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn classes_have_the_probabilities_of_softmax_and_their_true_class_beside_them() {
    let inputs = Tensor::zeros([2, 1]);
    let targets = Targets::Classes { names: names(&["cat", "dog", "owl"]), labels: vec![1, 2] };
    let data = data(inputs, targets);
    // Biases ln 1, ln 3, ln 4: probabilities 1/8, 3/8, 4/8.
    let bias = [0.0, 3f32.ln(), 4f32.ln()];
    let model = set(vec![dense(3)], &data, loss("cross_entropy"), &[("0.bias", &bias)]);
    let predictions = predict_part(&model, &data.test()).unwrap();
    let Decoded::Classes(classes) = &predictions.decoded else { panic!("{predictions:?}") };
    assert!(classes.are_probabilities);
    for sample in &classes.samples {
        assert_eq!(classes.name(sample.class), "owl");
        let off = sample.scores.iter().zip([0.125, 0.375, 0.5]).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6, "{sample:?}");
    }
    assert_eq!(classes.truth, Some(vec![1, 2]));
    let shown = json!(predictions);
    assert_eq!(shown["truth"], json!([{ "class": "dog" }, { "class": "owl" }]));
    assert_eq!(shown["predictions"][0]["class"], "owl");
    assert!((shown["predictions"][0]["probability"].as_f64().unwrap() - 0.5).abs() < 1e-6);
    // Of inputs alone, nothing is known to be true.
    let alone = json!(predict(&model, &Tensor::zeros([1, 1])).unwrap());
    assert!(alone.get("truth").is_none(), "{alone}");
}

#[test]
fn true_classes_are_matched_by_name() {
    let of = |classes: &[&str], labels: Vec<usize>| {
        let targets = Targets::Classes { names: names(classes), labels };
        data(Tensor::zeros([2, 1]), targets)
    };
    let own = of(&["cat", "dog"], vec![0, 1]);
    let model = set(vec![dense(2)], &own, loss("cross_entropy"), &[]);
    let truth = |part: &Part| match predict_part(&model, part).unwrap().decoded {
        Decoded::Classes(classes) => classes.truth,
        other => panic!("{other:?}"),
    };
    assert_eq!(truth(&own.test()), Some(vec![0, 1]));
    assert_eq!(truth(&of(&["dog", "cat"], vec![0, 1]).test()), Some(vec![1, 0]));
    assert_eq!(truth(&of(&["dog", "owl"], vec![0, 1]).test()), None);
}

/// Sigmoid before a loss that has its own is slow to learn, but its outputs are probabilities all the same.
#[test]
fn outputs_of_a_final_sigmoid_are_probabilities_whatever_the_loss() {
    let inputs = Tensor::new([4, 1], vec![-2., -1., 1., 2.]).unwrap();
    let data =
        data(inputs, Targets::Classes { names: names(&["no", "yes"]), labels: vec![0, 1, 1, 1] });
    let stages = || vec![dense(1), stage("sigmoid", None)];
    let numbers: [(&str, &[f32]); 2] = [("0.weight", &[1.0]), ("0.bias", &[0.0])];
    for name in ["bce", "bce_with_logits", "mse"] {
        let model = set(stages(), &data, loss(name), &numbers);
        let found = evaluate(&model, &data.test(), &loss(name)).unwrap();
        assert_eq!((found.metric_value, found.confusion), (0.75, vec![vec![1, 0], vec![1, 2]]));
        let predictions = predict_part(&model, &data.test()).unwrap();
        let Decoded::Classes(classes) = predictions.decoded else { panic!("classes") };
        assert!(classes.are_probabilities, "{name}");
        let said: Vec<usize> = classes.samples.iter().map(|sample| sample.class).collect();
        assert_eq!(said, [0, 0, 1, 1], "{name}");
        // 1 / (1 + e^2)
        assert!((classes.samples[0].scores[1] - 0.119_202_92).abs() < 1e-6, "{classes:?}");
    }
}

#[test]
fn numbers_stand_under_their_names() {
    let values = Tensor::new([2, 2], vec![1., 2., 3., 4.]).unwrap();
    let data =
        data(Tensor::zeros([2, 1]), Targets::Values { names: names(&["width", "height"]), values });
    let model = set(vec![dense(2)], &data, loss("mse"), &[("0.bias", &[1.5, 2.5])]);
    let expected = json!({
        "predictions": [{ "width": 1.5, "height": 2.5 }, { "width": 1.5, "height": 2.5 }],
        "truth": [{ "width": 1.0, "height": 2.0 }, { "width": 3.0, "height": 4.0 }],
    });
    assert_eq!(json!(predict_part(&model, &data.test()).unwrap()), expected);
}

/// gaussian_nll wants a variance besides each number.
#[test]
fn variances_stand_under_names_of_their_own() {
    let values = Tensor::new([2, 1], vec![1., 2.]).unwrap();
    let targets = Targets::Values { names: names(&["price"]), values };
    let data = data(Tensor::zeros([2, 1]), targets);
    let model = set(vec![dense(2)], &data, loss("gaussian_nll"), &[("0.bias", &[1.5, 0.25])]);
    let predictions = predict_part(&model, &data.test()).unwrap();
    let expected = json!({
        "predictions": [
            { "price": 1.5, "variance of price": 0.25 },
            { "price": 1.5, "variance of price": 0.25 },
        ],
        "truth": [{ "price": 1.0 }, { "price": 2.0 }],
    });
    assert_eq!(json!(predictions), expected);
    let heads = predictions.table().unwrap().heads;
    assert_eq!(heads, ["sample", "price", "variance of price", "true price"]);
}

#[test]
fn numbers_without_names_stay_outputs() {
    let values = Tensor::new([2, 1], vec![1., 2.]).unwrap();
    let data = data(Tensor::zeros([2, 1]), Targets::Values { names: Vec::new(), values });
    let model = set(vec![dense(1)], &data, loss("mse"), &[]);
    assert_eq!(predict_part(&model, &data.test()).unwrap().decoded, Decoded::Outputs);
}

#[test]
fn a_transcript_ends_with_its_sequence() {
    let data = strings();
    let model = speller(&data);
    let expected = json!({
        "predictions": [{ "transcript": "1" }, { "transcript": "1 2" }],
        "truth": [{ "transcript": "1" }, { "transcript": "1 2" }],
    });
    assert_eq!(json!(predict_part(&model, &data.test()).unwrap()), expected);
    assert_eq!(evaluate(&model, &data.test(), &loss("ctc")).unwrap().metric_value, 0.0);
}

/// The padding of whole strings is 0, whatever the blank; that of numbers is negative, or the blank.
#[test]
fn whole_labels_have_the_losses_and_the_metrics_of_the_same_numbers() {
    let numbers = strings();
    let labels = Indices::new([2, 2], vec![1, 0, 1, 2]).unwrap();
    let whole = data(
        numbers.inputs().unwrap(),
        Targets::Sequences { names: names(&["one", "two"]), labels },
    );
    for blank in [0, 3] {
        let named = vec![("blank".to_string(), blank.into())];
        let loss = LossSpec::from_arguments("ctc", vec![], named).unwrap();
        let stages = || vec![stage("masking", None), dense(4), stage("log_softmax", None)];
        let [numbers, whole] = [&numbers, &whole].map(|data| {
            let model = set(stages(), data, loss.clone(), &[]);
            let found = evaluate(&model, &data.test(), &loss).unwrap();
            (found.loss.to_bits(), found.metric_value.to_bits(), found.samples)
        });
        assert_eq!(numbers, whole);
    }
}

#[test]
fn outputs_of_a_network_that_was_not_trained_stay_numbers() {
    let mut model = model();
    model.build(2.into()).unwrap();
    let predictions = predict(&model, &Tensor::zeros([3, 2])).unwrap();
    assert_eq!((predictions.decoded, predictions.outputs.dims()), (Decoded::Outputs, &[3, 2][..]));
}
