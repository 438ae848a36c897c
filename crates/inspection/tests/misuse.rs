//! Public functions given data, networks and points that do not fit: they return errors or figures, and never panic.

use relume_datasets::{Dataset, Split, Targets};
use relume_inspection::facts::DataFacts;
use relume_inspection::plot::{Chart, PictureError, Series};
use relume_inspection::{Options, Statistics, inspect, lint, summarise};
use relume_layers::{LayerError, NetworkSpec};
use relume_tensor::Tensor;
use relume_training::{Model, Plan, TrainError};
use std::path::Path;

fn model(text: &str) -> Model {
    let spec: NetworkSpec = text.parse().unwrap();
    Model::new(spec, 1)
}

/// Two classes of so many samples of four numbers.
fn data(samples: usize) -> Dataset {
    let inputs = Tensor::from_fn([samples, 4], |i| (i as f32 * 0.7).sin());
    let names = vec!["a".to_string(), "b".to_string()];
    let targets = Targets::Classes { names, labels: (0..samples).map(|i| i % 2).collect() };
    let split = Split { train: (0..samples).collect(), ..Split::default() };
    Dataset::new("data", inputs, targets, split).unwrap()
}

#[test]
fn data_of_another_shape_are_refused() {
    let mut model = model("dense(3) -> relu -> dense(2)");
    model.build(5.into()).unwrap();
    let (data, options) = (data(8), Options::default());
    let error = inspect(&model, &data.train(), &options).unwrap_err();
    assert!(matches!(error, TrainError::Layer(LayerError::Input { .. })), "{error:?}");
    let plan = Plan::for_data(&data, 1);
    let error = lint(&model, &data, &plan, &options).unwrap_err();
    assert!(matches!(error, TrainError::Layer(LayerError::Input { .. })), "{error:?}");
}

#[test]
fn an_empty_part_is_refused_and_one_sample_gives_figures() {
    let model = model("dense(3) -> relu -> dense(2)");
    let data = data(8);
    let empty = data.train().slice(0, 0).unwrap();
    let error = inspect(&model, &empty, &Options::default()).unwrap_err();
    assert!(matches!(error, TrainError::Empty(_)), "{error:?}");
    let one = data.train().slice(0, 1).unwrap();
    assert_eq!(inspect(&model, &one, &Options::default()).unwrap().samples, 1);
}

#[test]
fn weights_that_are_not_finite_are_found() {
    let mut model = model("dense(3) -> relu -> dense(2)");
    let data = data(8);
    let network = model.build(4.into()).unwrap();
    for (_, parameter) in network.parameters_mut().iter_mut() {
        parameter.value.data_mut().fill(f32::NAN);
    }
    let seen = inspect(&model, &data.train(), &Options::default()).unwrap();
    assert_eq!(seen.findings[0].rule, "not_finite");
    assert_eq!(seen.findings[0].places[0].path, "0");
    assert_eq!(summarise(model.network().unwrap()).parameters, 4 * 3 + 3 + 3 * 2 + 2);
    assert_eq!(Statistics::of(&Tensor::zeros(0)).rms, 0.0);
}

#[test]
fn points_of_any_size_are_drawn_and_files_that_cannot_be_are_refused() {
    let ends = [
        (0.0, 0.0),
        (f64::MAX, f64::MIN),
        (f64::MIN, f64::MAX),
        (0.0, 5e-324),
        (5e-324, 1e-300),
        (1e17, 1e17),
        (f64::NAN, f64::INFINITY),
    ];
    for first in ends {
        for second in ends {
            let chart = Chart::new("y", "x").with(Series::new("y", vec![first, second]));
            for size in [0, 1, 80, usize::MAX] {
                let drawing = chart.terminal(size, size);
                assert!(drawing.starts_with("y: nothing") || drawing.contains('└'), "{drawing}");
            }
        }
    }
    let chart = Chart::new("y", "x").with(Series::counted("y", &[1.0, 2.0]));
    assert!(matches!(chart.save(Path::new("y.txt")), Err(PictureError::Ending(_))));
    let missing = std::env::temp_dir().join("no-such-folder").join("y.svg");
    assert!(matches!(chart.save(&missing), Err(PictureError::Write { .. })));
    assert!(matches!(Chart::new("", "").svg(), Err(PictureError::Empty)));
}

/// Two seconds that f32 does not tell apart: 1,700,000,001 and 1,700,000,002 are 1,700,000,000 there.
#[test]
fn equal_samples_contradict_each_other_by_targets_with_all_their_digits() {
    let inputs = Tensor::from_fn([4, 1], |i| (i / 2) as f32);
    let seconds = vec![1_700_000_001.0, 1_700_000_002.0, 1_700_000_003.0, 1_700_000_003.0];
    let values = Tensor::from_fn([4, 1], |i| seconds[i] as f32);
    let targets = Targets::Values { names: vec!["when".to_string()], values };
    let data = Dataset::new("times", inputs, targets, Split::train_only(4)).unwrap();
    let facts = DataFacts::of(&data.with_exact_targets(seconds).unwrap()).unwrap();
    assert_eq!((facts.repeated, facts.contradictory), (2, 2));
}
