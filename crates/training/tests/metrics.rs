//! Every metric against scikit-learn's and jiwer's figures, and inputs without a result.

use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_tensor::Tensor;
use relume_training::{MetricError, MetricInput, MetricSpec, MetricValue};
use serde_json::{Value, json};

fn metric(name: &str, options: Value) -> MetricSpec {
    let options = options.as_object().unwrap().clone().into_iter().collect();
    MetricSpec::from_arguments(name, Vec::new(), options).unwrap()
}

fn of_case(case: &Case) -> MetricSpec {
    metric(case.op(), Value::Object(case.options().clone()))
}

fn as_tensor(value: MetricValue) -> Tensor {
    let matrix =
        |rows: usize, numbers: Vec<f32>| Tensor::new([rows, numbers.len() / rows], numbers);
    match value {
        MetricValue::Number(x) => Tensor::scalar(x as f32),
        MetricValue::PerClass(each) => {
            Tensor::vector(&each.iter().map(|&x| x as f32).collect::<Vec<_>>())
        }
        MetricValue::Counts(rows) => {
            matrix(rows.len(), rows.iter().flatten().map(|&n| n as f32).collect()).unwrap()
        }
        MetricValue::Shares(rows) => {
            matrix(rows.len(), rows.iter().flatten().map(|&x| x as f32).collect()).unwrap()
        }
    }
}

/// The texts of a case: predicted, and true.
fn texts(case: &Case) -> Option<[Vec<String>; 2]> {
    let texts = |name: &str| serde_json::from_value(case.setting().get(name)?.clone()).ok();
    Some([texts("said")?, texts("truth")?])
}

fn check(case: &Case) {
    let metric = of_case(case);
    let name = metric.entry().name;
    let input = match texts(case) {
        Some([said, truth]) => MetricInput::of_texts(name, said, truth),
        None => {
            let kind = metric.inner().input();
            MetricInput::of_tensors(name, kind, case.input("said"), case.input("truth"))
        }
    };
    let value = metric.inner().measure(&input.unwrap()).unwrap();
    assert_close(&as_tensor(value), case.output(), case.name());
}

#[test]
fn every_metric_has_reference_figures() {
    let fixtures = Fixtures::load("metrics");
    for entry in MetricSpec::ENTRIES {
        assert!(fixtures.of(entry.name).count() >= 3, "{}", entry.name);
    }
}

#[test]
fn figures_agree_with_the_references() {
    check_each(Fixtures::load("metrics").iter(), check);
}

#[test]
fn words_of_labels_are_counted_as_words_of_letters() {
    for case in Fixtures::load("metrics").of("word_error_rate") {
        let labels = |texts: &[String]| -> Vec<Vec<usize>> {
            texts.iter().map(|text| text.chars().map(|c| c as usize).collect()).collect()
        };
        let [said, truth] = texts(case).unwrap();
        let input = MetricInput::Labels { predicted: labels(&said), targets: labels(&truth) };
        let metric = metric("word_error_rate", json!({ "separator": ' ' as usize }));
        let value = metric.inner().measure(&input).unwrap();
        assert_close(&as_tensor(value), case.output(), case.name());
    }
}

fn refusal(name: &str, said: &Tensor, truth: &Tensor) -> MetricError {
    let metric = metric(name, json!({}));
    let input = MetricInput::of_tensors(metric.entry().name, metric.inner().input(), said, truth);
    input.and_then(|input| metric.inner().measure(&input)).unwrap_err()
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_row() {
    let classes = Tensor::vector(&[0.0, 1.0]);
    let of = |name, said: &[f32], truth: &[f32]| {
        refusal(name, &Tensor::vector(said), &Tensor::vector(truth)).to_string()
    };
    assert!(of("f1", &[0.0, 1.5], &[0.0, 1.0]).contains("row 1: 1.5 is not a class"));
    assert!(of("accuracy", &[0.0], &[0.0, 1.0]).contains("do not go with targets"));
    assert!(of("roc_auc", &[0.2, 0.4], &[1.0, 1.0]).starts_with("roc_auc is not defined here"));
    assert!(of("mae", &[1.0], &[1.0, 2.0]).contains("of shape 1"));
    let scores = Tensor::new([2, 2], vec![0.5, 0.5, 2.0, -1.0]).unwrap();
    assert!(
        refusal("perplexity", &scores, &classes)
            .to_string()
            .contains("row 1: -1 is not a probability")
    );
    let beyond = Tensor::vector(&[0.0, 2.0]);
    assert!(
        refusal("top_k", &scores, &beyond)
            .to_string()
            .contains("row 1: 2 is not one of the classes 0 to 1")
    );
    let input = MetricInput::Values { predicted: classes.clone(), targets: classes };
    let error = metric("f1", json!({})).inner().measure(&input).unwrap_err();
    assert_eq!(error.to_string(), "f1 is measured on classes, not on numbers");
    assert_eq!(error.help().unwrap(), "for numbers there are mae, mse, rmse and r2");
}

#[test]
fn errors_of_nothing_are_not_defined() {
    let texts = |said: &str, truth: &str| {
        MetricInput::of_texts("wer", vec![said.to_string()], vec![truth.to_string()]).unwrap()
    };
    for name in ["word_error_rate", "character_error_rate"] {
        let error = metric(name, json!({})).inner().measure(&texts("a", "")).unwrap_err();
        assert!(matches!(error, MetricError::Undefined { .. }), "{error}");
    }
    assert!(MetricInput::of_texts("wer", vec![], vec![String::new()]).is_err());
}
