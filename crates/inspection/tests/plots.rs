//! Pictures: what is in them, that they are well-formed, and that text keeps to its width.

use relume_datasets::{Dataset, Split, Targets};
use relume_inspection::figures::{
    AttentionHeads, Boundary, Calibration, ClassCounts, ClassCurve, ClassCurves, Columns, Compared,
    Confusion, Embedding, FeatureMaps, OfNetwork, PrecisionRecall, Roc, ScheduleCurve,
    ScheduleTooLong, Scored, Spectrum, Temperature, TemperatureError, WeightHistograms, filters,
    matrix, parts, samples,
};
use relume_inspection::plot::{Figure, PictureError, Terminal};
use relume_layers::NetworkSpec;
use relume_losses::CrossEntropy;
use relume_optimizers::ScheduleSpec;
use relume_tensor::{Rng, Tensor};
use relume_training::task::Decoded;
use relume_training::{
    EvaluateOptions, Interrupt, Model, Plan, Silent, evaluate, evaluate_with, fit, predict_part,
};

/// Two classes of points in a plane, with a name that would break XML.
fn points(count: usize) -> Dataset {
    let mut rng = Rng::new(3);
    let labels: Vec<usize> = (0..count).map(|at| at % 2).collect();
    let number = |at: usize| rng.uniform() + (at / 2 % 2) as f32 * 0.7;
    let inputs = Tensor::from_fn([count, 2], number);
    let names = vec!["<a & b>".to_string(), "second".to_string()];
    Dataset::new("points", inputs, Targets::Classes { names, labels }, Split::every(count, 5))
        .unwrap()
}

fn trained(data: &Dataset) -> Model {
    trained_for(data, 3)
}

fn trained_for(data: &Dataset, epochs: u64) -> Model {
    let mut model = Model::new("dense(8) -> tanh -> dense(2)".parse::<NetworkSpec>().unwrap(), 1);
    let plan = Plan::for_data(data, epochs);
    fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    model
}

/// The curves of three networks over each other, one of which has a long name.
fn compared<C: ClassCurve>(found: ClassCurves<C>) -> Figure {
    let long = "load(\"a/folder/with/a/long/name/network.rlm\")";
    let of = |name: &str| OfNetwork { network: name.to_string(), found: found.clone() };
    Compared::of(["a", "b", long].map(of).to_vec()).unwrap().figure()
}

/// The attention of a transformer to a sample of so many steps.
fn attention(steps: usize) -> Figure {
    let block = "transformer_encoder(4, dim_feedforward=8)";
    let network = format!("{block} -> {block} -> pool_over_time -> dense(2)");
    let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 1);
    model.build([steps, 8].into()).unwrap();
    let sample = Tensor::from_fn([1, steps, 8], |at| (at as f32).sin() * 3.0);
    AttentionHeads::of(&model, ("s", &sample.into()), &[]).unwrap().unwrap().figure()
}

/// Every kind of picture, by its name.
fn all() -> Vec<(&'static str, Figure)> {
    let data = points(80);
    let model = trained(&data);
    let test = data.test();
    let evaluation = evaluate(&model, &test, &CrossEntropy::new().into()).unwrap();
    let scored = Scored::of(&model, &test, &|_| true).unwrap().unwrap();
    let binning = relume_inspection::figures::Binning::Uniform;
    let calibration = Calibration::of(&scored, None, 5, binning).unwrap();
    let network = model.network().unwrap();
    let kernels = Tensor::from_fn([6, 4, 3, 3], |at| (at as f32 * 0.7).sin());
    let images = Tensor::from_fn([3, 1, 6, 6], |at| at as f32);
    let names = vec!["up".to_string()];
    let labels = Targets::Classes { names, labels: vec![0; 3] };
    let images = Dataset::new("images", images, labels, Split::train_only(3)).unwrap();
    let schedule = ScheduleSpec::from_arguments("onecycle", vec![], vec![]);
    let weight = Tensor::from_fn([5, 4], |at| (at as f32).cos());
    vec![
        ("confusion", Confusion::of(&evaluation).unwrap().figure()),
        ("roc", Roc::of(&scored, None).figure()),
        ("roc of one class", Roc::of(&scored, Some(0)).figure()),
        ("pr", PrecisionRecall::of(&scored, None).figure()),
        ("calibration", calibration.figure()),
        ("roc of several networks", compared(Roc::of(&scored, None))),
        ("pr of several networks", compared(PrecisionRecall::of(&scored, Some(0)))),
        ("calibration of several networks", compared(calibration)),
        ("attention", attention(5)),
        ("attention to many steps", attention(100)),
        ("boundary", Boundary::of(&model, &test).unwrap().unwrap().figure()),
        ("embedding", Embedding::of_stage(&model, &test, None).unwrap().unwrap().figure()),
        ("embedding of inputs", Embedding::of_inputs(&test).unwrap().figure()),
        ("features", FeatureMaps::of(&model, &test, Some("0")).unwrap().unwrap().figure()),
        ("histogram", WeightHistograms::of(network, 20).figure()),
        ("spectrum", Spectrum::of("w", &weight).unwrap().unwrap().figure()),
        ("filters", filters("kernels", &kernels).unwrap()),
        ("matrix", matrix("w", &weight).unwrap()),
        ("classes", ClassCounts::of("points", &parts(&data)).unwrap().figure()),
        ("columns", Columns::of_inputs(&test, 10).unwrap().unwrap().figure()),
        ("samples", samples(&images.train()).unwrap().unwrap()),
        ("schedule", ScheduleCurve::of(&schedule.unwrap(), 0.1, 4, 10).unwrap().figure()),
    ]
}

/// Checks that all tags are closed in their order, and that no sign of XML stands in a text.
fn check_xml(name: &str, text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let before = &rest[..start];
        assert!(!before.contains('>'), "{name}: a > in {before:?}");
        for entity in before.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"].iter().any(|own| entity.starts_with(own));
            assert!(known, "{name}: & in {before:?}");
        }
        let end =
            rest[start..].find('>').unwrap_or_else(|| panic!("{name}: a tag that does not end"));
        let tag = &rest[start + 1..start + end];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}: </{closed}>");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{name}: quotes in <{tag}>");
        rest = &rest[start + end + 1..];
    }
    assert!(open.is_empty(), "{name}: {open:?} are open");
}

#[test]
fn every_svg_is_well_formed_and_has_no_place_that_is_no_number() {
    for (name, figure) in all() {
        let svg = figure.svg().unwrap();
        check_xml(name, &svg);
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{name}");
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{name}");
    }
}

#[test]
fn large_matrices_are_small_files() {
    let mut rng = Rng::new(1);
    let random = Tensor::from_fn([1500, 1500], |_| rng.uniform() - 0.5);
    let mut count = || (rng.uniform() * 40.0) as usize;
    let counts: Vec<Vec<usize>> = (0..1000).map(|_| (0..1000).map(|_| count()).collect()).collect();
    let classes = (0..1000).map(|class| format!("class {class}")).collect();
    let confusion = Confusion { data: "many".to_string(), classes, counts, accuracy: 0.0 };
    let drawn = [matrix("m", &random).unwrap(), confusion.figure()].map(|own| own.svg().unwrap());
    assert!(drawn[0].contains("<image"));
    for svg in drawn {
        assert!(svg.len() < 4 << 20, "{} bytes", svg.len());
        // Three letters may stand together in the image's bytes.
        let mut parts = svg.split("base64,");
        let first = parts.next().into_iter();
        let after = parts.map(|image| image.split_once('"').unwrap().1);
        assert!(first.chain(after).all(|text| !text.contains("NaN")));
    }
}

#[test]
fn a_schedule_over_too_many_epochs_is_an_error() {
    let schedule = ScheduleSpec::from_arguments("plateau", vec![], vec![]).unwrap();
    let found = ScheduleCurve::of(&schedule, 0.1, u64::MAX, 10);
    assert_eq!(found, Err(ScheduleTooLong { epochs: u64::MAX, steps: 10 }));
}

#[test]
fn every_png_is_read_back() {
    for (name, figure) in all() {
        let bytes = figure.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels.iter().any(|&x| x < 100), "{name} is empty");
    }
}

#[test]
fn text_keeps_to_eighty_columns_and_has_colours_only_where_they_are_seen() {
    use unicode_width::UnicodeWidthStr;
    for (name, figure) in all() {
        let plain = figure.terminal(Terminal { width: 80, is_colored: false });
        for line in plain.lines() {
            assert!(line.width() <= 80, "{name}: {} columns in {line:?}", line.width());
        }
        assert!(!plain.contains('\x1b') && plain.ends_with('\n'), "{name}");
        let colored = figure.terminal(Terminal { width: 80, is_colored: true });
        assert!(colored.contains("\x1b["), "{name} has no colours");
        assert!(!plain.contains("nothing to draw"), "{name}");
    }
}

#[test]
fn the_confusion_matrix_has_its_counts_and_names() {
    let (_, figure) = all().into_iter().next().unwrap();
    let text = figure.terminal(Terminal { width: 80, is_colored: false });
    for word in ["true class down, predicted class across", "<a & b>", "second", "accuracy"] {
        assert!(text.contains(word), "{word} is missing:\n{text}");
    }
}

#[test]
fn a_figure_without_a_finite_point_is_an_error() {
    let empty = Figure::several("nothing", Vec::new());
    assert!(matches!(empty.svg(), Err(PictureError::Empty)));
    assert!(matches!(empty.png(), Err(PictureError::Empty)));
}

#[test]
fn a_boundary_of_images_is_none() {
    let images = Tensor::from_fn([4, 1, 6, 6], |at| at as f32);
    let names = vec!["up".to_string(), "down".to_string()];
    let labels = Targets::Classes { names, labels: vec![0, 1, 0, 1] };
    let data = Dataset::new("images", images, labels, Split::train_only(4)).unwrap();
    assert!(!Boundary::suits(&data));
    assert!(Boundary::suits(&points(8)));
}

#[test]
fn a_temperature_divides_the_logits_and_leaves_the_classes() {
    let data = points(80);
    let (mut model, part) = (trained_for(&data, 300), data.train());
    let scored = |model: &Model| Scored::of(model, &part, &|_| true).unwrap().unwrap();
    let before = scored(&model);
    let found = Temperature::of(&before).unwrap();
    assert!((found.temperature - 1.0).abs() > 0.01, "it changes something: {}", found.temperature);
    found.apply(&mut model).unwrap();
    let after = scored(&model);
    assert_eq!(after.predicted, before.predicted);
    let again = Temperature::of(&after).unwrap();
    assert!((again.temperature - 1.0).abs() < 1e-3, "{}", again.temperature);
    let losses = [again.before, found.after].map(|own| own.negative_log_likelihood);
    assert!((losses[0] - losses[1]).abs() < 1e-5, "{losses:?}");
}

#[test]
fn a_network_without_logits_at_its_end_keeps_its_weights() {
    let data = points(80);
    let mut model = Model::new("dense(2) -> tanh".parse::<NetworkSpec>().unwrap(), 1);
    // It learns something, without which no temperature is best.
    let plan = Plan::for_data(&data, 300);
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let scored = Scored::of(&model, &data.train(), &|_| true).unwrap().unwrap();
    let found = Temperature::of(&scored).unwrap();
    let weights = model.state();
    assert!(matches!(found.apply(&mut model), Err(TemperatureError::NoLogits(_))));
    assert_eq!(format!("{:?}", model.state()), format!("{weights:?}"));
}

#[test]
fn a_threshold_decides_for_the_second_class() {
    let data = points(80);
    let (model, test) = (trained(&data), data.test());
    let loss = CrossEntropy::new().into();
    for (threshold, column) in [(0.0, 1), (1.0, 0)] {
        let options = EvaluateOptions { threshold: Some(threshold), ..EvaluateOptions::default() };
        let found = evaluate_with(&model, &test, &loss, &options).unwrap();
        assert!(found.confusion.iter().all(|row| row[1 - column] == 0), "{:?}", found.confusion);
        let Decoded::Classes(said) =
            predict_part(&model, &test).unwrap().with_threshold(threshold).unwrap().decoded
        else {
            panic!("classes are wanted");
        };
        assert!(said.samples.iter().all(|sample| sample.class == column));
    }
}
