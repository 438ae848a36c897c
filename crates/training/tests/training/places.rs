//! A class at each place: tokens of texts and pixels of images, of which some are ignored.

use crate::common::{optimizer, plan, stage};
use relume_datasets::{Dataset, Places, Split, Targets};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_formats::DataSpec;
use relume_layers::{LayerSpec, NetworkSpec, Stage};
use relume_losses::LossSpec;
use relume_tensor::{Shape, Tensor};
use relume_training::task::Decoded;
use relume_training::{
    EvaluateOptions, Interrupt, MetricSpec, Model, Plan, Predictions, Silent, Task, evaluate_with,
    fit, load, predict, predict_part, save,
};
use serde_json::json;

fn names() -> Vec<String> {
    ["O", "PER", "LOC"].map(str::to_string).to_vec()
}

/// The samples of a case, all of them in each part.
fn data(case: &Case) -> Dataset {
    let (inputs, target) = (case.input("x").clone(), case.input("target"));
    let class = |&class: &f32| if class < 0.0 { Places::IGNORED } else { class as u16 };
    let classes = target.data().iter().map(class).collect();
    let places = Places::new(names(), target.shape().without_batch(), classes).unwrap();
    let all: Vec<usize> = (0..places.len()).collect();
    let split = Split { train: all.clone(), test: all, ..Split::default() };
    Dataset::new("data", inputs, Targets::Places(places), split).unwrap()
}

/// The network of a case with its weights, and a plan of one step over all samples.
fn network(case: &Case, data: &Dataset) -> (Model, Plan) {
    let (name, kernel) = match data.sample_shape().rank() {
        2 => ("dense", None),
        _ => ("conv2d", Some(1.into())),
    };
    let arguments = [Some(3.into()), kernel].into_iter().flatten().collect();
    let layer = LayerSpec::from_arguments(name, arguments, vec![]).unwrap().into();
    let options = case.options().clone().into_iter().collect();
    let loss = LossSpec::from_arguments(case.op(), vec![], options).unwrap();
    let optimizer = optimizer("sgd", &json!({ "lr": 1.0 }));
    let plan = Plan { loss, optimizer, batch: 5, ..plan(data, 0) };
    let mut model = Model::new(NetworkSpec::new(vec![layer]), 1);
    fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    for (_, parameter) in model.network_mut().unwrap().parameters_mut().iter_mut() {
        let name = parameter.name.strip_prefix("0.").unwrap();
        let given = case.parameter(name);
        parameter.value = given.reshape(parameter.value.shape()).unwrap();
    }
    (model, Plan { epochs: 1, ..plan })
}

#[test]
fn ignored_places_count_in_no_loss_gradient_or_metric_as_in_pytorch() {
    check_each(Fixtures::load("places").iter(), |case| {
        let data = data(case);
        let (mut model, plan) = network(case, &data);
        let f1 = vec![MetricSpec::from_arguments("f1", vec![], vec![]).unwrap()];
        let options = EvaluateOptions { metrics: &f1, ..EvaluateOptions::default() };
        let result = evaluate_with(&model, &data.test(), &plan.loss, &options).unwrap();
        assert_close(&Tensor::scalar(result.loss), case.output(), "loss");
        let accuracy = case.number("right") / case.number("counted");
        assert!((f64::from(result.metric_value) - accuracy).abs() < 1e-6, "{accuracy}");
        let found = result.metrics[0].value.number().unwrap();
        assert!((found - case.number("f1")).abs() < 1e-6, "f1 {found}");
        let counted: usize = result.confusion.iter().flatten().sum();
        assert_eq!(counted as f64, case.number("counted"));
        // A step of plain descent with the rate 1 takes the gradient off.
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        for (_, parameter) in model.network().unwrap().parameters().iter() {
            let name = parameter.name.strip_prefix("0.").unwrap();
            let before = case.parameter(name).reshape(parameter.value.shape()).unwrap();
            let gradient = case.gradient(name).reshape(parameter.value.shape()).unwrap();
            let expected =
                Tensor::from_fn(parameter.value.shape(), |i| before.data()[i] - gradient.data()[i]);
            assert_close(&parameter.value, &expected, name);
        }
    });
}

/// Two texts of up to three tokens: class 1 of three, and the index itself.
fn texts() -> Dataset {
    let ignored = Places::IGNORED;
    let places = Places::new(names(), 3, vec![1, 2, 0, 2, 1, ignored]).unwrap();
    let inputs = Tensor::new(
        [2, 3, 3],
        [[0., 1., 0.], [0., 0., 1.], [1., 0., 0.], [0., 0., 1.], [0., 1., 0.], [0., 0., 0.]]
            .concat(),
    )
    .unwrap();
    let split = Split { train: vec![0, 1], test: vec![0, 1], ..Split::default() };
    Dataset::new("texts", inputs, Targets::Places(places), split).unwrap()
}

#[test]
fn the_classes_of_steps_are_learned_saved_and_shown_by_name() {
    let data = texts();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 0);
    let optimizer = optimizer("adam", &json!({ "lr": 0.1 }));
    let plan = Plan { optimizer, batch: 2, ..Plan::for_data(&data, 100) };
    assert_eq!(plan.loss.entry().name, "cross_entropy");
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.rlm");
    save(&model, &path).unwrap();
    for model in [&model, &load(&path).unwrap()] {
        let predictions = predict_part(model, &data.test()).unwrap();
        // Numbers have no end: the last place is predicted like all others.
        let last = &json!(predictions)["predictions"][1]["classes"][2];
        let expected = json!({
            "predictions": [{ "classes": ["PER", "LOC", "O"] }, { "classes": ["LOC", "PER", last] }],
            "truth": [{ "classes": ["PER", "LOC", "O"] }, { "classes": ["LOC", "PER", null] }],
        });
        assert!(last.is_string(), "{last}");
        assert_eq!(json!(predictions), expected);
        let columns = predictions.columns(false);
        assert_eq!(columns.names, ["prediction", "truth"]);
        assert!(matches!(predictions.decoded, Decoded::Places(_)));
    }
    // The same classes in another order are the model's.
    let places = Places::new(vec!["LOC".into(), "PER".into()], 3, vec![1, 0, 0, 1, 1, 0]).unwrap();
    let inputs = data.inputs().unwrap();
    let split = Split { test: vec![0, 1], ..Split::default() };
    let other = Dataset::new("other", inputs, Targets::Places(places), split).unwrap();
    let options = EvaluateOptions::default();
    let result = evaluate_with(&model, &other.test(), &plan.loss, &options).unwrap();
    // PER, LOC are right, then LOC for O; PER for LOC, PER is right; the last place is one of zeros.
    assert!(result.metric_value >= 0.5 && result.metric_value < 0.7, "{}", result.metric_value);
}

/// scipy.stats.entropy([1, 2, 2]) = 1.0549; the most common of the five classes is two of them.
#[test]
fn a_constant_says_the_shares_of_the_classes_at_each_place() {
    let tokens = texts();
    let places = Places::new(names(), [1, 3], vec![1, 2, 0, 2, 1, Places::IGNORED]).unwrap();
    let inputs = Tensor::zeros([2, 2, 1, 3]);
    let split = Split { train: vec![0, 1], test: vec![0, 1], ..Split::default() };
    let targets = Targets::Places(places);
    let pixels = Dataset::new("pixels", inputs, targets, split).unwrap();
    let convolution: Stage = "conv2d(3, 1)".parse::<NetworkSpec>().unwrap().layers.remove(0);
    for (data, stage) in [(tokens, stage("dense", Some(3.into()))), (pixels, convolution)] {
        let mut model = Model::new(NetworkSpec::new(vec![stage]), 0);
        let plan = Plan::for_data(&data, 1);
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let task = Task::new(model.network().unwrap(), &data, &plan.loss).unwrap();
        let constant = task.baseline(&data.train(), &data.test()).unwrap().unwrap();
        assert!((constant.loss - 1.054_920_167_986_144_5).abs() < 1e-5, "{constant:?}");
        assert!((constant.metric - 0.4).abs() < 1e-9, "{constant:?}");
    }
}

#[test]
fn networks_that_do_not_keep_the_places_are_refused_with_what_would_fit() {
    let data = texts();
    let train = |stages| {
        let mut model = Model::new(NetworkSpec::new(stages), 0);
        let plan = Plan::for_data(&data, 1);
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err()
    };
    let error = train(vec![stage("flatten", None), stage("dense", Some(3.into()))]);
    let text = format!("{error} {}", error.help().unwrap_or_default());
    assert!(text.contains("3 classes at each place") && text.contains("dense(3)"), "{text}");
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 0);
    let loss = LossSpec::from_arguments("mse", vec![], vec![]).unwrap();
    let plan = Plan { loss, ..Plan::for_data(&data, 1) };
    let error = fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    let text = format!("{error} {}", error.help().unwrap_or_default());
    assert!(text.contains("3 classes at each place") && text.contains("cross_entropy"), "{text}");
}

#[test]
fn balanced_weights_count_places() {
    let data = texts();
    let named = vec![("weight".to_string(), json!("balanced"))];
    let loss = LossSpec::from_arguments("cross_entropy", vec![], named).unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 0);
    let plan = Plan { loss, ..Plan::for_data(&data, 1) };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    // scikit-learn: 5 / (3 * np.bincount([1, 2, 0, 2, 1])).
    let kept = model.run().plan.as_ref().unwrap().loss.to_string();
    assert!(kept.contains("1.666") && kept.contains("0.8333"), "{kept}");
}

/// The second text has no class at all.
#[test]
fn a_batch_without_any_class_has_a_loss_and_gradients_of_zero() {
    let none = Places::IGNORED;
    let places = Places::new(names(), 2, vec![1, 2, none, none]).unwrap();
    let inputs = Tensor::from_fn([4, 3], |i| (i % 5) as f32 - 1.0).reshape([2, 2, 3]).unwrap();
    let with = |train: Vec<usize>, test: Vec<usize>| {
        let split = Split { train, test, ..Split::default() };
        Dataset::new("texts", inputs.clone(), Targets::Places(places.clone()), split).unwrap()
    };
    let trained = |data: &Dataset, accumulate| {
        let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 0);
        let optimizer = optimizer("sgd", &json!({ "lr": 0.5 }));
        let plan = Plan { optimizer, batch: 1, accumulate, ..Plan::for_data(data, 3) };
        fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).map(|_| model)
    };
    for accumulate in [1, 2] {
        let [both, one] = [vec![0, 1], vec![0]].map(|train| with(train, vec![]));
        let [both, one] = [both, one].map(|data| trained(&data, accumulate).unwrap());
        let [own, alone] = [&both, &one].map(|model| model.network().unwrap().parameters());
        for ((_, own), (_, alone)) in own.iter().zip(alone.iter()) {
            assert_eq!(own.value, alone.value, "{}", own.name);
        }
        let losses = |model: &Model| -> Vec<f32> {
            model.run().history.epochs.iter().map(|epoch| epoch.loss).collect()
        };
        assert_eq!(losses(&both), losses(&one));
        let empty = with(vec![0], vec![1]);
        let loss = &both.run().plan.as_ref().unwrap().loss;
        let options = EvaluateOptions::default();
        let error = evaluate_with(&both, &empty.test(), loss, &options).unwrap_err().to_string();
        assert!(error.contains("texts.test: no place of its samples has a class"), "{error}");
        // Both parts at once: the loss of the first text.
        let found = evaluate_with(&both, &empty.all(), loss, &options).unwrap();
        assert_eq!(found.loss, evaluate_with(&both, &empty.train(), loss, &options).unwrap().loss);
        let error = trained(&empty, accumulate).unwrap_err().to_string();
        assert!(error.contains("texts.test: no place"), "{error}");
    }
}

/// What a loss ignores is as if it were not there: in the loss, the metric and the mean over batches of both.
#[test]
fn a_class_that_is_ignored_counts_nowhere() {
    let loss = |text: &str| text.parse::<LossSpec>().unwrap();
    let (all, known) = (loss("cross_entropy"), loss("cross_entropy(ignore_index=0)"));
    let inputs = Tensor::from_fn([4, 3], |i| (i % 5) as f32 - 1.0);
    let one = |shape: &[usize]| inputs.reshape(Shape::new(shape).unwrap()).unwrap();
    let places =
        |values: [u16; 4]| Targets::Places(Places::new(names(), 2, values.to_vec()).unwrap());
    let none = Places::IGNORED;
    let classes = Targets::Classes { names: names(), labels: vec![1, 0, 2, 0] };
    let parts = |train: Vec<usize>| Split { train, ..Split::default() };
    for (what, inputs, targets, others, samples) in [
        ("pixels", one(&[2, 2, 3]), places([1, 2, 0, 0]), places([1, 2, none, none]), vec![0, 1]),
        (
            "some pixels",
            one(&[2, 2, 3]),
            places([1, 0, 0, 2]),
            places([1, none, none, 2]),
            vec![0, 1],
        ),
        ("samples", one(&[4, 3]), classes.clone(), classes, vec![0, 2]),
    ] {
        let data =
            |targets, train| Dataset::new(what, inputs.clone(), targets, parts(train)).unwrap();
        let whole = data(targets, (0..inputs.dims()[0]).collect());
        let rest = data(others, samples);
        for batch in [1, 4] {
            let mut found = Vec::new();
            for (data, loss) in [(&whole, &known), (&rest, &all)] {
                let mut model =
                    Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 0);
                // A rate with which no weight changes.
                let optimizer = optimizer("sgd", &json!({ "lr": 1e-30 }));
                let loss = loss.clone();
                let plan = Plan { optimizer, batch, loss, ..Plan::for_data(data, 1) };
                fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
                let trained = &model.run().history.epochs[0];
                let options = EvaluateOptions::default();
                let own = evaluate_with(&model, &data.train(), &plan.loss, &options).unwrap();
                assert!((own.loss - trained.loss).abs() < 1e-6, "{what}: {own:?} {trained:?}");
                assert_eq!(own.metric_value, trained.metric, "{what}: {own:?} {trained:?}");
                found.push((own.loss, own.metric_value));
            }
            let [(loss, metric), wanted] = found[..] else { panic!("two figures") };
            assert!((loss - wanted.0).abs() < 1e-6 && metric == wanted.1, "{what}: {found:?}");
        }
    }
}

#[test]
fn samples_that_all_have_the_class_that_is_ignored_are_refused() {
    let inputs = Tensor::from_fn([4, 3], |i| i as f32);
    let targets = Targets::Classes { names: names(), labels: vec![1, 0, 2, 0] };
    let data = |train: Vec<usize>, test: Vec<usize>| {
        let split = Split { train, test, ..Split::default() };
        Dataset::new("d", inputs.clone(), targets.clone(), split).unwrap()
    };
    let loss: LossSpec = "cross_entropy(ignore_index=0)".parse().unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 0);
    for (data, part) in [(data(vec![1, 3], vec![0]), "train"), (data(vec![0, 2], vec![3]), "test")]
    {
        let plan = Plan { loss: loss.clone(), ..Plan::for_data(&data, 1) };
        let error = fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err();
        let wanted = format!("d.{part}: all of its samples have the class that the loss ignores");
        assert!(error.to_string().contains(&wanted), "{error}");
    }
    model.build(3.into()).unwrap();
    let data = data(vec![0, 2], vec![1, 3]);
    let error =
        evaluate_with(&model, &data.test(), &loss, &EvaluateOptions::default()).unwrap_err();
    assert!(error.to_string().contains("all of its samples have the class"), "{error}");
}

/// A text is as long as its tokens, whatever is known of them and however long the others are.
#[test]
fn predictions_for_a_text_end_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tags.jsonl");
    let lines = [
        json!({ "tokens": ["a", "b", "a", "b"], "tags": ["X", "Y", "X", "Y"] }),
        json!({ "tokens": ["b", "a", "c"], "tags": ["Y", null, null] }),
        json!({ "tokens": ["a"], "tags": ["X"] }),
    ];
    std::fs::write(&path, lines.map(|line| line.to_string()).join("\n")).unwrap();
    let named = vec![("test".to_string(), json!(0)), ("min_count".to_string(), json!(1))];
    let spec = DataSpec::from_arguments("tagged", vec![json!(path.to_str().unwrap())], named);
    let data = spec.unwrap().inner().load().unwrap();
    let words = LayerSpec::from_arguments("embedding", vec![8.into(), 4.into()], vec![]).unwrap();
    let mut model =
        Model::new(NetworkSpec::new(vec![words.into(), stage("dense", Some(2.into()))]), 0);
    let plan = Plan::for_data(&data, 1);
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let lengths = |predictions: &Predictions| -> Vec<usize> {
        let Decoded::Places(places) = &predictions.decoded else { panic!("places") };
        for truth in places.truth.iter() {
            let own: Vec<usize> = truth.iter().map(Vec::len).collect();
            assert_eq!(own, places.samples.iter().map(Vec::len).collect::<Vec<_>>());
        }
        assert!(places.samples.iter().flatten().all(Option::is_some));
        places.samples.iter().map(Vec::len).collect()
    };
    let all = data.all();
    assert_eq!(lengths(&predict_part(&model, &all).unwrap()), [4, 3, 1]);
    assert_eq!(lengths(&predict_part(&model, &all.slice(1, 3).unwrap()).unwrap()), [3, 1]);
    assert_eq!(lengths(&predict(&model, &all.inputs().unwrap()).unwrap()), [4, 3, 1]);
}
