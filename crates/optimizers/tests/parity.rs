//! Optimizers, clipping and schedules against PyTorch's trajectories.

use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_optimizers::schedules::{EpochMetrics, Place};
use relume_optimizers::{
    LrFactors, Optimizer, OptimizerError, OptimizerSpec, ScheduleSpec, clip_norm, clip_value,
};
use relume_tensor::{Shape, Tensor, TensorError};

fn options(case: &Case) -> Vec<(String, serde_json::Value)> {
    case.options().clone().into_iter().collect()
}

/// Updates parameters by given gradients; `look` returns what is compared after each step.
fn walk(
    case: &Case,
    given: &Case,
    name: &str,
    look: impl Fn(&Optimizer, usize, &Tensor) -> Tensor,
) {
    let spec = OptimizerSpec::from_arguments(name, Vec::new(), options(case)).unwrap();
    let text = spec.to_string();
    let mut optimizer = Optimizer::new(spec);
    let named: Vec<(&str, Shape)> =
        case.parameters().map(|(name, value)| (name, value.shape())).collect();
    optimizer.assign(&named).unwrap();
    let rates = case.setting().get("rates").map(|rates| rates.as_array().unwrap());
    let mut values: Vec<Tensor> = case.parameters().map(|(_, value)| value.clone()).collect();
    let steps = given.input(named[0].0).dims()[0];
    assert!(steps >= 20, "{}: {steps} steps", case.name());
    for step in 0..steps {
        let lr = rates.map_or(optimizer.lr(), |rates| rates[step].as_f64().unwrap());
        let factor = lr / optimizer.lr();
        for (index, &(name, _)) in named.iter().enumerate() {
            let gradient = given.input(name).at(step).unwrap();
            optimizer.update(index, &mut values[index], &gradient, factor).unwrap();
            let expected = case.parameter_after(name).at(step).unwrap();
            let seen = look(&optimizer, index, &values[index]);
            assert_close(&seen, &expected, &format!("{text}: {name}, step {step}"));
        }
        // Half way, the optimizer is saved and loaded.
        if step == steps / 2 {
            let (spec, state) = (optimizer.spec().clone(), optimizer.state());
            optimizer = Optimizer::from_state(spec, state.clone(), &named).unwrap();
            assert_eq!(optimizer.state(), state, "{text}");
        }
    }
}

#[test]
fn every_optimizer_takes_the_steps_that_pytorch_takes() {
    for entry in OptimizerSpec::ENTRIES.iter().filter(|entry| entry.name != "lbfgs") {
        let fixtures = Fixtures::load(&format!("optimizers/{}", entry.name));
        let given = fixtures.case("gradients");
        let at_the_parameter = |_: &Optimizer, _: usize, value: &Tensor| value.clone();
        check_each(fixtures.of(entry.name), |case| walk(case, given, case.op(), at_the_parameter));
    }
}

#[test]
fn groups_learn_with_their_own_options_and_l1_pulls_as_in_pytorch() {
    let fixtures = Fixtures::load("optimizers/common");
    let given = fixtures.case("gradients");
    for op in ["groups", "l1"] {
        check_each(fixtures.of(op), |case| {
            walk(case, given, case.text("optimizer"), |_, _, value| value.clone());
        });
    }
}

#[test]
fn the_moving_average_of_the_weights_is_that_of_pytorch() {
    let fixtures = Fixtures::load("optimizers/common");
    let given = fixtures.case("gradients");
    check_each(fixtures.of("ema"), |case| {
        walk(case, given, case.text("optimizer"), |optimizer, index, _| {
            optimizer.average(index).expect("an average").clone()
        });
    });
}

#[derive(Debug)]
struct Failed(#[expect(dead_code, reason = "shown when a test fails")] String);

impl From<OptimizerError> for Failed {
    fn from(error: OptimizerError) -> Self {
        Failed(error.to_string())
    }
}

impl From<TensorError> for Failed {
    fn from(error: TensorError) -> Self {
        Failed(error.to_string())
    }
}

/// The loss that the script calls a valley, and its gradients.
fn valley(case: &Case, values: &[Tensor]) -> (f64, Vec<Tensor>) {
    let flat = values.iter().flat_map(|value| value.data().to_vec());
    let points: Vec<[f64; 3]> = flat
        .zip(case.input("scale").data().iter().zip(case.input("centre").data()))
        .map(|(w, (&scale, &centre))| [w, scale, centre].map(f64::from))
        .collect();
    let sum: f64 = points.iter().map(|[w, ..]| w).sum();
    let each = points.iter().map(|[w, scale, centre]| {
        let away = w - centre;
        scale * away * away / 2.0 + away.powi(4) / 10.0
    });
    let loss = each.sum::<f64>() + sum * sum / 10.0;
    let mut slopes = points.iter().map(|[w, scale, centre]| {
        let away = w - centre;
        (scale * away + 0.4 * away.powi(3) + 0.2 * sum) as f32
    });
    let gradients = values
        .iter()
        .map(|value| Tensor::from_fn(value.shape(), |_| slopes.next().expect("a slope")));
    (loss, gradients.collect())
}

#[test]
fn lbfgs_takes_the_steps_that_pytorch_takes() {
    let fixtures = Fixtures::load("optimizers/lbfgs");
    check_each(fixtures.of("lbfgs"), |case| {
        let spec = OptimizerSpec::from_arguments("lbfgs", Vec::new(), options(case)).unwrap();
        let mut optimizer = Optimizer::new(spec);
        let mut values: Vec<Tensor> = case.parameters().map(|(_, value)| value.clone()).collect();
        let named: Vec<(&str, Shape)> =
            case.parameters().map(|(name, value)| (name, value.shape())).collect();
        for step in 0..case.output().count() {
            let loss = optimizer
                .update_together::<Failed>(&mut values, 1.0, |values| Ok(valley(case, values)))
                .unwrap();
            let expected = case.output().at(step).unwrap();
            assert_close(
                &Tensor::scalar(loss as f32),
                &expected,
                &format!("{}: loss, step {step}", case.name()),
            );
            for (value, (name, _)) in values.iter().zip(&named) {
                let expected = case.parameter_after(name).at(step).unwrap();
                assert_close(value, &expected, &format!("{}: {name}, step {step}", case.name()));
            }
            // On the way, the optimizer is saved and loaded.
            if step == 2 {
                let (spec, state) = (optimizer.spec().clone(), optimizer.state());
                optimizer = Optimizer::from_state(spec, state.clone(), &named).unwrap();
                assert_eq!(optimizer.state(), state, "{}", case.name());
            }
        }
    });
}

#[test]
fn clipping_leaves_the_gradients_that_pytorch_leaves() {
    let fixtures = Fixtures::load("optimizers/clipping");
    let limit = |case: &Case| case.options()["limit"].as_f64().unwrap();
    let gradients = |case: &Case| -> Vec<Option<Tensor>> {
        case.inputs().map(|(_, gradient)| Some(gradient.clone())).collect()
    };
    let compare = |case: &Case, gradients: Vec<Option<Tensor>>| {
        for ((name, expected), clipped) in case.outputs().zip(gradients.iter().flatten()) {
            assert_close(clipped, expected, &format!("{}: {name}", case.name()));
        }
    };
    check_each(fixtures.of("clip_norm"), |case| {
        let mut gradients = gradients(case);
        let norm = clip_norm(&mut gradients, limit(case)).unwrap();
        assert_close(&Tensor::scalar(norm as f32), case.output(), case.name());
        compare(case, gradients);
    });
    check_each(fixtures.of("clip_value"), |case| {
        let mut gradients = gradients(case);
        clip_value(&mut gradients, limit(case)).unwrap();
        compare(case, gradients);
    });
}

/// The losses of the epochs, if the case has them.
fn epoch_metrics(case: &Case) -> Vec<EpochMetrics> {
    let Some(list) = case.setting().get("figures") else { return Vec::new() };
    let list = list.as_array().expect("a list");
    let loss = |value: &serde_json::Value| value.as_f64().expect("a number");
    list.iter().map(|value| EpochMetrics { loss: loss(value), ..EpochMetrics::default() }).collect()
}

#[test]
fn every_schedule_gives_the_rates_that_pytorch_gives() {
    let fixtures = Fixtures::load("schedules");
    for entry in ScheduleSpec::ENTRIES {
        check_each(fixtures.of(entry.name), |case| {
            let spec = ScheduleSpec::from_arguments(case.op(), Vec::new(), options(case)).unwrap();
            let epochs = case.number("epochs") as u64;
            let lr = case.number("lr");
            let metrics = epoch_metrics(case);
            let expected = case.output64().unwrap();
            let momenta = case.gradient64("momentum");
            assert_eq!(expected.len() as u64, epochs);
            for (epoch, &expected) in (0..epochs).zip(expected) {
                let finished = &metrics[..metrics.len().min(epoch as usize)];
                let place = Place { lr, metrics: finished, ..Place::epoch(epoch, epochs) };
                let LrFactors { factor, momentum } = spec.factors(&place);
                let rate = lr * factor;
                // PyTorch multiplies from rate to rate: about one rounding for each epoch. Where it takes the
                // difference of two rates, it rounds at the size of the larger one.
                let allowed = 1e-14 * expected.abs() * epochs as f64 + f64::EPSILON * lr;
                assert!(
                    (rate - expected).abs() <= allowed,
                    "{spec}: epoch {epoch}: {rate:e} instead of {expected:e}",
                );
                assert_eq!(momentum.is_some(), momenta.is_some(), "{spec}");
                if let (Some(momentum), Some(momenta)) = (momentum, momenta) {
                    let expected = momenta[epoch as usize];
                    assert!(
                        (momentum - expected).abs() < 1e-14,
                        "{spec}: epoch {epoch}: {momentum}"
                    );
                }
            }
        });
    }
}
