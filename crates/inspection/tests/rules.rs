//! Rules on healthy networks that look ill at first sight, and on their ill siblings.

use relume_datasets::{Dataset, Sampler, Split, Targets};
use relume_inspection::{Detail, Finding, Names, Options, Severity, inspect, lint, train_words};
use relume_layers::NetworkSpec;
use relume_losses::LossSpec;
use relume_optimizers::OptimizerSpec;
use relume_tensor::{Indices, Shape, Tensor};
use relume_training::{EarlyStop, Interrupt, Keep, Model, Plan, Silent, fit};

fn model(text: &str) -> Model {
    let spec: NetworkSpec = text.parse().unwrap();
    Model::new(spec, 1)
}

/// Samples of this shape whose first number says the class, from so many of each class.
fn classes(shape: &[usize], counts: [usize; 2]) -> Dataset {
    let labels: Vec<usize> = (0..counts[0]).map(|_| 0).chain((0..counts[1]).map(|_| 1)).collect();
    let each: usize = shape.iter().product();
    let sizes: Vec<usize> = [labels.len()].into_iter().chain(shape.iter().copied()).collect();
    let number = |i: usize| {
        let noise = (i as f32 * 12.9898).sin() * 43758.547;
        let sign = if i.is_multiple_of(each) { labels[i / each] as f32 * 2.0 - 1.0 } else { 0.0 };
        sign + noise - noise.floor() - 0.5
    };
    let inputs = Tensor::from_fn(Shape::try_from(&sizes[..]).unwrap(), number);
    let samples = labels.len();
    let names = vec!["a".to_string(), "b".to_string()];
    let split = Split { train: (0..samples).collect(), ..Split::default() };
    Dataset::new("d", inputs, Targets::Classes { names, labels }, split).unwrap()
}

fn options() -> Options {
    let names =
        Names { network: Some("net".to_string()), data: Some("d".to_string()), ..Names::default() };
    Options { names, ..Options::default() }
}

/// The rules that found something, and what, for the message of a failed test.
fn rules(found: &[Finding]) -> Vec<String> {
    found.iter().map(|own| format!("{:?} {}: {}", own.severity, own.rule, own.text)).collect()
}

fn has(found: &[Finding], rule: &str) -> bool {
    found.iter().any(|own| own.rule == rule)
}

fn worst(found: &[Finding]) -> Option<Severity> {
    found.iter().map(|own| own.severity).max()
}

fn loss(name: &str) -> LossSpec {
    LossSpec::from_arguments(name, vec![], vec![]).unwrap()
}

#[test]
fn a_loss_is_refused_only_where_the_outputs_surely_leave_its_range() {
    let data = classes(&[4], [20, 20]);
    for (network, loss_name, is_wrong) in [
        ("dense(1) -> sigmoid", "bce", false),
        ("dense(1) -> sigmoid -> reshape([1])", "bce", false),
        ("dense(1) -> sigmoid -> flatten -> identity", "bce", false),
        ("dense(4) -> relu -> shared(dense(1) -> sigmoid)", "bce", false),
        ("dense(4) -> sigmoid -> relu -> reshape([1, 4]) -> globalavgpool1d", "bce", false),
        ("dense(1) -> hardtanh(min_val=0, max_val=1)", "bce", false),
        ("dense(1) -> residual(dense(1))", "bce", false),
        ("dense(1)", "bce", true),
        ("dense(1) -> reshape([1])", "bce", true),
        ("dense(4) -> relu -> shared(dense(1))", "bce", true),
        ("dense(1) -> tanh -> flatten", "bce", true),
        ("dense(2) -> log_softmax -> reshape([2])", "nll", false),
        ("dense(2) -> shared(dense(2) -> log_softmax)", "nll", false),
        ("dense(2) -> softmax -> reshape([2])", "nll", true),
    ] {
        let plan = Plan { loss: loss(loss_name), ..Plan::for_data(&data, 1) };
        let Ok((_, found)) = lint(&model(network), &data, &plan, &options()) else {
            panic!("{network} is refused");
        };
        assert_eq!(has(&found, "wrong_loss"), is_wrong, "{network} {:?}", rules(&found));
    }
}

#[test]
fn stages_that_rearrange_the_outputs_leave_the_last_function_the_last_one() {
    let data = classes(&[4], [20, 20]);
    let plan = Plan::for_data(&data, 1);
    let (_, found) =
        lint(&model("dense(2) -> softmax -> reshape([2])"), &data, &plan, &options()).unwrap();
    let own = found.iter().find(|own| own.rule == "double_softmax").expect("double_softmax");
    assert_eq!(own.places[0].path, "1");
    let statement = own.cures[0].statement.as_deref().unwrap();
    assert!(statement.starts_with("net = dense(2) -> reshape([2]); train net on d"), "{statement}");
    // Where tanh is flat outputs may lie, hidden values should not.
    for (end, is_found) in [(" -> reshape([2])", false), (" -> dense(2)", true)] {
        let network = format!("dense(2, init=normal(std=5)) -> tanh{end}");
        let seen = inspect(&model(&network), &data.train(), &options()).unwrap();
        assert_eq!(
            has(&seen.findings, "saturation"),
            is_found,
            "{network} {:?}",
            rules(&seen.findings)
        );
    }
}

#[test]
fn heads_and_branches_that_begin_at_0_are_healthy() {
    let data = classes(&[4], [40, 40]);
    for network in [
        "dense(2, init=zeros)",
        "dense(16) -> relu -> dense(2, init=zeros)",
        "dense(16) -> relu -> dense(16) -> relu -> dense(2, init=zeros, bias_init=zeros)",
        "dense(16) -> residual(dense(16) -> relu -> dense(16, init=zeros)) -> dense(2)",
    ] {
        let seen = inspect(&model(network), &data.train(), &options()).unwrap();
        assert!(
            worst(&seen.findings) < Some(Severity::Warning),
            "{network} {:?}",
            rules(&seen.findings)
        );
    }
    let dead = "dense(16, init=zeros, bias_init=zeros) -> relu -> dense(2, init=zeros)";
    let seen = inspect(&model(dead), &data.train(), &options()).unwrap();
    assert_eq!(worst(&seen.findings), Some(Severity::Problem), "{:?}", rules(&seen.findings));
}

#[test]
fn the_states_of_relu_have_no_ends_to_saturate_at() {
    let data = classes(&[6, 3], [20, 20]);
    for (function, is_found) in [("tanh", true), ("relu", false)] {
        let text = format!("rnn(8, nonlinearity={function:?}, output=\"last\") -> dense(2)");
        let mut model = model(&text);
        let network = model.build([6, 3].into()).unwrap();
        for (_, own) in network.parameters_mut().iter_mut() {
            if own.name.contains("weight_ih") {
                own.value = own.value.map(|x| 100.0 * x);
            }
        }
        let seen = inspect(&model, &data.train(), &options()).unwrap();
        assert_eq!(has(&seen.findings, "saturated_gates"), is_found, "{:?}", rules(&seen.findings));
    }
}

#[test]
fn rare_classes_do_not_make_the_loss_at_the_start_look_high() {
    let data = classes(&[4], [198, 2]);
    let seen = inspect(&model("dense(8) -> relu -> dense(2)"), &data.train(), &options()).unwrap();
    assert!(!has(&seen.findings, "initial_loss"), "{:?}", rules(&seen.findings));
    let loud = model("dense(8) -> relu -> dense(2, init=normal(std=30))");
    let seen = inspect(&loud, &data.train(), &options()).unwrap();
    assert!(has(&seen.findings, "initial_loss"), "{:?}", rules(&seen.findings));
}

#[test]
fn a_balanced_sampler_is_compared_with_the_constant_for_equal_classes() {
    let data = classes(&[4], [90, 10]);
    for (sampler, wanted) in [
        // By hand: -0.9 ln 0.9 - 0.1 ln 0.1, and ln 2.
        (Sampler::Shuffle, 0.325_082_97),
        (Sampler::Balanced, std::f64::consts::LN_2),
    ] {
        let mut model = model("dense(2)");
        let plan = Plan { sampler, ..Plan::for_data(&data, 1) };
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let constant = inspect(&model, &data.train(), &options()).unwrap().constant.unwrap();
        assert!((constant.loss - wanted).abs() < 1e-5, "{sampler:?} {constant:?}");
    }
}

/// Random classes, which can only be learned by heart, with a validation part.
fn random() -> Dataset {
    let samples = 80;
    let number = |i: usize| {
        let noise = (i as f32 * 78.233).sin() * 43758.547;
        noise - noise.floor() - 0.5
    };
    let inputs = Tensor::from_fn([samples, 8], number);
    let labels = (0..samples).map(|i| usize::from(number(i * 31 + 7) > 0.0)).collect();
    let names = vec!["a".to_string(), "b".to_string()];
    let split =
        Split { train: (0..40).collect(), validation: (40..80).collect(), ..Split::default() };
    Dataset::new("d", inputs, Targets::Classes { names, labels }, split).unwrap()
}

#[test]
fn the_weights_that_are_kept_are_judged_not_those_of_the_last_epoch() {
    let data = random();
    for (keep, is_found) in [(Keep::Last, true), (Keep::Best, false)] {
        let mut model = model("dense(128) -> relu -> dense(128) -> relu -> dense(2)");
        let plan = Plan { keep, batch: 8, ..Plan::for_data(&data, 60) };
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let seen = inspect(&model, &data.train(), &options()).unwrap();
        let is_overfitted = has(&seen.findings, "overfitting") || has(&seen.findings, "memorising");
        assert_eq!(is_overfitted, is_found, "{keep:?} {:?}", rules(&seen.findings));
    }
}

#[test]
fn a_large_network_passes_no_more_samples_than_in_training_unless_they_are_given() {
    let data = classes(&[4], [300, 300]);
    // 256 samples of 40,002 numbers and their gradients: 82 MB.
    for (hidden, batch, samples, wanted) in [
        (20_000, 100, None, 100),
        (20_000, 500, None, 256),
        (20_000, 100, Some(150), 150),
        (4, 100, None, 256),
    ] {
        let mut model = model(&format!("dense({hidden}) -> relu -> dense(2)"));
        let plan = Plan { batch, ..Plan::for_data(&data, 1) };
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let seen = inspect(&model, &data.train(), &Options { samples, ..options() }).unwrap();
        assert_eq!(seen.samples, wanted, "{hidden} {batch} {samples:?}");
        let detail = Detail::of(&model, &data.train(), "2", samples).unwrap().unwrap();
        assert_eq!(detail.samples, wanted, "{hidden} {batch} {samples:?}");
    }
}

#[test]
fn the_units_of_lines_are_their_channels_and_those_of_sequences_their_features() {
    let data = classes(&[3, 10], [20, 20]);
    for (network, units) in [
        ("conv1d(5, 3) -> relu -> flatten -> dense(2)", 5),
        ("dense(7) -> relu -> flatten -> dense(2)", 7),
    ] {
        let detail = Detail::of(&model(network), &data.train(), "1", None).unwrap().unwrap();
        assert_eq!(detail.units.len(), units, "{network}");
    }
}

#[test]
fn numbers_to_predict_may_differ_for_equal_samples() {
    let inputs = Tensor::from_fn([40, 1], |i| (i % 4) as f32);
    let values = Tensor::from_fn([40, 1], |i| (i as f32).sin());
    let targets = Targets::Values { names: vec!["y".to_string()], values };
    let split = Split { train: (0..40).collect(), ..Split::default() };
    let data = Dataset::new("d", inputs, targets, split).unwrap();
    let plan = Plan::for_data(&data, 1);
    let (_, found) = lint(&model("dense(1)"), &data, &plan, &options()).unwrap();
    assert!(!has(&found, "contradictory_labels"), "{:?}", rules(&found));
}

#[test]
fn a_normalisation_is_offered_only_where_it_leaves_something() {
    for (features, is_offered) in [(1, false), (2, true)] {
        let mut data = classes(&[5, features], [20, 20]);
        let inputs = data.inputs().unwrap().map(|x| 1000.0 * x);
        data = Dataset::new(
            "d",
            inputs,
            data.targets().clone(),
            Split { train: (0..40).collect(), ..Split::default() },
        )
        .unwrap();
        let plan = Plan::for_data(&data, 1);
        let (_, found) =
            lint(&model("lstm(4, output=\"last\") -> dense(2)"), &data, &plan, &options()).unwrap();
        let own = found.iter().find(|own| own.rule == "unscaled_input").expect("unscaled_input");
        let is_there = own.cures.iter().any(|cure| cure.text.contains("layernorm"));
        assert_eq!(is_there, is_offered, "{own:#?}");
    }
}

#[test]
fn the_words_of_a_plan_say_all_that_it_chooses_by() {
    let data = random();
    let usual = || Plan::for_data(&data, 5);
    let stop = |min_delta| Some(EarlyStop { patience: 3, min_delta });
    let figure = || Some("validation_accuracy".to_string());
    for (plan, wanted) in [
        (usual(), ""),
        (Plan { early_stop: stop(0.0), keep: Keep::Best, ..usual() }, " early_stop=3"),
        (
            Plan { early_stop: stop(0.5), keep: Keep::Last, monitor: figure(), ..usual() },
            " early_stop=3 min_delta=0.5 keep=\"last\" monitor=\"validation_accuracy\"",
        ),
        (
            Plan { keep: Keep::Best, monitor: figure(), ..usual() },
            " keep=\"best\" monitor=\"validation_accuracy\"",
        ),
        // What chooses nothing is not said.
        (Plan { monitor: figure(), ..usual() }, ""),
    ] {
        let words = train_words(&plan, &data);
        let start = format!("epochs=5 optimizer={}", plan.optimizer);
        assert_eq!(words, format!("{start}{wanted}"));
    }
}

/// A tenth of 40 samples is held out where the best weights are kept: 36 are trained on.
#[test]
fn the_last_batch_is_that_of_the_samples_that_are_trained_on() {
    let data = classes(&[4], [20, 20]);
    for (batch, keep, is_found) in [
        (39, Keep::Last, true),
        (39, Keep::Best, false),
        (35, Keep::Last, false),
        (35, Keep::Best, true),
    ] {
        let plan = Plan { batch, keep, ..Plan::for_data(&data, 1) };
        let network = model("dense(4) -> batchnorm -> relu -> dense(2)");
        let (_, found) = lint(&network, &data, &plan, &options()).unwrap();
        assert_eq!(has(&found, "batchnorm_last_batch"), is_found, "{batch} {keep:?}");
        let result = fit(&mut network.clone(), &data, &plan, &mut Silent, &Interrupt::default());
        assert_eq!(result.is_err(), is_found, "{batch} {keep:?} {result:?}");
    }
}

#[test]
fn a_rate_that_no_optimizer_takes_is_no_cure() {
    let data = classes(&[4], [20, 20]);
    let options_of_rate = [("lr".to_string(), 1e-323.into())].into_iter().collect();
    let optimizer = OptimizerSpec::from_arguments("sgd", vec![], options_of_rate).unwrap();
    let mut model = model("dense(4, bias_init=constant(-100)) -> relu -> dense(2)");
    model.build(4.into()).unwrap();
    let plan = Plan { optimizer, ..Plan::for_data(&data, 1) };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let seen = inspect(&model, &data.train(), &options()).unwrap();
    assert!(has(&seen.findings, "dead_units"), "{:?}", rules(&seen.findings));
    for cure in seen.findings.iter().flat_map(|own| &own.cures) {
        assert!(!cure.text.contains("a learning rate of 0"), "{cure:?}");
    }
}

/// Strings of two labels: no constant is known for these outputs.
fn strings() -> Dataset {
    let number = |i: usize| (i as f32 * 12.9898).sin();
    let inputs = Tensor::from_fn([40, 6, 4], number);
    let labels = Indices::from_fn([40, 2], |i| 1 + u32::from(number(7 * i) > 0.0));
    let names = vec!["a".to_string(), "b".to_string()];
    let split = Split { train: (0..40).collect(), ..Split::default() };
    Dataset::new("d", inputs, Targets::Sequences { names, labels }, split).unwrap()
}

#[test]
fn without_a_constant_small_steps_alone_do_not_say_that_the_rate_is_too_low() {
    let data = strings();
    for (lr, is_found) in [(1e-3, false), (1e-8, true)] {
        // Steps are below 1e-5 of such weights at the usual rate too.
        let large = "init=normal(std=1000)";
        let mut model =
            model(&format!("dense(4, {large}) -> relu -> dense(3, {large}) -> log_softmax"));
        let arguments = [("lr".to_string(), lr.into())].into_iter().collect();
        let optimizer = OptimizerSpec::from_arguments("adam", vec![], arguments).unwrap();
        let plan = Plan { optimizer, loss: loss("ctc"), ..Plan::for_data(&data, 1) };
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let seen = inspect(&model, &data.train(), &options()).unwrap();
        assert!(seen.constant.is_none(), "{:?}", seen.constant);
        assert_eq!(has(&seen.findings, "rate_too_low"), is_found, "{:?}", rules(&seen.findings));
    }
}
