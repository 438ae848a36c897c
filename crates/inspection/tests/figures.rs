//! The figures of pictures beside scikit-learn's and SciPy's.

use relume_fixtures::{Case, Fixtures, assert_close, assert_close_with, check_each};
use relume_inspection::figures::{
    Aim, AttentionHeads, Binning, Calibration, CalibrationCurve, ClassCurve, ClassCurves, Compared,
    Costs, OfNetwork, PrecisionRecall, PrecisionRecallCurve, Principal, Roc, RocCurve, Scored,
    ScoredClass, Spectrum, Temperature, Thresholds,
};
use relume_inspection::plot::Terminal;
use relume_layers::NetworkSpec;
use relume_tensor::{Array, Indices, Shape, Tensor};
use relume_training::{Model, load, save};

fn vector(values: &[f64]) -> Tensor {
    Tensor::vector(&values.iter().map(|&x| x as f32).collect::<Vec<_>>())
}

fn class(case: &Case) -> ScoredClass {
    ScoredClass {
        name: "second".to_string(),
        scores: case.input("scores").data().iter().map(|&x| f64::from(x)).collect(),
        is_true: case.input("truth").data().iter().map(|&x| x == 1.0).collect(),
    }
}

#[test]
fn roc_curves_and_their_areas_are_those_of_scikit_learn() {
    check_each(Fixtures::load("figures").of("roc"), |case| {
        let found = RocCurve::of(&class(case)).unwrap();
        assert_close(&Tensor::scalar(found.auc as f32), case.output(), "auc");
        assert_close(&vector(&found.false_positive_rate), case.extra_output("fpr"), "fpr");
        assert_close(&vector(&found.true_positive_rate), case.extra_output("tpr"), "tpr");
        assert_eq!(found.thresholds[0], f64::INFINITY);
        assert_close(
            &vector(&found.thresholds[1..]),
            case.extra_output("thresholds"),
            "thresholds",
        );
    });
}

#[test]
fn precision_recall_curves_are_those_of_scikit_learn() {
    check_each(Fixtures::load("figures").of("pr"), |case| {
        let found = PrecisionRecallCurve::of(&class(case)).unwrap();
        assert_close(&Tensor::scalar(found.average_precision as f32), case.output(), "average");
        assert_close(&vector(&found.precision), case.extra_output("precision"), "precision");
        assert_close(&vector(&found.recall), case.extra_output("recall"), "recall");
        assert_close(&vector(&found.thresholds), case.extra_output("thresholds"), "thresholds");
    });
}

#[test]
fn calibration_curves_and_brier_scores_are_those_of_scikit_learn() {
    check_each(Fixtures::load("figures").of("calibration"), |case| {
        let second = class(case);
        let bins = case.options()["bins"].as_u64().unwrap() as usize;
        let binning = match case.options()["binning"].as_str() {
            Some("uniform") => Binning::Uniform,
            _ => Binning::Quantile,
        };
        let found = CalibrationCurve::of("", &second.scores, &second.is_true, bins, binning);
        assert_close(&vector(&found.predicted), case.extra_output("predicted"), "predicted");
        assert_close(&vector(&found.observed), case.extra_output("observed"), "observed");
        assert_eq!(found.counts.iter().sum::<usize>(), second.scores.len());
        let first = ScoredClass {
            name: "first".to_string(),
            scores: second.scores.iter().map(|x| 1.0 - x).collect(),
            is_true: second.is_true.iter().map(|own| !own).collect(),
        };
        let truth = second.is_true.iter().map(|&own| usize::from(own)).collect();
        let predicted = second.scores.iter().map(|&x| usize::from(x > 0.5)).collect();
        let data = "d".to_string();
        let classes = vec![first, second];
        let scored = Scored { data, classes, predicted, truth, are_probabilities: true };
        let calibration = Calibration::of(&scored, None, bins, binning).unwrap();
        assert_close(&Tensor::scalar(calibration.score.brier_score as f32), case.output(), "brier");
    });
}

/// By hand: 0.1 and 0.3 in one bin, of which one of two comes true; 0.9 in another, which does.
#[test]
fn the_expected_calibration_error_is_weighted_by_the_samples_of_each_bin() {
    let found =
        CalibrationCurve::of("", &[0.1, 0.3, 0.9], &[false, true, true], 2, Binning::Uniform);
    assert_eq!(found.counts, [2, 1]);
    let expected = (2.0 * (0.5_f64 - 0.2) + 1.0 * (1.0 - 0.9)) / 3.0;
    assert!((found.expected_calibration_error - expected).abs() < 1e-12);
    assert!((found.maximum_calibration_error - 0.3).abs() < 1e-12);
}

#[test]
fn thresholds_are_the_best_of_all() {
    check_each(Fixtures::load("figures").of("thresholds"), |case| {
        let scored = class(case);
        let costs = Aim::Costs(Costs { false_alarm: 1.0, miss: 3.0 });
        let aims = [Aim::F1, Aim::Youden, Aim::Accuracy, costs];
        let found = Thresholds::of("d", &scored, &aims).unwrap();
        let of = |at: usize| &found.choices[at];
        let figures = [
            ("f1", of(0).f1),
            ("youden", of(1).youden),
            ("accuracy", of(2).accuracy),
            ("cost", of(3).cost.unwrap()),
        ];
        for (name, value) in figures {
            assert_close(&vector(&[value]), case.extra_output(name), name);
        }
        // What is said of a threshold is true of it.
        for choice in &found.choices {
            let said = |at: &usize| scored.scores[*at] >= choice.threshold;
            let alarms = (0..scored.scores.len()).filter(said).filter(|&at| !scored.is_true[at]);
            let misses = (0..scored.scores.len()).filter(|at| !said(at) && scored.is_true[*at]);
            assert_eq!((alarms.count(), misses.count()), (choice.false_alarms, choice.misses));
        }
    });
}

#[test]
fn principal_components_are_those_of_scikit_learn_up_to_their_sign() {
    check_each(Fixtures::load("figures").of("pca"), |case| {
        let x = case.input("x");
        let width = x.dims()[1];
        let found = Principal::of(x.data(), width, 2).unwrap();
        assert_close(&vector(&found.shares), case.output(), "shares");
        assert_close(&vector(&found.mean), case.extra_output("mean"), "mean");
        let signs: Vec<f64> = found
            .directions
            .iter()
            .zip(case.extra_output("directions").data().chunks_exact(width))
            .map(|(own, theirs)| {
                own.iter().zip(theirs).map(|(a, &b)| a * f64::from(b)).sum::<f64>().signum()
            })
            .collect();
        let places = x.data().chunks_exact(width).flat_map(|row| {
            found
                .place(row)
                .into_iter()
                .zip(&signs)
                .map(|(x, sign)| (x * sign) as f32)
                .collect::<Vec<_>>()
        });
        let places = Tensor::new([x.dims()[0], 2], places.collect()).unwrap();
        let reason = "products are summed and decomposed in single precision";
        assert_close_with(1e-4, 1e-4, reason, &places, case.extra_output("places"), "places");
    });
}

#[test]
fn singular_values_are_those_of_numpy() {
    check_each(Fixtures::load("figures").of("spectrum"), |case| {
        let found = Spectrum::of("w", case.input("x")).unwrap().unwrap();
        assert_close(&vector(&found.values), case.output(), "values");
        assert_close(
            &vector(&[found.stable_rank]),
            case.extra_output("stable_rank"),
            "stable rank",
        );
        assert_close(
            &vector(&[found.condition.unwrap()]),
            case.extra_output("condition"),
            "condition",
        );
    });
}

fn of_logits(case: &Case) -> Scored {
    let (logits, truth) = (case.input("logits"), case.input("truth"));
    let kinds = logits.dims()[1];
    let softmax = |row: &[f32]| {
        let powers: Vec<f64> = row.iter().map(|&x| f64::from(x).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|x| x / sum).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<f64>> = logits.data().chunks_exact(kinds).map(softmax).collect();
    let class = |class: usize| ScoredClass {
        name: class.to_string(),
        scores: rows.iter().map(|row| row[class]).collect(),
        is_true: truth.data().iter().map(|&x| x as usize == class).collect(),
    };
    let largest = |row: &Vec<f64>| (0..kinds).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
    Scored {
        data: "d".to_string(),
        classes: (0..kinds).map(class).collect(),
        predicted: rows.iter().map(largest).collect(),
        truth: truth.data().iter().map(|&x| x as usize).collect(),
        are_probabilities: true,
    }
}

#[test]
fn the_temperature_is_the_one_that_scipy_finds() {
    check_each(Fixtures::load("figures").of("temperature"), |case| {
        let found = Temperature::of(&of_logits(case)).unwrap();
        let reason = "SciPy's own minimum is as exact as a parabola's bottom can be seen";
        let temperature = Tensor::scalar(found.temperature as f32);
        assert_close_with(1e-4, 1e-4, reason, &temperature, case.output(), "temperature");
        let losses = [("before", found.before), ("after", found.after)];
        for (name, own) in losses {
            assert_close(&vector(&[own.negative_log_likelihood]), case.extra_output(name), name);
        }
    });
}

/// Curves of one class for each case, drawn over each other, beside the figure that scikit-learn has for each.
fn over_each_other<C: ClassCurve>(
    op: &str,
    word: &str,
    curves: impl Fn(&Scored) -> ClassCurves<C>,
) {
    let fixtures = Fixtures::load("figures");
    let cases: Vec<&Case> = fixtures.of(op).collect();
    let of = |(at, case): (usize, &&Case)| {
        let (data, classes) = ("d".to_string(), vec![class(case)]);
        let (predicted, truth) = (Vec::new(), Vec::new());
        let scored = Scored { data, classes, predicted, truth, are_probabilities: true };
        OfNetwork { network: format!("net{at}"), found: curves(&scored) }
    };
    let compared = Compared::of(cases.iter().enumerate().map(of).collect()).unwrap();
    let figure = compared.figure();
    assert!(cases.len() > 2 && figure.panels.len() == 1, "{}", cases.len());
    let text = figure.terminal(Terminal { width: 80, is_colored: false });
    let svg = figure.svg().unwrap();
    for (at, case) in cases.iter().enumerate() {
        let name = format!("net{at} ({word} {:.3})", case.output().data()[0]);
        assert!(text.contains(&name) && svg.contains(&name), "{name} is missing:\n{text}");
    }
    // Without colours, strokes tell them apart.
    let strokes = ["── net0", "╌╌ net1", "·· net2"];
    assert!(strokes.iter().all(|stroke| text.contains(stroke)), "{text}");
    assert!(svg.matches("stroke-dasharray").count() >= cases.len(), "{svg}");
}

#[test]
fn curves_of_several_networks_have_their_names_and_the_areas_of_scikit_learn() {
    over_each_other("roc", "AUC", |scored| Roc::of(scored, None));
    over_each_other("pr", "average", |scored| PrecisionRecall::of(scored, None));
}

/// By hand: of 0.2 and 0.8 with truths 0 and 1, each is 0.2 away; of 0.4 and 0.9, 0.4 and 0.1, which is 0.25.
#[test]
fn calibration_curves_over_each_other_have_the_error_of_each_network() {
    let of = |network: &str, scores: [f64; 2]| {
        let is_true = vec![false, true];
        let class = ScoredClass { name: "yes".to_string(), scores: scores.to_vec(), is_true };
        let (data, classes) = ("d".to_string(), vec![class]);
        let (predicted, truth) = (Vec::new(), Vec::new());
        let scored = Scored { data, classes, predicted, truth, are_probabilities: true };
        let found = Calibration::of(&scored, None, 2, Binning::Uniform).unwrap();
        OfNetwork { network: network.to_string(), found }
    };
    let compared = Compared::of(vec![of("a", [0.2, 0.8]), of("b", [0.4, 0.9])]).unwrap();
    let text = compared.figure().terminal(Terminal { width: 80, is_colored: false });
    let words = ["a (ECE 0.200)", "b (ECE 0.250)", "Calibration of yes on d"];
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn curves_of_other_classes_are_not_drawn_over_each_other() {
    let of = |network: &str, classes: &[&str]| {
        let class = |name: &&str| ScoredClass {
            name: name.to_string(),
            scores: vec![0.1, 0.7],
            is_true: vec![false, true],
        };
        let classes = classes.iter().map(class).collect();
        let (data, predicted, truth) = ("d".to_string(), Vec::new(), Vec::new());
        let scored = Scored { data, classes, predicted, truth, are_probabilities: true };
        OfNetwork { network: network.to_string(), found: Roc::of(&scored, None) }
    };
    let error = Compared::of(vec![of("a", &["x", "y"]), of("b", &["x", "z"])]).unwrap_err();
    assert_eq!(error.to_string(), "b has curves of x, z, and a of x, y");
    let both = Compared::of(vec![of("a", &["x", "y"]), of("b", &["x", "y"])]).unwrap().figure();
    let titles: Vec<&str> = both.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["x", "y"]);
}

fn built(network: &str, shape: &[usize]) -> Model {
    let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 3);
    model.build(Shape::try_from(shape).unwrap()).unwrap();
    model
}

/// The numbers of the last layer.
fn last(model: &Model) -> Vec<f32> {
    let parameters = model.network().unwrap().parameters();
    parameters.iter().flat_map(|(_, own)| own.value.data().to_vec()).collect()
}

#[test]
fn a_temperature_is_taken_back_from_a_saved_network_as_long_as_its_numbers_are_the_same() {
    let fixtures = Fixtures::load("figures");
    let case = fixtures.of("temperature").next().unwrap();
    let found = Temperature::of(&of_logits(case)).unwrap();
    let mut model = built("dense(3) -> softmax", &[4]);
    let before = last(&model);
    let is_refused = |model: &mut Model, wanted: &str| {
        let error = Temperature::take_back(model).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    };
    is_refused(&mut model, "not calibrated");
    // Twice: the temperatures are multiplied.
    found.apply(&mut model).unwrap();
    found.apply(&mut model).unwrap();
    let divided = last(&model);
    let file = std::env::temp_dir().join(format!("relume-temperature-{}.rlm", std::process::id()));
    save(&model, &file).unwrap();
    let mut back = load(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let square = found.temperature * found.temperature;
    assert!((Temperature::take_back(&mut back).unwrap() / square - 1.0).abs() < 1e-12);
    for ((x, y), z) in before.iter().zip(last(&back)).zip(&divided) {
        assert!((x - y).abs() <= 1e-6 * x.abs() && (z * square as f32 - x).abs() <= 1e-5 * x.abs());
    }
    is_refused(&mut back, "not calibrated");
    model.set_parameter("0.bias", &Tensor::zeros([3])).unwrap();
    is_refused(&mut model, "other numbers");
}

#[test]
fn the_matrices_of_attention_are_those_of_pytorch() {
    check_each(Fixtures::load("attention").iter(), |case| {
        let x = case.input("x").clone();
        let mut model = built(case.op(), &x.dims()[1..]);
        for (_, parameter) in model.network_mut().unwrap().parameters_mut().iter_mut() {
            parameter.value = case.parameter(&parameter.name).clone();
        }
        let found = AttentionHeads::of(&model, ("x", &x.into()), &[]).unwrap().unwrap();
        assert_eq!(found.layers.len(), case.number("layers") as usize);
        for (at, layer) in found.layers.iter().enumerate() {
            let wanted = case.extra_output(&format!("weights{at}"));
            let own = Tensor::new(wanted.shape(), layer.weights.clone()).unwrap();
            assert_close(&own, wanted, &layer.path);
            let wanted = wanted.dims();
            let [queries, keys] = [wanted[wanted.len() - 2], wanted[wanted.len() - 1]];
            assert_eq!([layer.queries.len(), layer.keys.len()], [queries, keys]);
        }
        let heads: usize = found.layers.iter().map(|layer| layer.heads).sum();
        assert_eq!(found.figure().panels.len(), heads);
    });
}

#[test]
fn padded_steps_are_in_no_matrix_of_attention() {
    let block = "transformer_encoder(2, dim_feedforward=8, dropout=0)";
    let network = format!(
        "embedding(9, 4, padding_idx=0) -> {block} -> {block} -> pool_over_time -> dense(2)"
    );
    let model = built(&network, &[6]);
    let sample: Array = Indices::from_fn([1, 6], |i| [4, 2, 7, 3, 0, 0][i]).into();
    let words = ["what", "is", "it", "for", "", ""].map(str::to_string);
    let found = AttentionHeads::of(&model, ("t", &sample), &words).unwrap().unwrap();
    assert_eq!(found.layers.len(), 2);
    for layer in &found.layers {
        assert_eq!((&layer.queries[..], &layer.keys[..]), (&words[..4], &words[..4]));
        assert_eq!((layer.heads, layer.weights.len()), (2, 2 * 4 * 4));
        for row in layer.weights.chunks_exact(4) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
        }
    }
    let second = found.of_stage("2").unwrap();
    assert_eq!(second.layers, found.layers[1..]);
    assert!(found.of_stage("3").is_none() && found.of_stage("2.self").is_none());
    let text = second.figure().terminal(Terminal { width: 80, is_colored: false });
    let path = &second.layers[0].path;
    for word in [&format!("{path} head 0"), &format!("{path} head 1"), "what │", " for │"] {
        assert!(text.contains(word), "{word} is missing:\n{text}");
    }
    assert!(!text.contains("padding"), "{text}");
}

#[test]
fn attention_of_a_decoder_has_matrices_too_and_a_network_without_any_has_none() {
    let encoder = "transformer_encoder(2, dim_feedforward=8)";
    let decoder = "transformer_decoder(2, dim_feedforward=8)";
    let network = format!("encoder_decoder({encoder}, {decoder}, source=4)");
    let sample: Array = Tensor::from_fn([1, 6, 4], |i| (i as f32).sin()).into();
    let model = built(&network, &[6, 4]);
    let found = AttentionHeads::of(&model, ("s", &sample), &[]).unwrap().unwrap();
    let sizes =
        |own: &relume_inspection::figures::HeadsOfLayer| [own.queries.len(), own.keys.len()];
    let sizes: Vec<[usize; 2]> = found.layers.iter().map(sizes).collect();
    assert_eq!(sizes, [[4, 4], [2, 2], [2, 4]]);
    let recurrent = built("lstm(4, output=\"last\") -> dense(2)", &[6, 4]);
    assert_eq!(AttentionHeads::of(&recurrent, ("s", &sample), &[]).unwrap(), None);
    let short: Array = Tensor::zeros([1, 5, 4]).into();
    let error = AttentionHeads::of(&model, ("s", &short), &[]).unwrap_err().to_string();
    assert!(error.contains("one sample of"), "{error}");
}
