//! Comparisons: paired seeds, figures, the same on any number of threads, interruption.

use crate::common::{moons, optimizer, plan, sgd};
use relume_activations::ActivationSpec;
use relume_datasets::Dataset;
use relume_layers::{NetworkSpec, Parameter};
use relume_tensor::threads::set_threads;
use relume_training::{
    ComparedRun, Comparison, Grid, InputPreparation, Interrupt, Keep, KnownRuns, Model, Observer,
    Plan, Silent, TrainError, Variant, Weights, fit, predict_part, task::Decoded, with_activation,
    with_argument,
};
use std::sync::Mutex;

/// One test at a time sets the number of threads.
static THREADS: Mutex<()> = Mutex::new(());

fn network() -> Model {
    Model::new("dense(8) -> relu -> dense(2)".parse::<NetworkSpec>().unwrap(), 3)
}

fn grid(keys: &[&str], variants: Vec<Variant>, seeds: u64) -> Grid {
    let keys = keys.iter().map(|key| (*key).to_string()).collect();
    Grid { keys, variants, seeds, first_seed: 3, target: None, is_paired: true }
}

fn activations(names: &[&str], data: &Dataset) -> Vec<Variant> {
    let variant = |name: &&str| {
        let activation = ActivationSpec::from_arguments(name, vec![], vec![]).unwrap();
        let spec = with_activation(network().spec(), &activation).unwrap();
        let model = network().with_network(spec).unwrap();
        Variant { values: vec![(*name).to_string()], model, plan: plan(data, 3) }
    };
    names.iter().map(variant).collect()
}

fn rates(rates: &[f64], data: &Dataset) -> Vec<Variant> {
    let variant = |&lr: &f64| {
        let plan = Plan { optimizer: sgd(lr), ..plan(data, 2) };
        Variant { values: vec![lr.to_string()], model: network(), plan }
    };
    rates.iter().map(variant).collect()
}

fn compared(grid: &Grid, data: &Dataset) -> Comparison {
    grid.run(data, &mut KnownRuns::default(), &mut Silent, &Interrupt::default()).unwrap()
}

/// A comparison without its times.
fn timeless(mut own: Comparison) -> Comparison {
    own.runs.iter_mut().for_each(|run| run.seconds = 0.0);
    own.summary.iter_mut().for_each(|own| own.step_seconds = None);
    own
}

#[test]
fn the_same_seeds_give_the_same_table_on_one_and_two_threads() {
    let _alone = THREADS.lock().unwrap();
    let data = moons();
    let grid = grid(&["activation"], activations(&["relu", "tanh", "gelu"], &data), 3);
    let tables = [1, 2, 3].map(|count| {
        set_threads(count).unwrap();
        timeless(compared(&grid, &data))
    });
    assert_eq!(tables[0], tables[1]);
    assert_eq!(tables[0], tables[2]);
    assert!(tables[0].is_complete());
}

#[test]
fn a_run_is_the_training_with_its_seed_on_the_samples_that_are_not_held_out() {
    let data = moons();
    let grid = grid(&["lr"], rates(&[0.1, 0.01], &data), 2);
    let own = compared(&grid, &data);
    for run in &own.runs {
        let mut model = Model::new(network().spec().clone(), run.seed);
        let split = data.without_test();
        let split = match split.validation().is_empty() {
            true => split.holding_out(0.1, run.seed),
            false => split,
        };
        let plan = &grid.variants[run.variant].plan;
        fit(&mut model, &split, plan, &mut Silent, &Interrupt::default()).unwrap();
        assert_eq!(model.run().history.epochs, run.epochs, "{run:?}");
        assert!(run.epochs.iter().all(|epoch| epoch.test_loss.is_none()));
        assert_eq!(model.run().step, run.steps);
    }
    assert_eq!(own.runs.len(), 4);
}

#[test]
fn mcnemar_counts_the_samples_that_one_of_two_classifiers_gets_right() {
    let data = moons();
    let grid = grid(&["activation"], activations(&["relu", "tanh"], &data), 2);
    let own = compared(&grid, &data);
    let seed = 4;
    let split = data.without_test().holding_out(0.1, seed);
    let right = |variant: usize| -> Vec<bool> {
        let Variant { model, plan, .. } = &grid.variants[variant];
        let mut model = Model::new(model.spec().clone(), seed);
        fit(&mut model, &split, plan, &mut Silent, &Interrupt::default()).unwrap();
        let found = predict_part(&model, &split.validation()).unwrap().decoded;
        let Decoded::Classes(found) = found else { panic!("classes") };
        let truth = found.truth.unwrap();
        found.samples.iter().zip(truth).map(|(own, truth)| own.class == truth).collect()
    };
    let pairs: Vec<(bool, bool)> = right(0).into_iter().zip(right(1)).collect();
    let count =
        |first: bool, own: bool| pairs.iter().filter(|&&two| two == (first, own)).count() as u64;
    let of = |variant: usize| own.summary.iter().find(|own| own.variant == variant).unwrap();
    let found = of(1).mcnemar.unwrap();
    assert_eq!(
        (found.seed, found.only_first, found.only_own),
        (seed, count(true, false), count(false, true))
    );
    assert!(of(0).mcnemar.is_none());
}

#[test]
fn figures_are_those_of_the_runs() {
    let data = moons();
    let mut grid = grid(&["lr"], rates(&[0.001, 0.5], &data), 4);
    grid.target = Some(0.6);
    let own = compared(&grid, &data);
    let last = |variant: usize| -> Vec<f64> {
        let runs = own.runs.iter().filter(|run| run.variant == variant);
        runs.map(|run| f64::from(run.epochs.last().unwrap().validation_metric.unwrap())).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    for summary in &own.summary {
        let values = last(summary.variant);
        assert!((summary.mean.unwrap() - mean(&values)).abs() < 1e-12);
        assert_eq!(summary.runs, 4);
        let reached = |run: &ComparedRun| {
            let at = run.epochs.iter().position(|own| own.validation_metric.unwrap() >= 0.6);
            at.map_or(f64::INFINITY, |at| (at + 1) as f64)
        };
        let runs = own.runs.iter().filter(|run| run.variant == summary.variant);
        let mut waited: Vec<f64> = runs.map(reached).collect();
        waited.sort_by(f64::total_cmp);
        let median = f64::midpoint(waited[1], waited[2]);
        assert_eq!(summary.epochs_to_target, Some(median).filter(|own| own.is_finite()));
    }
    let better = own.summary.iter().find(|summary| summary.variant == 1).unwrap();
    let differences: Vec<f64> =
        last(1).iter().zip(last(0)).map(|(other, first)| other - first).collect();
    assert!((better.difference.unwrap() - mean(&differences)).abs() < 1e-12);
    let [low, high] = better.interval.unwrap();
    assert!(low <= better.difference.unwrap() && better.difference.unwrap() <= high);
    // There is one comparison: nothing is to be corrected.
    assert_eq!(better.p, better.p_holm);
    assert_eq!(own.best().unwrap().variant, if mean(&last(1)) > mean(&last(0)) { 1 } else { 0 });
}

#[test]
fn the_best_setting_is_first_however_long_it_was_trained() {
    let data = moons();
    let mut variants = rates(&[0.0001, 0.5], &data);
    (variants[0].plan.epochs, variants[1].plan.epochs) = (4, 3);
    let own = compared(&grid(&["lr"], variants, 3), &data);
    assert!(own.summary[0].mean > own.summary[1].mean, "{:?}", own.summary);
    assert_eq!((own.best().unwrap().variant, own.best().unwrap().epochs), (1, 3));
}

#[test]
fn a_plan_that_keeps_the_best_weights_is_judged_by_their_epoch() {
    let data = moons();
    let variant = |keep: Keep| Variant {
        values: vec![format!("{keep:?}")],
        model: network(),
        plan: Plan { optimizer: sgd(4.0), keep, ..plan(&data, 8) },
    };
    let own = compared(&grid(&["keep"], vec![variant(Keep::Last), variant(Keep::Best)], 3), &data);
    let loss = |variant: usize, of: fn(&[f32]) -> f32| {
        let runs = own.runs.iter().filter(|run| run.variant == variant);
        let losses = runs.map(|run| {
            let epochs = run.epochs.iter().map(|epoch| epoch.validation_loss.unwrap());
            f64::from(of(&epochs.collect::<Vec<_>>()))
        });
        losses.sum::<f64>() / 3.0
    };
    let judged = |variant: usize| {
        own.summary.iter().find(|own| own.variant == variant).unwrap().loss.unwrap()
    };
    let last = loss(0, |losses| losses[losses.len() - 1]);
    let least = loss(1, |losses| losses.iter().copied().fold(f32::INFINITY, f32::min));
    assert!(least < last, "{least} {last}");
    assert!((judged(0) - last).abs() < 1e-12 && (judged(1) - least).abs() < 1e-12);
}

#[test]
fn a_setting_that_stands_twice_begins_with_the_same_weights() {
    let data = moons();
    let base = "dense(8) -> relu -> dense(4) -> relu -> dense(2)".parse::<NetworkSpec>().unwrap();
    let wide = with_argument(&base, "0.units", 16.into()).unwrap();
    // A rate of 0 keeps the initial weights.
    let frozen = Plan { optimizer: sgd(0.0), ..plan(&data, 1) };
    let variant = |spec: &NetworkSpec, text: &str| Variant {
        values: vec![text.to_string()],
        model: Model::new(spec.clone(), 3),
        plan: frozen.clone(),
    };
    let grid = grid(
        &["0.units"],
        vec![variant(&base, "8"), variant(&base, "8 again"), variant(&wide, "16")],
        1,
    );
    let own = compared(&grid, &data);
    assert_eq!(own.runs[0].epochs, own.runs[1].epochs);
    assert_ne!(own.runs[0].epochs, own.runs[2].epochs);
}

#[test]
fn a_setting_that_diverges_is_told_and_the_others_are_judged() {
    let data = moons();
    let own = compared(&grid(&["lr"], rates(&[0.1, 1e38], &data), 2), &data);
    let worst = own.summary.last().unwrap();
    assert_eq!((worst.variant, worst.diverged, worst.mean), (1, 2, None));
    assert_eq!(own.best().unwrap().variant, 0);
    assert!(!worst.differs);
}

/// Asks to stop after some trainings.
struct StopAfter {
    left: usize,
    interrupt: Interrupt,
}

impl Observer for StopAfter {
    fn compared(&mut self, _: usize, _: usize, _: &[String], _: &ComparedRun) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.interrupt.set();
        }
    }
}

#[test]
fn an_interrupted_comparison_shows_what_was_done_and_goes_on_from_there() {
    let _alone = THREADS.lock().unwrap();
    set_threads(1).unwrap();
    let data = moons();
    let grid = grid(&["activation"], activations(&["relu", "tanh"], &data), 3);
    let (mut known, interrupt) = (KnownRuns::default(), Interrupt::default());
    let mut observer = StopAfter { left: 3, interrupt: interrupt.clone() };
    let part = grid.run(&data, &mut known, &mut observer, &interrupt).unwrap();
    assert_eq!((part.runs.len(), part.planned, part.is_complete()), (3, 6, false));
    assert!(interrupt.take());
    // Only the others are trained now.
    let mut observer = StopAfter { left: 3, interrupt: interrupt.clone() };
    let whole = grid.run(&data, &mut known, &mut observer, &interrupt).unwrap();
    assert!(interrupt.take());
    assert_eq!(timeless(whole), timeless(compared(&grid, &data)));
    // Another plan wants other trainings.
    let mut other = grid.clone();
    other.variants.iter_mut().for_each(|variant| variant.plan.epochs = 4);
    let again = other.run(&data, &mut known, &mut Silent, &Interrupt::default()).unwrap();
    assert!(again.runs.iter().all(|run| run.epochs.len() == 4));
}

#[test]
fn before_the_first_training_is_done_there_is_nothing_to_show() {
    let data = moons();
    let interrupt = Interrupt::default();
    interrupt.set();
    let grid = grid(&["lr"], rates(&[0.1, 0.2], &data), 2);
    let stopped = grid.run(&data, &mut KnownRuns::default(), &mut Silent, &interrupt);
    assert!(matches!(stopped, Err(TrainError::Interrupted)), "{stopped:?}");
}

#[test]
fn a_setting_that_cannot_be_trained_is_named_before_anything_is() {
    let data = moons();
    let mut variants = rates(&[0.1, 0.2], &data);
    variants[1].model = Model::new("dense(5)".parse::<NetworkSpec>().unwrap(), 0);
    let grid = grid(&["lr"], variants, 2);
    let refused = grid.run(&data, &mut KnownRuns::default(), &mut Silent, &Interrupt::default());
    let refused = refused.unwrap_err();
    assert!(refused.to_string().starts_with("lr=0.2: the network gives 5"), "{refused}");
    assert!(refused.help().is_some());
}

#[test]
fn curves_are_means_over_the_seeds() {
    let data = moons();
    let own = compared(&grid(&["lr"], rates(&[0.1, 0.01], &data), 2), &data);
    let curves = own.curves("validation_loss").unwrap();
    assert_eq!(curves.iter().map(|own| own.name.as_str()).collect::<Vec<_>>(), ["0.1", "0.01"]);
    let losses = |epoch: usize| {
        let runs = own.runs.iter().filter(|run| run.variant == 1);
        let losses = runs.map(|run| f64::from(run.epochs[epoch].validation_loss.unwrap()));
        losses.sum::<f64>() / 2.0
    };
    assert_eq!(curves[1].values.len(), 2);
    assert!((curves[1].values[1] - losses(1)).abs() < 1e-12);
    assert!(own.curves("test_loss").is_none());
}

/// A network whose first stage has the weights of another training, frozen or not, and which was trained itself.
fn trained_on(data: &Dataset, frozen: bool) -> (Model, Model) {
    let mut other = network();
    fit(&mut other, data, &plan(data, 5), &mut Silent, &Interrupt::default()).unwrap();
    let mut weights = other.weights();
    weights.state = weights.state.stages(0..1);
    let mut own = Model::with_weights(other.spec().clone(), 9, weights).unwrap();
    own.set_frozen(0, frozen);
    fit(&mut own, data, &plan(data, 2), &mut Silent, &Interrupt::default()).unwrap();
    (other, own)
}

fn values(model: &Model) -> Vec<(String, bool, Vec<f32>)> {
    let parameters = model.network().unwrap().parameters();
    let one = |own: &Parameter| (own.name.clone(), own.frozen, own.value.data().to_vec());
    parameters.iter().map(|(_, own)| one(own)).collect()
}

#[test]
fn a_trained_network_begins_anew_but_for_what_is_frozen() {
    let data = moons();
    let (other, own) = trained_on(&data, true);
    let anew = own.starting_anew(5).unwrap();
    assert_eq!(anew.run().step, 0);
    let mut fresh = Model::new(own.spec().clone(), 5);
    fresh.build(data.sample_shape()).unwrap();
    let (given, fresh) = (values(&other), values(&fresh));
    for (at, (name, is_frozen, numbers)) in values(&anew).into_iter().enumerate() {
        let is_first = name.starts_with("0.");
        let wanted = if is_first { &given[at].2 } else { &fresh[at].2 };
        assert_eq!((is_frozen, &numbers), (is_first, wanted), "{name}");
    }
    // Each seed has its own weights where nothing is frozen.
    let next = values(&anew.with_seed(6).unwrap());
    for ((name, _, own), (_, _, next)) in values(&anew).iter().zip(&next) {
        assert!(name == "2.bias" || (own == next) == name.starts_with("0."), "{name}");
    }
    // So have settings with another network: they begin with the same ones.
    let tanh = ActivationSpec::from_arguments("tanh", vec![], vec![]).unwrap();
    let varied = anew.with_network(with_activation(anew.spec(), &tanh).unwrap()).unwrap();
    assert_eq!(values(&varied.with_seed(6).unwrap()), next);
    let still = Plan { optimizer: sgd(0.0), ..plan(&data, 1) };
    let variant = |model: Model| Variant { values: vec![], model, plan: still.clone() };
    let losses = |model: &Model| compared(&grid(&[], vec![variant(model.clone())], 2), &data).runs;
    let (first, second) = (losses(&own), losses(&anew));
    let loss = |runs: &[ComparedRun]| runs.iter().map(|run| run.epochs.clone()).collect::<Vec<_>>();
    assert_eq!(loss(&first), loss(&second));
}

#[test]
fn what_was_given_and_then_trained_is_not_there_to_begin_with() {
    let data = moons();
    let (_, own) = trained_on(&data, false);
    assert!(matches!(own.starting_anew(5), Err(TrainError::Brought(_))));
    let variant = Variant { values: vec!["a".to_string()], model: own, plan: plan(&data, 1) };
    let grid = grid(&["network"], vec![variant], 2);
    let refused = grid.run(&data, &mut KnownRuns::default(), &mut Silent, &Interrupt::default());
    let refused = refused.unwrap_err();
    assert!(refused.to_string().contains("was trained elsewhere"), "{refused}");
    assert!(refused.help().is_some());
}

#[test]
fn weights_of_another_training_are_where_every_run_begins() {
    let data = moons();
    let mut trained = network();
    fit(&mut trained, &data, &plan(&data, 5), &mut Silent, &Interrupt::default()).unwrap();
    let weights = trained.weights();
    let given = Model::with_weights(trained.spec().clone(), 9, weights).unwrap();
    let still =
        Plan { optimizer: optimizer("sgd", &serde_json::json!({ "lr": 0.0 })), ..plan(&data, 1) };
    let variant = Variant { values: vec!["given".to_string()], model: given, plan: still };
    let own = compared(&grid(&["network"], vec![variant], 2), &data);
    let fresh = compared(&grid(&["lr"], rates(&[0.0], &data), 2), &data);
    assert!(own.summary[0].loss.unwrap() < fresh.summary[0].loss.unwrap());
}

/// Counts the trainings.
struct Counted(usize);

impl Observer for Counted {
    fn compared(&mut self, _: usize, _: usize, _: &[String], _: &ComparedRun) {
        self.0 += 1;
    }
}

#[test]
fn a_training_is_known_by_all_that_it_begins_with() {
    let data = moons();
    let mut trained = network();
    fit(&mut trained, &data, &plan(&data, 2), &mut Silent, &Interrupt::default()).unwrap();
    let of = |preparation: InputPreparation| {
        let weights = Weights { preparation, ..trained.weights() };
        let model = Model::with_weights(trained.spec().clone(), 9, weights).unwrap();
        Variant { values: vec!["given".to_string()], model, plan: plan(&data, 1) }
    };
    let mut known = KnownRuns::default();
    let mut count = |variants: Vec<Variant>| {
        let mut counted = Counted(0);
        let grid = grid(&["network"], variants, 1);
        grid.run(&data, &mut known, &mut counted, &Interrupt::default()).unwrap();
        counted.0
    };
    // Inputs that are prepared in another way are another training.
    let ways = [InputPreparation::Open, InputPreparation::Unprepared];
    assert_eq!(ways.clone().map(|own| count(vec![of(own)])), [1, 1]);
    assert_eq!(ways.map(|own| count(vec![of(own)])), [0, 0]);
    // So are weights that are shared with another first setting, and only these.
    let base = "dense(8) -> relu -> dense(4) -> relu -> dense(2)".parse::<NetworkSpec>().unwrap();
    let of = |units: usize| {
        let spec = with_argument(&base, "0.units", units.into()).unwrap();
        let model = Model::new(spec, 3);
        Variant { values: vec![units.to_string()], model, plan: plan(&data, 1) }
    };
    assert_eq!(count(vec![of(8), of(16)]), 2);
    assert_eq!(count(vec![of(12), of(16)]), 2);
    assert_eq!(count(vec![of(8), of(16)]), 0);
}
